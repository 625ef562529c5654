"""Decisions that were recorded, and their replay."""
