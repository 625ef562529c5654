"""Access decisions: owns packages, what they hold, and subscriptions; holds the facts of titles and channels."""
