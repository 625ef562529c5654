"""The media of an asset: its manifests, its keys, and the tokens that open it."""
