"""Tests of the packager."""
