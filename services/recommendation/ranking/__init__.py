"""What titles are ranked by, in memory or from other services."""
