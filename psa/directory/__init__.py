"""The address book, and what was agreed with the companies in it."""
