"""Channels and their guide: owns channels, programmes and schedules; asks entitlement for the channels of accounts."""
