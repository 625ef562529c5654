"""Promises of the containers."""
