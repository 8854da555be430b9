"""Bringing companies, contacts and tickets in from other systems as CSV: file, columns, check, run."""
