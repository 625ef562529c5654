"""Imports files of titles."""
