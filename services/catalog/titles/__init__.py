"""What this replica holds of all titles in memory: who may see them, their terms, and encoded responses."""
