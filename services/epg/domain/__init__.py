"""Channels, schedules, and how a new schedule is merged into the stored one."""
