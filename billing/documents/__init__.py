"""What is written on paper, as plain data: a file for each room."""
