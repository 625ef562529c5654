"""What runs inside containers beside the services themselves."""
