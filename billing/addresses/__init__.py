"""The addresses of billing, a file for each room."""
