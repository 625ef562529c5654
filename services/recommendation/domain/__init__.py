"""The decisions of recommendation: no I/O, no messages; time is an argument."""
