"""Channels and programmes: loaded from epg, embedded, held in memory, and ranked for tonight."""
