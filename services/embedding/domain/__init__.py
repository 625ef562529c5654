"""The order in which texts are embedded."""
