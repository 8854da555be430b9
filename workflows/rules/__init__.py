"""What a rule is made of: events, conditions, steps, the words of its texts, and how all that is said (desk spec)."""
