"""The control plane: builds the configuration of Envoy and of every gRPC client from the contracts and the replicas."""
