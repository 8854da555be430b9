"""What the timeline and the audit say of billing, a file for each room."""
