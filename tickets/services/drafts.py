"""What is typed and not sent: kept for its writer, restored where it was typed, gone when it was sent.

A draft is nobody's fact: it is not journalled, locks nothing, and the only one who reads it is who wrote it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from psa.tenancy.prepared import Prepared
from tickets.models import Draft, Ticket

PLACES = re.compile(r"(note|timeentry|charge|call|edit-(note|timeentry|charge|attachment)-[0-9a-f-]{36})\Z")
MOST_FIELDS, LONGEST_NAME, LONGEST_TEXT = 40, 60, 50_000
# What a form posts that is not typing: who sends it, and which opening of it.
NOT_TYPED = frozenset({"csrfmiddlewaretoken", "opening", "stamp", "leave", "next", "next_stamp", "without_status"})
MOST_SHOWN = 200


_OF = Prepared(lambda ticket, place, member: Draft.objects.filter(ticket_id=ticket, place=place, member_id=member)[:1])


def of(ticket: Ticket, place: str, by: Actor) -> Draft | None:
    """What this member typed at this place and did not send."""
    found = _OF(ticket=ticket.pk, place=place, member=by.membership_id) if by.membership_id else []
    return found[0] if found else None


def mine(by: Actor) -> QuerySet[Draft]:
    """This member's drafts on tickets they see, newest first."""
    rows = _mine(by).filter(ticket__in=Ticket.objects.visible_to(by))
    return rows.select_related("ticket").order_by("-saved_at", "-pk")


def save(
    ticket: Ticket,
    place: str,
    typed: Mapping[str, Any],
    seen: uuid.UUID | None,
    *,
    by: Actor,
    stamp: uuid.UUID | None = None,
) -> Draft:
    """Keep what was typed over the draft seen before. Raises Refused("draft_changed") over another, or over none.

    A window may bring the new `stamp`, so that it knows its own words again when their answer did not reach it."""
    fields = typing(typed)
    if PLACES.match(place) is None or by.membership_id is None:
        raise Refused("draft_is_no_draft")
    stamp, now = stamp or uuid.uuid4(), timezone.now()
    if seen is not None:
        if (
            not _mine(by)
            .filter(ticket=ticket, place=place, stamp=seen)
            .update(fields=fields, stamp=stamp, saved_at=now)
        ):
            raise Refused("draft_changed")
        return Draft(member_id=by.membership_id, ticket=ticket, place=place, fields=fields, stamp=stamp, saved_at=now)
    try:
        with transaction.atomic():
            return Draft.objects.create(
                member_id=by.membership_id, ticket=ticket, place=place, fields=fields, stamp=stamp, saved_at=now
            )
    except IntegrityError:
        raise Refused("draft_changed") from None


def discard(ticket: Ticket, place: str, *, by: Actor) -> None:
    """Throw what was typed here away."""
    _mine(by).filter(ticket=ticket, place=place).delete()


def sent(ticket: Ticket, place: str, *, by: Actor) -> None:
    """What was typed here is on the ticket now."""
    discard(ticket, place, by=by)


def give(member: Membership, heir: Membership | None) -> int:
    """A leaver's drafts go to their heir, below what the heir typed at the same place; without an heir they go."""
    rows = list(Draft.objects.filter(member=member).select_related("ticket"))
    for row in rows if heir is not None else ():
        there = Draft.objects.filter(member=heir, ticket=row.ticket, place=row.place).first()
        if there is None:
            row.member = heir
            row.save(update_fields=["member"])
            continue
        both = [str(one.fields.get("text", "")).rstrip() for one in (there, row)]
        there.fields = {**row.fields, **there.fields, "text": "\n\n".join(filter(None, both))}
        there.stamp = uuid.uuid4()
        there.save(update_fields=["fields", "stamp"])
    Draft.objects.filter(member=member).delete()
    return len(rows)


def typing(typed: Mapping[str, Any]) -> dict[str, str]:
    """A form's fields as they are kept: texts by name, within bounds."""
    kept = {
        name: str(value).replace("\x00", "")[:LONGEST_TEXT]
        for name, value in typed.items()
        if name not in NOT_TYPED and len(name) <= LONGEST_NAME and isinstance(value, str)
    }
    return dict(list(kept.items())[:MOST_FIELDS])


def _mine(by: Actor) -> QuerySet[Draft]:
    return Draft.objects.filter(member_id=by.membership_id) if by.membership_id else Draft.objects.none()
