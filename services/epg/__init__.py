"""Channels and their guide: owns channels, programmes and schedules; calls no other service."""
