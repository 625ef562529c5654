"""What to watch, and why: owns vectors, decisions and models; follows catalog, viewing and identity, asks embedding."""
