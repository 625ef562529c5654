"""Promises of the local platform."""
