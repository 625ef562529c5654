"""Generated sources, for platforms that run as a demonstration."""
