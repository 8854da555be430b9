"""Posting what was approved, and correcting what was posted (it-house spec, "Approve and post").

From *posted* on an item stands still, and with it the entry or charge it is of. A correction is an item that reverses
it, and a new one where something else is billed instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from billing import pricing
from billing.models import BillingItem, BillingSource, BillingStatus
from billing.services import approving, balancing, partner_money, prices
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import permissions
from tickets.models import Charge, Ticket, TimeEntry
from tickets.services.locking import lock

# What a reversing item says of what it takes back, and a new part of an entry of the first.
SAME = (
    "source", "company_id", "ticket_id", "contract_id", "entry_id", "charge_id", "delivery_line_id", "order_line_id",
    "contract_line_id", "block_id", "handover", "article_id", "worked_on", "period_from", "period_until", "name",
    "unit", "unit_code", "unit_price", "currency", "vat_kind", "covered",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Instead:
    """What is billed in place of what was posted: hours or pieces, at a net price each, and its text."""

    quantity: Decimal
    unit_price: Decimal
    text: str


@transaction.atomic
def post(items: Iterable[BillingItem], *, by: Actor) -> list[BillingItem]:
    """All of these, and what was approved together with them, or none. Raises Denied, Refused("posted_already"),
    ("item_is_returned"), ("partner_work_is_provisional"), ("insourced_work_is_under_way")."""
    by.require("billing.post")
    made: list[BillingItem] = []
    done: set[int] = set()
    for item in sorted(items, key=lambda one: (one.ticket_id or 0, one.pk)):
        if item.pk not in done:
            posted = _post(item, by)
            done |= {one.pk for one in posted}
            made += posted
    return made


def _post(item: BillingItem, by: Actor) -> list[BillingItem]:
    _lock(item, by)
    now = BillingItem.objects.select_for_update(of=("self",), no_key=True).get(pk=item.pk)
    if now.status != BillingStatus.APPROVED:
        raise Refused("item_is_returned" if now.status == BillingStatus.RETURNED else "posted_already")
    thing = now.entry or now.charge
    if thing is not None:
        if thing.is_removed:
            raise Refused("item_is_gone")
        partner_money.check(thing)
    parts = approving.parts_of(now)
    at = timezone.now()
    for part in parts:
        part.post(at)
        part.save(update_fields=["status", "posted_at"])
        journal.record(part, "billingitem.posted", by=by, amount=str(part.amount), currency=part.currency)
    return parts


@transaction.atomic
def reverse(item: BillingItem, reason: str, *, by: Actor) -> BillingItem:
    """What was posted is taken back by an item of the same below nothing; both stay. Where the customer was not billed
    for it, the two settle each other and come off the draft, else the reversal waits for an invoice. Raises Denied,
    Refused("reason_missing"), ("not_posted"), ("reversed_already"), ("invoice_moved_on")."""
    by.require("billing.post")
    _lock(item, by)
    held = balancing.lock_drafts([item.pk])
    now = BillingItem.objects.select_for_update(of=("self",), no_key=True).get(pk=item.pk)
    if not reason.strip():
        raise Refused("reason_missing")
    if now.reverses_id is not None or BillingItem.objects.filter(reverses=now).exists():
        raise Refused("reversed_already")
    if now.status not in (BillingStatus.POSTED, BillingStatus.INVOICED):
        raise Refused("not_posted")
    made = BillingItem(**{name: getattr(now, name) for name in SAME}, reverses=now, part=now.part)
    made.text, made.reason = now.text, reason.strip()
    made.minutes, made.quantity, made.amount = -now.minutes, -now.quantity, -now.amount
    made.cost = None if now.cost is None else -now.cost
    made.block_left = approving.undraw(now)
    _keep_posted(made, by)
    journal.record(made, "billingitem.reversed", by=by, of=now.pk, amount=str(made.amount), reason=made.reason)
    balancing.balance([made], held, by=by)
    return made


@transaction.atomic
def correct(item: BillingItem, instead: Instead, reason: str, *, by: Actor) -> BillingItem:
    """Take back what was posted, and bill something else of the same. Raises as `reverse`, Refused("no_amount")."""
    if instead.quantity <= 0 or instead.unit_price < 0:
        raise Refused("no_amount")
    reverse(item, reason, by=by)
    made = BillingItem(**{name: getattr(item, name) for name in SAME}, part=_next_part(item), instead_of=item)
    made.block_id, made.covered = None, ""
    is_time = item.source == BillingSource.TIME
    made.quantity, made.unit_price, made.text = instead.quantity, instead.unit_price, instead.text
    made.minutes = int((instead.quantity * 60).to_integral_value()) if is_time else 0
    made.amount, made.reason = pricing.of_quantity(instead.quantity, instead.unit_price), reason.strip()
    _keep_posted(made, by)
    journal.record(made, "billingitem.corrected", by=by, of=item.pk, amount=str(made.amount), reason=made.reason)
    return made


@transaction.atomic
def write_off(thing: TimeEntry | Charge, reason: str, *, by: Actor) -> list[BillingItem]:
    """Nobody will be billed for it: decided by an administrator, who says why. What was never approved gets its item
    now, so that the decision is on record. Raises Denied, Refused("reason_missing"), ("invoiced_already")."""
    by.require("tenant.manage")
    if not reason.strip():
        raise Refused("reason_missing")
    ticket = lock(thing.ticket)
    permissions.require(ticket, "ticket.view", by)
    found = list(approving.items_of(thing).select_for_update(of=("self",), no_key=True))
    if any(one.status == BillingStatus.INVOICED for one in found):
        raise Refused("invoiced_already")
    waiting = [one for one in found if one.status not in (BillingStatus.WRITTEN_OFF, BillingStatus.BALANCED)]
    if not found:
        waiting = [_unpriced(thing, by)]
    for one in waiting:
        approving.undraw(one)
        one.write_off(reason.strip())
        one.save(update_fields=["status", "reason"])
        journal.record(one, "billingitem.written_off", by=by, amount=str(one.amount), reason=one.reason)
    return waiting


def _unpriced(thing: TimeEntry | Charge, by: Actor) -> BillingItem:
    """The item of something that was not approved, at what it would have cost, nothing where nobody can say."""
    try:
        quote = prices.of(thing)
        amount, currency, company = quote.amount, quote.currency, quote.company
    except Refused:
        amount, currency, company = pricing.NOTHING, thing.ticket.tenant.currency, thing.ticket.company_id
    is_time = isinstance(thing, TimeEntry)
    minutes = max(thing.minutes_to_bill, 0) if isinstance(thing, TimeEntry) else 0
    facts: dict[str, Any] = {"entry" if is_time else "charge": thing}
    return BillingItem.objects.create(
        **facts,
        source=BillingSource.TIME if is_time else BillingSource.CHARGE,
        company_id=company,
        ticket_id=thing.ticket_id,
        worked_on=thing.worked_on if isinstance(thing, TimeEntry) else timezone.localdate(thing.made_at),
        name=(prices.work_name(thing) if isinstance(thing, TimeEntry) else thing.name)[:200],
        text=thing.text,
        minutes=minutes,
        quantity=pricing.hours(minutes) if is_time else thing.quantity,  # type: ignore[union-attr]
        unit_code=pricing.HOUR if is_time else "C62",
        unit_price=pricing.NOTHING,
        amount=amount,
        currency=currency,
        approved_by_id=by.membership_id,
    )


def _keep_posted(item: BillingItem, by: Actor) -> None:
    """A correction needs nobody's approval but its author's."""
    item.approved_by_id = by.membership_id
    item.post(timezone.now())
    item.save(force_insert=True)


def _next_part(item: BillingItem) -> int:
    """The number of one more part of what this item is of."""
    rows = BillingItem.objects.filter(pk=item.pk)
    for column in ("entry_id", "charge_id"):
        if (key := getattr(item, column)) is not None:
            rows = BillingItem.objects.filter(**{column: key})
    return (rows.aggregate(most=Max("part"))["most"] or 0) + 1


def _lock(item: BillingItem, by: Actor) -> Ticket | None:
    """The ticket first, as everywhere; what belongs to none is locked by itself."""
    if item.ticket is None:
        return None
    ticket = lock(item.ticket)
    permissions.require(ticket, "ticket.view", by)
    return ticket
