"""Appointments as a calendar file (RFC 5545), as calendar programs subscribe to it. Pure: no database, no request.

It says where somebody has to be, and for which ticket; never a price, a note or anything typed for colleagues alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from icalendar import Calendar, Event

from tickets.models import Appointment


def calendar(rows: Iterable[Appointment], name: str, address: str) -> bytes:
    """The file; `address` is the page of a ticket with {number} in it. The same appointments give the same bytes."""
    made = Calendar()
    made.add("prodid", "-//Tandem//Appointments//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    for row in rows:
        made.add_component(_event(row, address))
    found: bytes = made.to_ical()
    return found


def _event(row: Appointment, address: str) -> Event:
    made = Event()
    made.add("uid", f"{row.key}@tandem")
    made.add("dtstamp", _second(row.created_at))
    made.add("sequence", row.version - 1)
    made.add("dtstart", _second(row.starts_at))
    made.add("dtend", _second(row.ends_at))
    made.add("summary", f"{row.ticket.company.name}: {row.title or row.ticket.title}")
    if place := row.address or (str(row.location) if row.location else ""):
        made.add("location", place)
    made.add("url", address.format(number=row.ticket.number))
    made.add("status", "CONFIRMED")
    return made


def _second(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)
