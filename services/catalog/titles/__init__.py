"""Titles in the memory of this replica: who may see them, and the names of their terms."""
