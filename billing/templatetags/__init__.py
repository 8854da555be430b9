"""What billing puts on pages."""
