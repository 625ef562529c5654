"""Promises of the seed."""
