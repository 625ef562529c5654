"""Makes everything that can be derived from the contracts. Run `python -m clients.generate`."""
