"""What viewing decides: which bookmark holds, what goes on, and what becomes of what a profile told of a title."""
