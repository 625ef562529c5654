"""Playback: owns sessions and stream slots; serves manifests, licenses and keys."""
