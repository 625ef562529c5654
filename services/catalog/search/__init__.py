"""Finds titles by words and by meaning, and completes queries."""
