"""Tickets that belong together: related, duplicates, blocks, parent and children."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet

from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import guards, permissions
from tickets.models import LinkKind, Ticket, TicketLink
from tickets.services.locking import lock_all, touch

# A family of tickets is drawn as a small tree: no deeper than this.
DEEPEST = 5
MOST = 50


def of(ticket: Ticket) -> QuerySet[TicketLink]:
    """The links of a ticket with both their ends. Whoever shows them asks which ends their reader may see."""
    rows = TicketLink.objects.filter(Q(first=ticket) | Q(second=ticket))
    return rows.select_related("first", "second").order_by("pk")


@transaction.atomic
def add(ticket: Ticket, other: Ticket, kind: str, *, by: Actor) -> TicketLink:
    """Say what `ticket` is to `other` (LinkKind). One that is there already is given back. Raises Refused, Denied."""
    if ticket.pk == other.pk:
        raise Refused("link_to_itself")
    found = lock_all([ticket, other])
    ticket, other = found[ticket.pk], found[other.pk]
    for one in (ticket, other):
        guards.check(one, "ticket.link", by)
    permissions.require(ticket, "ticket.edit", by)
    if kind == LinkKind.RELATED and ticket.pk > other.pk:
        first, second = other, ticket
    else:
        first, second = ticket, other
    if there := TicketLink.objects.filter(first=first, second=second, kind=kind).first():
        return there
    if kind == LinkKind.PARENT:
        _check_family(first, second)
    elif kind != LinkKind.RELATED and TicketLink.objects.filter(first=second, second=first, kind=kind).exists():
        raise Refused("link_goes_round", number=other.number)
    if TicketLink.objects.filter(Q(first=ticket) | Q(second=ticket)).count() >= MOST:
        raise Refused("too_many_links", most=MOST)
    made = TicketLink.objects.create(first=first, second=second, kind=kind)
    _record(made, first, second, "linked", by)
    return made


@transaction.atomic
def remove(link: TicketLink, ticket: Ticket, *, by: Actor) -> None:
    """Take a link off, from either end. Once is enough; twice changes nothing. Raises Refused, Denied."""
    found = lock_all([link.first, link.second])
    ticket = found[ticket.pk]
    guards.check(ticket, "ticket.link", by)
    permissions.require(ticket, "ticket.edit", by)
    if TicketLink.objects.filter(pk=link.pk).delete()[0]:
        _record(link, found[link.first_id], found[link.second_id], "unlinked", by)


def _record(link: TicketLink, first: Ticket, second: Ticket, verb: str, by: Actor) -> None:
    for one, other, way in ((first, second, "out"), (second, first, "in")):
        touch(one)
        facts = {"link": link.kind, "way": way, "ticket": other.pk, "number": other.number}
        journal.record(one, f"ticket.{verb}", by=by, **facts)


def _check_family(parent: Ticket, child: Ticket) -> None:
    """A child has one parent, and nobody is their own ancestor."""
    if there := TicketLink.objects.filter(second=child, kind=LinkKind.PARENT).select_related("first").first():
        raise Refused("has_parent_already", number=child.number, parent=there.first.number)
    at: int | None = parent.pk
    for _step in range(DEEPEST):
        if at == child.pk:
            raise Refused("link_goes_round", number=parent.number)
        up = TicketLink.objects.filter(second=at, kind=LinkKind.PARENT)
        at = up.values_list("first", flat=True).first()
        if at is None:
            return
    raise Refused("family_too_deep", most=DEEPEST)


def open_children(ticket: Ticket) -> list[int]:
    """The numbers of its children that are not closed."""
    rows = Ticket.objects.filter(links_in__first=ticket, links_in__kind=LinkKind.PARENT, is_open=True, deleted_at=None)
    return list(rows.order_by("number").values_list("number", flat=True))


def move(ticket: Ticket, into: Ticket) -> int:
    """Hang the links of a merged ticket on the survivor; those that would say nothing new, or go round, are dropped."""
    moved = 0
    for link in list(TicketLink.objects.filter(Q(first=ticket) | Q(second=ticket)).order_by("pk")):
        first = into if link.first_id == ticket.pk else link.first
        second = into if link.second_id == ticket.pk else link.second
        link.delete()
        if link.kind == LinkKind.RELATED and first.pk > second.pk:
            first, second = second, first
        if first.pk == second.pk or not _is_new(first, second, link.kind):
            continue
        TicketLink.objects.create(first=first, second=second, kind=link.kind, made_at=link.made_at)
        moved += 1
    return moved


def _is_new(first: Ticket, second: Ticket, kind: str) -> bool:
    if TicketLink.objects.filter(first=first, second=second, kind=kind).exists():
        return False
    if kind == LinkKind.PARENT:
        try:
            _check_family(first, second)
        except Refused:
            return False
        return True
    return kind == LinkKind.RELATED or not TicketLink.objects.filter(first=second, second=first, kind=kind).exists()
