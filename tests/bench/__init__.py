"""Measures what docs/performance.md promises, side by side in one run. Run `make bench`."""
