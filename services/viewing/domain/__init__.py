"""The rules of viewing: which bookmark is kept, what continues, and how changes of a title are applied."""
