"""Timers: rows that are due at a moment and fire at most once in effect, late ones once."""
