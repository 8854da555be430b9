"""Letting the installation's support look into a company: for a time, to read, and every look written down."""
