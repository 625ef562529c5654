"""What viewers see: channels and encoded programmes in memory, and the writes that change them."""
