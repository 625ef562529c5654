"""Playback of channels, whose manifests follow from the clock, the schedule and the packaged media."""
