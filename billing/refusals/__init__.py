"""What billing's refusals say, a file for each room."""
