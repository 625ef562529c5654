"""Generates what titles lack: moods, themes and a line."""
