"""Meaning as vectors: owns the language model, the only process to run one; keeps nothing and asks nobody."""
