"""Homes: computes them, caches them, and drops what became outdated."""
