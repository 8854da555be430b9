"""What the pages of the desk show of billing: a file for each room."""
