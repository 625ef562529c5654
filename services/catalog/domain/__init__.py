"""What the catalogue decides: which rows it takes, how words are compared, how lists are cut into pages."""
