"""Counting many things in one statement, none of them past a limit."""

from __future__ import annotations

from django.db.models import IntegerField, Subquery


class Capped(Subquery):
    """How many rows a query gives, as a value beside others; the query carries its own LIMIT."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) capped)"
    output_field = IntegerField()
