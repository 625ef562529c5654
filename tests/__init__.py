"""What belongs to no one room: journeys, house rules and load."""
