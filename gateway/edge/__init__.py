"""The configuration of the edge Envoy: listeners, filters, routes and clusters, each built by a pure function."""
