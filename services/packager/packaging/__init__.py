"""The packaging of one asset."""
