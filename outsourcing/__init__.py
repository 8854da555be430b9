"""Work handed between two companies: who may, on which terms, how far it is, and what flows until it ends."""
