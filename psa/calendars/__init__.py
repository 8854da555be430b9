"""Working time: the hours and days a company works, and how long that is between two moments."""
