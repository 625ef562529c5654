"""Stores what profiles watched, how far, and what they think of it: consumes events of playback, calls catalog."""
