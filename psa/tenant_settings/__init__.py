"""A tenant's own settings: what the company is called, how it writes, its logo, and what is still to be set up."""
