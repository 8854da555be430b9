"""A copy for somebody who did not get the original: a partner's item for the customer, the customer's for the partner.

The copy is an item of our own, its words edited first, with the name of whoever decided it (outsourcing spec §2, §6).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from outsourcing.links import Link, links, running
from outsourcing.models import Share, Side, Terms
from outsourcing.models.handover import Detail
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import permissions, readers
from tickets.models import Audience, Item, Ticket
from tickets.models.items import KINDS
from tickets.readers import Reader
from tickets.services import items
from tickets.services.locking import lock

PUBLISHED = ("note", "attachment", "timeentry")
PASSED_ON = ("note", "attachment")


def publishable(ticket: Ticket, found: Sequence[Item], by: Actor) -> set[UUID]:
    """Which of these a member may publish to the customer: what a partner of ours wrote here."""
    ours = {link.handover.key for link in links(ticket) if link.is_lead}
    if not ours or not ticket.contact_id or not by.can("outsource.send"):
        return set()
    if not permissions.may(ticket, "note.publish_to_customer", by):
        return set()
    theirs = [one for one in found if one.is_copy and not one.is_removed and one.handover in ours]
    return {one.key for one in theirs if one.kind() in PUBLISHED}


def passable(ticket: Ticket, found: Sequence[Item], by: Actor) -> set[UUID]:
    """Which of these can be passed on to the partner at work: between us and the customer, and not shared with it."""
    link = running(ticket, Side.LEAD)
    if link is None or not permissions.may(ticket, "note.write", by):
        return set()
    kept = [one for one in found if one.audience == Audience.CUSTOMER and not one.is_copy and not one.is_removed]
    keys = {one.key for one in kept if one.kind() in PASSED_ON}
    if not keys:
        return set()
    shared = Share.objects.filter(handover=link.handover.key, item__in=keys, is_wanted=True, keep_local=False)
    return keys - set(shared.values_list("item", flat=True))


@transaction.atomic
def publish(ticket: Ticket, item: Item, words: str, *, by: Actor) -> Item:
    """A partner's item, in our words, to the customer only. Raises Refused("nothing_to_publish"), Denied."""
    by.require("outsource.send")
    ticket = lock(ticket)
    item = _present(ticket, item)
    if item.key not in publishable(ticket, [item], by):
        permissions.require(ticket, "note.publish_to_customer", by)
        raise Refused("nothing_to_publish")
    link = next(link for link in links(ticket) if link.handover.key == item.handover)
    active = running(ticket, Side.LEAD)
    made = _copy(ticket, item, words, _reader(ticket, Audience.CUSTOMER), (KeptHere(active),), by)
    _tell(ticket, "published", link, item, made, by)
    return made


@transaction.atomic
def pass_on(ticket: Ticket, item: Item, words: str, *, by: Actor) -> Item:
    """What is between us and the customer, in our words, to the partner. Raises Refused("nothing_to_pass_on")."""
    ticket = lock(ticket)
    item = _present(ticket, item)
    permissions.require(ticket, "note.write", by)
    link = running(ticket, Side.LEAD)
    if link is None or item.key not in passable(ticket, [item], by):
        raise Refused("nothing_to_pass_on")
    made = _copy(ticket, item, words, _reader(ticket, Audience.PARTNER), (), by)
    _tell(ticket, "passed_on", link, item, made, by)
    return made


class KeptHere:
    """Where the customer is shared in full, what is written to it travels by itself; a published item does not."""

    template = ""

    def __init__(self, link: Link | None) -> None:
        self.link = link

    def is_valid(self) -> bool:
        return True

    def save(self, item: Item, *, by: Actor) -> None:
        if self.link is not None and _detail(self.link) == Detail.FULL:
            Share.objects.create(
                handover=self.link.handover.key, kind=item.kind(), item=item.key, version=item.version, keep_local=True
            )


def _detail(link: Link) -> str:
    terms = Terms.objects.filter(handover=link.handover, version=link.handover.terms_version)
    return terms.values_list("detail", flat=True).get()


def _present(ticket: Ticket, item: Item) -> Any:
    return type(item)._default_manager.select_for_update(of=("self",), no_key=True).get(pk=item.pk, ticket=ticket)


def _reader(ticket: Ticket, audience: str) -> Reader:
    return next(reader for reader in readers.readers(ticket) if reader.audience == audience)


def _copy(ticket: Ticket, item: Any, words: str, reader: Reader, parts: tuple[Any, ...], by: Actor) -> Item:
    if item.kind() == "attachment":
        return items.add(ticket, "attachment", reader, by=by, parts=parts, file=item.file, name=words)
    return items.add(ticket, "note", reader, by=by, parts=parts, text=words)


def _tell(ticket: Ticket, what: str, link: Link, item: Item, made: Item, by: Actor) -> None:
    facts = {"partner": link.partner, "side": link.side, "author": item.author_name, "kind": item.kind()}
    journal.record(ticket, f"handover.{what}", by=by, **facts, item=str(item.key), made=str(made.key))


def item_of(ticket: Ticket, key: UUID) -> Item | None:
    """The item of this key on a ticket, of any kind that can be copied."""
    for kind in PUBLISHED:
        rows: Any = KINDS[kind]._default_manager.filter(ticket=ticket, key=key)
        if found := rows.select_related("file").first() if kind == "attachment" else rows.first():
            return found
    return None
