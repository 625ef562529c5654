"""Who may watch what: owns packages, their titles and subscriptions; asks catalog for the facts of titles."""
