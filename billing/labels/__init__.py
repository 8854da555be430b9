"""The enums of billing as they are drawn, a file for each room."""
