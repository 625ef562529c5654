"""Imports files of guides."""
