"""Owns media assets and their content keys: makes CMAF for HLS and DASH of a source. Calls no other service."""
