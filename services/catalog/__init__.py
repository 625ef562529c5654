"""Titles: owns what there is to watch, and answers lists, title pages and searches; calls identity for its keys."""
