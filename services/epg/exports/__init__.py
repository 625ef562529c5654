"""Writes the guide in the formats of other players."""
