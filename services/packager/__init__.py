"""Owns media assets and their content keys: packages sources as CMAF for HLS and DASH. Calls no other service."""
