"""Django's PostgreSQL backend, with the scope passed on to row-level security."""
