"""The control plane: turns the contracts and the list of replicas into what Envoy and every gRPC client run by."""
