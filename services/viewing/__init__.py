"""What a profile has watched, how far, and what it thinks of it: hears from playback, asks catalog for titles."""
