"""What of our ticket the partner has: sent at once while the link is live, held at its source while it is not (§6)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from outsourcing import payloads
from outsourcing.links import Link, running
from outsourcing.models import HandoverStatus, Share, Terms
from outsourcing.models.handover import Detail
from psa.journal import journal
from psa.journal.models import Entry
from psa.lanes import lanes
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import permissions
from tickets.models import Audience, Item, Ticket
from tickets.models.checklists import TRAVELLING
from tickets.services.locking import lock

FIELDS = "ticket"


def item_changed(link: Link, item: Item) -> None:
    """One of our items was added, edited or removed: send it, withdraw it, or hold it. The handover is locked."""
    share = Share.objects.filter(handover=link.handover.key, item=item.key).first()
    wanted = not item.is_removed and (_is_for(link, item) or (share is not None and _was_chosen(item)))
    if share is None:
        if not wanted:
            return
        share = Share(handover=link.handover.key, kind=item.kind(), item=item.key)
    share.version, share.is_wanted, share.changed_at = item.version, wanted, timezone.now()
    _go_or_hold(link, share, item)


def fields_changed(link: Link, ticket: Ticket, old: dict[str, Any]) -> None:
    """Some of the ticket's own columns changed: those the partner is told of go as one change, old and new."""
    told = {name: value for name, value in old.items() if name in payloads.SHARED[FIELDS]}
    if not told:
        return
    share = Share.objects.filter(handover=link.handover.key, item=ticket.key).first()
    share = share or Share(handover=link.handover.key, kind=FIELDS, item=ticket.key)
    share.version, share.changed_at = ticket.version, timezone.now()
    share.held_fields = {**told, **share.held_fields}
    _go_or_hold(link, share, ticket)


def release(link: Link) -> None:
    """Open our tap and send what was held, in the order of first change. Nothing to do where it is open already."""
    lane = link.outgoing
    if lane.is_open:
        return
    lanes.open_tap(lane)
    held = Share.objects.filter(handover=link.handover.key, held_since__isnull=False, keep_local=False)
    for share in held.order_by("held_since", "pk"):
        _send(link, share, _source(share))


def discard_held(link: Link) -> None:
    """The handover is over: what was held stays local for good."""
    Share.objects.filter(handover=link.handover.key, held_since__isnull=False).delete()


@transaction.atomic
def keep_local(ticket: Ticket, item: UUID, keep: bool, *, by: Actor) -> Share:
    """Keep one held item on our side when the others go out, or share it after all, at once where the link is live.

    The lead's takes the level Outsource, the service side's ticket.edit. Raises Refused("handover_moved_on"), Denied.
    """
    ticket = lock(ticket)
    link = running(ticket)
    if link is None:
        raise Refused("handover_moved_on")
    if link.is_lead:
        by.require("outsource.send")
    else:
        permissions.require(ticket, "ticket.edit", by)
    share = Share.objects.filter(handover=link.handover.key, item=item, held_since__isnull=False).first()
    if share is None:
        raise Refused("handover_moved_on", status=link.handover.status)
    share.keep_local = keep
    if not keep and link.handover.is_live and link.outgoing.is_open:
        _send(link, share, _source(share))
    else:
        share.save(update_fields=["keep_local"])
    journal.record(ticket, "handover.kept" if keep else "handover.let_go", by=by, **_named(link, share))
    return share


def _named(link: Link, share: Share) -> dict[str, Any]:
    return {"partner": link.partner, "side": link.side, "kind": share.kind, "item": str(share.item)}


def held(link: Link) -> list[Share]:
    """What waits here for the link to be live again, in the order it will go out."""
    return list(Share.objects.filter(handover=link.handover.key, held_since__isnull=False).order_by("held_since", "pk"))


def chosen(link: Link, items: list[Item]) -> None:
    """These items went along with the offer: the partner has them at this version once it accepts."""
    for item in items:
        Share.objects.create(
            handover=link.handover.key, kind=item.kind(), item=item.key, version=item.version, version_sent=item.version
        )


def item_of(entry: Entry) -> Item:
    """The item a journal entry tells of."""
    model: Any = TRAVELLING[entry.kind.partition(".")[0]]
    return model.objects.get(pk=entry.data["id"])


def _go_or_hold(link: Link, share: Share, source: Item | Ticket) -> None:
    handover = link.handover
    goes = handover.is_live and not share.keep_local
    if goes and link.outgoing.is_open:
        _send(link, share, source)
    elif goes or share.keep_local or handover.status in {HandoverStatus.ASSIGNED, HandoverStatus.WAITING_APPROVAL}:
        share.held_since = share.held_since or timezone.now()
        if share.kind != FIELDS and not share.is_wanted and not share.version_sent:
            _forget(share)
        else:
            share.save()
        if goes:  # with what it says now, so that what was taken back while it was held stays here
            release(link)


def _send(link: Link, share: Share, source: Item | Ticket) -> None:
    """Put the present state into our lane. Only the held fields, or the item as it is now, or its withdrawal."""
    lane = link.outgoing
    if isinstance(source, Ticket):
        new = payloads.fields(source)
        changes = {name: [old, new[name]] for name, old in share.held_fields.items() if old != new[name]}
        if changes:
            lanes.emit(lane, "fields.changed", {"changes": changes}, item=share.item)
    elif share.is_wanted:
        effort = _terms(link).shares_effort
        payload = payloads.item(source, link.side, shares_effort=effort)
        lanes.emit(lane, "item.put", payload, item=share.item, version=payloads.VERSION)
    elif share.version_sent:
        lanes.empty(lane, share.item)
        lanes.emit(lane, "item.withdrawn", {"kind": share.kind}, item=share.item)
    share.version_sent, share.held_since, share.held_fields = share.version, None, {}
    share.save()


def _forget(share: Share) -> None:
    """Added and removed again while held: nothing ever has to leave."""
    if share.pk:
        share.delete()


def _source(share: Share) -> Item | Ticket:
    if share.kind == FIELDS:
        return Ticket.objects.get(key=share.item)
    model: Any = TRAVELLING[share.kind]
    return model.objects.get(key=share.item)


def _is_for(link: Link, item: Item) -> bool:
    """Written for this partner; or for the customer, where the customer is shared in full (§6 "Audience")."""
    if item.audience == Audience.PARTNER:
        return item.handover == link.handover.key
    return link.is_lead and item.audience == Audience.CUSTOMER and _terms(link).detail == Detail.FULL


def _was_chosen(item: Item) -> bool:
    """What went along with the offer is followed as long as it is not made internal."""
    return item.audience == Audience.CUSTOMER


def _terms(link: Link) -> Terms:
    return Terms.objects.get(handover=link.handover, version=link.handover.terms_version)
