"""Rows and messages to values, and back."""
