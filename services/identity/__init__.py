"""Authenticates viewers: owns accounts, profiles, token families and signing keys. Consumes events of entitlement."""
