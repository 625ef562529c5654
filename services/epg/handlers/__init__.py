"""The servicers of epg."""
