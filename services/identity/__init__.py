"""Who is calling: owns accounts, profiles, token families and the signing keys; hears of tiers from entitlement."""
