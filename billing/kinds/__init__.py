"""What billing does in batches: a file for each room."""
