"""What customers and rules make of tickets: one verb, one function, one transaction."""
