"""Embedding: the one service that runs a language model. It stores nothing and calls no other service."""
