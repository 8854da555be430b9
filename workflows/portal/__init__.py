"""The customer portal: its door, what a contact sees, and the decisions it passes on to their services."""
