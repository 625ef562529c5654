"""Offline evaluation of the ranking on open ratings: dataset, splits, models, metrics, report."""
