"""Access decisions: owns packages, the titles in them and subscriptions; holds the facts of catalog's titles."""
