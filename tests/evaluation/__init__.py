"""How well the ranking would have done on open data: reading it, cutting it, ranking with it, measuring, telling."""
