"""Lanes: ordered, exactly-once mail between two tenants."""
