"""Titles: owns what there is to watch, answers lists, pages and searches; stands in for recommendation's home."""
