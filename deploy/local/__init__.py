"""Runs the whole platform on one machine without containers: engines, services and the edge."""
