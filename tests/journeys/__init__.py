"""Whole journeys, on a whole platform: started by the command line, met at its one address."""
