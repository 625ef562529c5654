"""What a profile has watched, and how far: owns bookmarks; hears from playback, asks catalog for titles."""
