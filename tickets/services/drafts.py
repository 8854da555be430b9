"""What is typed and not sent: kept for its writer, restored where it was typed, gone when it was sent.

A draft is nobody's fact: it is not journalled, locks nothing, and the only one who reads it is who wrote it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from psa.tenancy.prepared import Prepared
from tickets.models import Draft, Ticket

KEY = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PLACES = re.compile(
    rf"(note|timeentry|charge|call|mail|forward|split|delete|properties-{KEY}|edit-(note|timeentry|charge|attachment)-{KEY})\Z"
)
NEW_TICKET = re.compile(rf"new-{KEY}\Z")
# Of new tickets a member began, so many are kept; the oldest goes for one more.
MOST_NEW = 50
MOST_FIELDS, LONGEST_NAME, LONGEST_TEXT = 40, 60, 50_000
# What a form posts that is not typing: who sends it, and which opening of it.
NOT_TYPED = frozenset(
    {"csrfmiddlewaretoken", "opening", "stamp", "leave", "next", "next_stamp", "without_status", "key"}
)
MOST_SHOWN = 200
# Texts of which two are put together where two drafts meet.
JOINED = ("text", "mail_text", "forward_note")


# Drafts of one form that are offered, the newest first.
MOST_OFFERED = 3
_OF = Prepared(lambda ticket, place, member: Draft.objects.filter(ticket_id=ticket, place=place, member_id=member)[:1])


def of(ticket: Ticket | None, place: str, by: Actor) -> Draft | None:
    """What this member typed at this place and did not send; without a ticket, for one that is not there yet."""
    if not by.membership_id:
        return None
    found = _OF(ticket=ticket.pk if ticket else None, place=place, member=by.membership_id)
    return found[0] if found else None


def begun(ticket: Ticket | None, form: str, by: Actor) -> list[Draft]:
    """What this member began in other openings of a form ("properties", "new"), newest first."""
    rows = _mine(by).filter(ticket=ticket, place__startswith=f"{form}-")
    found = list(rows.order_by("-saved_at", "-pk")[:MOST_OFFERED])
    for one in found:
        one.ticket = ticket
    return found


def mine(by: Actor) -> QuerySet[Draft]:
    """This member's drafts on tickets they see and of tickets that are not there yet, newest first."""
    rows = _mine(by).filter(Q(ticket=None) | Q(ticket__in=Ticket.objects.visible_to(by)))
    return rows.select_related("ticket").order_by("-saved_at", "-pk")


def save(
    ticket: Ticket | None,
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
    if (PLACES if ticket else NEW_TICKET).match(place) is None or by.membership_id is None:
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
            made = Draft.objects.create(
                member_id=by.membership_id, ticket=ticket, place=place, fields=fields, stamp=stamp, saved_at=now
            )
    except IntegrityError:
        raise Refused("draft_changed") from None
    if ticket is None:
        newest = _mine(by).filter(ticket=None).order_by("-saved_at", "-pk").values_list("pk", flat=True)
        Draft.objects.filter(pk__in=list(newest[MOST_NEW : MOST_NEW * 2])).delete()
    return made


def bring_back(ticket: Ticket, place: str, name: str, text: str, *, by: Actor) -> None:
    """Put a text that was sent already back where it was typed, above what was begun there since."""
    if by.membership_id is None:
        return
    rows = Draft.objects.select_for_update(of=("self",), no_key=True)
    there, is_new = rows.get_or_create(
        member_id=by.membership_id, ticket=ticket, place=place, defaults={"fields": typing({name: text})}
    )
    if is_new:
        return
    begun = str(there.fields.get(name, "")).strip()
    joined = text if begun in {"", text.strip()} else f"{text.rstrip()}\n\n{begun}"
    there.fields = typing({**there.fields, name: joined})
    there.stamp, there.saved_at = uuid.uuid4(), timezone.now()
    there.save(update_fields=["fields", "stamp", "saved_at"])


def discard(ticket: Ticket | None, place: str, *, by: Actor) -> None:
    """Throw what was typed here away."""
    _mine(by).filter(ticket=ticket, place=place).delete()


def sent(ticket: Ticket | None, place: str, *, by: Actor) -> None:
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
        typed = [name for name in JOINED if name in row.fields or name in there.fields]
        both = {name: [str(one.fields.get(name, "")).rstrip() for one in (there, row)] for name in typed}
        joined = {name: "\n\n".join(filter(None, texts)) for name, texts in both.items()}
        there.fields = {**row.fields, **there.fields, **joined}
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
