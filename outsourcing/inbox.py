"""What arrives from the partner, applied in our scope by our own services: items, changed fields, moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from outsourcing import payloads
from outsourcing.links import Link, by_key, links, ticket_of
from outsourcing.links import lock as lock_handover
from outsourcing.models import Handover, Partnership
from outsourcing.services import announcing, history, partners, proposals, reminders, sending, statements, sync
from psa import leases
from psa.journal import journal
from psa.lanes import delivery
from psa.lanes.models import Event
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.timers import timers
from tickets.models import ChargeCategory, ChecklistItem, Ticket
from tickets.services import checklist_copies, copies, files, searching
from tickets.services.locking import lock

DIGEST = "handover.items_arrived"
DIGEST_AFTER = timedelta(minutes=5)


def connect() -> None:
    """Answer the lanes and the clock. Called once, when the app starts."""
    delivery.on("item.put", on_put)
    delivery.on("item.withdrawn", on_withdrawn)
    delivery.on("fields.changed", on_fields)
    delivery.on(history.MOVED, on_moved)
    delivery.on(announcing.PAPERS, on_papers)
    delivery.on(partners.ANSWERED, on_answered)
    delivery.on(partners.MOVED, on_partner_moved)
    timers.on(sending.EXPIRES, sending.expire)
    timers.on(partners.EXPIRES, partners.expire)
    timers.on(proposals.PART_DUE, proposals.part_due)
    timers.on(reminders.REMIND, reminders.remind)


def on_put(event: Event) -> None:
    """An item of the partner's, new or changed: a copy on our ticket."""
    handover, ticket = _ours(event)
    payload = event.payload
    by = Actor.partner(payload["author"], handover.partner_name(scope.tenant_id()))
    made_at = datetime.fromisoformat(payload["made_at"])
    assert event.item is not None  # every item event names its item
    if payload["made_as"] == ChecklistItem.kind():
        if payload["kind"] == "tick":
            checklist_copies.follow(ticket, event.item, handover.key, payloads.read_tick(payload), by=by)
        else:
            words, listed = payloads.read_to_tick(payload)
            checklist_copies.receive(ticket, event.item, handover.key, made_at, words, listed, by=by)
        _tell_later(handover)
        return
    values = _READ[payload["made_as"], payload["kind"]](payload)
    copies.receive(ticket, payload["kind"], event.item, handover.key, made_at, by=by, **values)
    _tell_later(handover)


def on_withdrawn(event: Event) -> None:
    """The partner took an item back."""
    handover, ticket = _ours(event)
    assert event.item is not None  # every item event names its item
    by = Actor.partner(handover.partner_name(scope.tenant_id()), "")
    if event.payload["kind"] == ChecklistItem.kind():
        checklist_copies.withdraw(ticket, event.item, by=by)
    else:
        for kind in ("note", event.payload["kind"]):
            copies.withdraw(ticket, kind, event.item, by=by)
    _tell_later(handover)


def on_fields(event: Event) -> None:
    """The partner changed what its ticket says: our own fields stay ours, we are told old and new."""
    handover, ticket = _ours(event)
    by = Actor.partner(handover.partner_name(scope.tenant_id()), "")
    history.told(handover, "fields_changed", by=by, ticket=lock(ticket), changes=event.payload["changes"])


def on_moved(event: Event) -> None:
    """The partner moved the handover; its row says so already, here follow the news and our half of the effects."""
    handover = by_key(_key(event))
    ticket = ticket_of(handover, event.target_id)
    if ticket is not None:
        ticket = lock(ticket)
    else:
        handover = lock_handover(handover)
    news = event.payload
    by = Actor.partner(news["by"], news["company"])
    history.told(handover, news["move"], by=by, ticket=ticket, reason=news["reason"], **news["data"])
    effect = _EFFECTS.get(news["move"])
    if effect and ticket is not None:
        link = next(link for link in links(ticket) if link.handover.pk == handover.pk)
        effect(link, ticket, by)


def on_papers(event: Event) -> None:
    """The partner made the papers of an invoice it announced."""
    handover = lock_handover(by_key(_key(event)))
    by = Actor.partner(handover.partner_name(scope.tenant_id()), "")
    announcing.receive_papers(handover, event.payload["paper"], event.payload["files"], by=by)


def on_answered(event: Event) -> None:
    """A company accepted our invitation."""
    news = event.payload
    partnership = Partnership.objects.get(key=news["partnership"])
    partners.answered(news["invitation"], partnership, by=Actor.partner(news["by"], news["company"]))


def on_partner_moved(event: Event) -> None:
    """The partner paused or resumed the partnership."""
    news = event.payload
    partnership = Partnership.objects.get(key=news["partnership"])
    journal.record(partnership, f"partnership.{news['move']}", by=Actor.partner(news["by"], news["company"]))


def _go_live(link: Link, ticket: Ticket, by: Actor) -> None:
    """The link is live (again): open our tap, let go what we held. A move that was overtaken changes nothing."""
    if link.handover.is_live:
        sync.release(link)


def _accepted(link: Link, ticket: Ticket, by: Actor) -> None:
    timers.disarm(link.handover.pk, sending.EXPIRES)
    searching.index(ticket)
    _go_live(link, ticket, by)


def _over(link: Link, ticket: Ticket, by: Actor) -> None:
    sync.discard_held(link)
    statements.make(link, by=by)
    if link.is_lead:
        sending.released(link)


def _settled(link: Link, ticket: Ticket, by: Actor) -> None:
    statements.correct(link, by=by)


_EFFECTS: dict[str, Callable[[Link, Ticket, Actor], None]] = {
    "accepted": _accepted,
    "declined": _over,
    "rejected": _go_live,
    "recalled": _go_live,
    "completed": _over,
    "returned": _over,
    "taken_back": _over,
    "part_accepted": _settled,
}


def _key(event: Event) -> UUID:
    return UUID(event.lane.channel.partition(":")[2])


def _ours(event: Event) -> tuple[Handover, Ticket]:
    handover = by_key(_key(event))
    ticket = ticket_of(handover, event.target_id)
    if ticket is None:
        raise leases.Temporary("no_ticket_yet")
    return handover, ticket


def _note(payload: dict[str, Any]) -> dict[str, Any]:
    return {"kind_of": payload["fields"]["kind_of"], "text": payload["fields"]["text"]}


def _file(payload: dict[str, Any]) -> dict[str, Any]:
    file = payload["fields"]["file"]
    files.check_size(file["size"])
    return {"name": files.clean_name(payload["fields"]["name"]), "file": files.share(**file)}


def _time(payload: dict[str, Any]) -> dict[str, Any]:
    row = payload["fields"]
    return {
        "worked_on": date.fromisoformat(row["worked_on"]),
        "minutes": row["minutes"],
        "offset_minutes": row["offset_minutes"],
        "text": row["text"],
    }


def _time_as_note(payload: dict[str, Any]) -> dict[str, Any]:
    """The lead's time is a note here and never counts as ours; its day and hours are written for each reader."""
    figures = {name: payload[name] for name in ("worked_on", "minutes") if name in payload}
    return {"text": payload["fields"]["text"], "stands_for": figures}


def _charge(payload: dict[str, Any]) -> dict[str, Any]:
    row = payload["fields"]
    known = row.get("category") if row.get("category") in ChargeCategory else ChargeCategory.OTHER
    return {**row, "category": known, "quantity": Decimal(row["quantity"]), "unit_price": Decimal(row["unit_price"])}


def _charge_as_note(payload: dict[str, Any]) -> dict[str, Any]:
    return {"text": payload["fields"]["text"], "stands_for": payload["line"]}


_READ: dict[tuple[str, str], Callable[[dict[str, Any]], dict[str, Any]]] = {
    ("note", "note"): _note,
    ("attachment", "attachment"): _file,
    ("timeentry", "timeentry"): _time,
    ("timeentry", "note"): _time_as_note,
    ("charge", "charge"): _charge,
    ("charge", "note"): _charge_as_note,
}


def _tell_later(handover: Handover) -> None:
    """One mail for what arrives within five minutes."""
    timers.arm_once(DIGEST, handover.pk, timezone.now() + DIGEST_AFTER)
