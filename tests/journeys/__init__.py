"""Tests of a whole platform, which the command line starts, through its edge."""
