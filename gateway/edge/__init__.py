"""What the edge Envoy is told: its listeners, filters, routes and clusters, each built by a pure function."""
