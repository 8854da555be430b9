"""What billing shows on pages of others."""
