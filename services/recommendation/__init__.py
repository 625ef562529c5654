"""Recommends titles and programmes: owns vectors, decisions and models.

It reads catalog, epg, viewing, identity and entitlement, and calls embedding.
"""
