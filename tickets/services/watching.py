"""Who wants to hear what happens on a ticket: oneself, or a colleague who may see it."""

from __future__ import annotations

from django.db import transaction

from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from psa.tenancy.prepared import Prepared
from tickets import carrying, permissions, sight
from tickets.models import Ticket, Watcher
from tickets.services.locking import lock

MOST = 50


def of(ticket: Ticket) -> list[Membership]:
    """The watchers, by name. Whether each may still see the ticket is asked when they are told something."""
    if not carrying.has(ticket, "watchers"):
        return []
    return [row.member for row in _WATCHERS(ticket=ticket.pk)]


_WATCHERS = Prepared(
    lambda ticket: (
        Watcher.objects.filter(ticket_id=ticket)
        .select_related("member__role", "member__tenant")
        .order_by("member__name")
    )
)


def colleague(pk: str, name: str) -> Membership | None:
    """The member of this id, gone ones too so that they can be taken off, or the active one of this name."""
    if pk.isdecimal() and len(pk) < 19:
        return Membership.objects.filter(pk=int(pk)).select_related("role", "tenant").first()
    return next((one for one in sight.members() if one.name.casefold() == name.casefold()), None)


@transaction.atomic
def add(ticket: Ticket, member: Membership, *, by: Actor) -> None:
    """Let a member watch; once is enough. A colleague is added by who may write here. Raises Refused, Denied."""
    ticket = lock(ticket)
    _check(ticket, member, by)
    if ticket.merged_into_id is not None:
        assert ticket.merged_into is not None
        raise Refused("ticket_is_merged", number=ticket.merged_into.number)
    if not sight.who_see(ticket, [member]):
        raise Refused("cannot_see_ticket", name=member.name)
    if Watcher.objects.filter(ticket=ticket).count() >= MOST:
        raise Refused("too_many_watchers", most=MOST)
    _row, is_new = Watcher.objects.get_or_create(ticket=ticket, member=member)
    if is_new and member.pk != by.membership_id:
        journal.record(ticket, "ticket.watched", by=by, member=member.pk, name=member.name)


@transaction.atomic
def remove(ticket: Ticket, member: Membership, *, by: Actor) -> None:
    """Watch no longer; twice changes nothing. Raises Denied."""
    ticket = lock(ticket)
    _check(ticket, member, by)
    gone = Watcher.objects.filter(ticket=ticket, member=member).delete()[0]
    if gone and member.pk != by.membership_id:
        journal.record(ticket, "ticket.unwatched", by=by, member=member.pk, name=member.name)


def _check(ticket: Ticket, member: Membership, by: Actor) -> None:
    """Oneself by seeing the ticket; others by writing on it."""
    if not permissions.may(ticket, "ticket.view", by):
        raise Denied("ticket.view")
    if member.pk != by.membership_id:
        permissions.require(ticket, "note.write", by)
