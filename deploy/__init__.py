"""Ways to run the platform: on one machine, in containers, on Kubernetes."""
