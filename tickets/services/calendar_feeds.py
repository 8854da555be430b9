"""The secret address at which a member's own calendar program reads their appointments. Only its hash is kept."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied
from psa.tenancy.models import Membership, new_token
from tickets.models import Appointment, AppointmentPerson, CalendarFeed
from tickets.models.appointment import AppointmentStatus

# What a calendar program gets to see: so far back, and so far ahead.
BACK, AHEAD = timedelta(days=60), timedelta(days=400)
MOST = 1000
# How exactly it is kept when a program read it last.
READ_EVERY = timedelta(hours=1)


@transaction.atomic
def renew(*, by: Actor) -> str:
    """A new secret for the reader's own feed, shown once; the one before leads nowhere from now on. Raises Denied."""
    if by.membership_id is None:
        raise Denied("ticket.view")
    raw = new_token()
    fresh = {"sha256": _hash(raw), "made_at": timezone.now(), "read_at": None}
    feed, _is_new = CalendarFeed.objects.update_or_create(member_id=by.membership_id, defaults=fresh)
    journal.record(feed, "calendar_feed.renewed", by=by)
    return raw


@transaction.atomic
def stop(*, by: Actor) -> None:
    """No program reads the reader's appointments any more."""
    feed = CalendarFeed.objects.filter(member_id=by.membership_id).first()
    if feed is not None:
        journal.record(feed, "calendar_feed.stopped", by=by)
        feed.delete()


def of(by: Actor) -> CalendarFeed | None:
    """The reader's feed, if they have one."""
    found: CalendarFeed | None = CalendarFeed.objects.filter(member_id=by.membership_id).first()
    return found


def opened(raw: str) -> CalendarFeed | None:
    """Whose feed this secret opens, in the tenant in scope; None for an unknown one and for whoever has left."""
    rows = CalendarFeed.objects.filter(sha256=_hash(raw), member__is_active=True)
    feed: CalendarFeed | None = rows.select_related("member__tenant", "member__role").first()
    now = timezone.now()
    if feed is not None and (feed.read_at is None or now - feed.read_at > READ_EVERY):
        CalendarFeed.objects.filter(pk=feed.pk).update(read_at=now)
    return feed


def appointments(member: Membership) -> QuerySet[Appointment]:
    """What this member's feed holds: where they go, of tickets that still stand."""
    now = timezone.now()
    theirs = AppointmentPerson.objects.filter(member=member).values("appointment")
    rows = Appointment.objects.filter(pk__in=theirs, ticket__deleted_at=None)
    rows = rows.exclude(status=AppointmentStatus.CANCELLED)
    rows = rows.filter(ends_at__gt=now - BACK, starts_at__lt=now + AHEAD)
    return rows.select_related("ticket__company", "location").order_by("starts_at", "pk")[:MOST]


def _hash(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()
