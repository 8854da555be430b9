"""What the first page shows of billing: a file for each room."""
