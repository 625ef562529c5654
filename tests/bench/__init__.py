"""Measures the figures of docs/performance.md in one run: `make bench`."""
