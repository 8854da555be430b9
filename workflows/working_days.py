"""Counting a customer's working days: their calendar's, else the tenant's default one (lifecycle spec, "Timers")."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from psa.calendars import business
from psa.calendars import services as calendars
from psa.calendars.models import Calendar
from psa.directory.models import Company
from tickets.models import Ticket


def zone(ticket: Ticket) -> ZoneInfo:
    """The zone the customer's days are counted in."""
    return _rules(ticket).zone


def is_working_day(ticket: Ticket, day: date) -> bool:
    """Whether anything is worked on this day."""
    return business.is_working_day(_rules(ticket), day)


def after(ticket: Ticket, days: int, since: datetime) -> datetime:
    """So many working days after `since` (aware), before it where `days` is negative, at the same time of the day on
    the clocks there. Raises business.NeverWorked."""
    return business.add_days(_rules(ticket), since, days)


def next_working_moment(ticket: Ticket, since: datetime) -> datetime:
    """`since` itself on a working day, else the same time on the next one. Raises business.NeverWorked."""
    rules = _rules(ticket)
    local = since.astimezone(rules.zone)
    return local if business.is_working_day(rules, local.date()) else business.add_days(rules, since, 1)


def end_of(ticket: Ticket, day: date) -> datetime:
    """The last minute of a day there, or of the next working day where it is none."""
    return next_working_moment(ticket, datetime.combine(day, time(23, 59), zone(ticket)))


def _rules(ticket: Ticket) -> business.Rules:
    own = Company.objects.filter(pk=ticket.company_id).values("calendar")
    named = Calendar.objects.filter(pk__in=own).first()
    return (named or calendars.default()).rules
