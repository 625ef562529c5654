"""Sessions: their stream slots, their end, and what the other services know of them."""
