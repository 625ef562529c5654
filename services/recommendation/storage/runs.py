"""SQL of runs of embedding."""
