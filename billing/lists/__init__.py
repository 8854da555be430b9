"""The lists of billing."""
