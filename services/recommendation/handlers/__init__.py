"""The servicers of recommendation."""
