"""Owns media assets and their content keys: assets sources as CMAF for HLS and DASH. Calls no other service."""
