"""Vectors of titles and queries: how they are made, stored and searched."""
