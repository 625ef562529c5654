"""Titles: stores the catalog, lists and searches it for viewers, and imports and enriches it for editors."""
