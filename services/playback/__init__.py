"""Watching: owns sessions, their slots, playlists and keys; asks entitlement, catalog, packager and viewing."""
