"""What recommendation decides by: no I/O, no messages; time is an argument."""
