"""Commands that run inside containers beside the services."""
