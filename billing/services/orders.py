"""Orders: entered, changed, cancelled (it-house spec, "Orders become tickets"). Locks go tickets → order → number.

Prices are net, in the order's currency. Whoever may not see prices enters what the articles cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max

from billing.models import (
    Article,
    DeliveryLine,
    Order,
    OrderLine,
    OrderStatus,
    OrderTicket,
    PackagingUnit,
    VatKind,
)
from billing.services import numbers
from psa.directory.models import Company, Contact, Location
from psa.fsm import can_proceed
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from psa.web import figures
from tickets.models import HandOff, Ticket
from tickets.services import hand_offs
from tickets.services.locking import lock_all

MOST_LINES = 200
HEAD = ("title", "contact", "location", "owner", "ordered_on", "wanted_on", "customer_reference", "note")
# The states in which lines still come and go.
OPEN = (OrderStatus.DRAFT, OrderStatus.CONFIRMED, OrderStatus.PARTLY_DELIVERED)
LINE = (
    "article_id",
    "name",
    "text",
    "quantity",
    "packaging_id",
    "unit",
    "unit_price",
    "vat_kind",
    "is_installable",
    "needs_appointment",
)


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A line as it was typed. `key` names the one it was; `unit_price` None leaves the price to what it was, or to the
    article."""

    name: str
    quantity: Decimal
    key: UUID | None = None
    article: Article | None = None
    packaging: PackagingUnit | None = None
    unit: str = ""
    unit_price: Decimal | None = None
    vat_kind: str = VatKind.STANDARD
    text: str = ""
    is_installable: bool = False
    needs_appointment: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """An order as it was typed. Of a confirmed one the customer stays."""

    title: str
    company: Company
    ordered_on: date
    lines: Sequence[LineDraft]
    contact: Contact | None = None
    location: Location | None = None
    owner: Membership | None = None
    wanted_on: date | None = None
    customer_reference: str = ""
    note: str = ""


@transaction.atomic
def enter(draft: Draft, *, by: Actor) -> Order:
    """A new order with the next number. Raises Denied, Refused("not_of_this_company"), ("order_without_lines"),
    ("too_many_order_lines"), ("packed_otherwise")."""
    by.require("order.manage")
    _check(draft)
    order = Order(company=draft.company, currency=draft.company.tenant.currency)
    _write_head(order, draft)
    if order.owner_id is None:
        order.owner_id = by.membership_id
    order.number = numbers.take("order", draft.ordered_on)
    order.save(force_insert=True)
    _write_lines(order, draft.lines)
    journal.record(order, "order.entered", by=by, number=order.number, lines=len(draft.lines))
    return order


@transaction.atomic
def change(order: Order, draft: Draft, *, version: int, by: Actor) -> Order:
    """Other words, other lines; `version` is the one the form showed. What was delivered or is on a delivery note stays
    as it is. Raises as `enter`, and Refused("order_changed_meanwhile"), ("order_is_closed"), ("line_is_delivered")."""
    by.require("order.manage")
    _check(draft)
    order = locked(order)
    if order.status not in OPEN:
        raise Refused("order_is_closed", number=order.number)
    if version != order.version:
        raise Refused("order_changed_meanwhile", number=order.number)
    if order.status != OrderStatus.DRAFT and draft.company.pk != order.company_id:
        raise Refused("customer_stays", number=order.number)
    before, lines, columns = _head_of(order), facts_of_lines(order), _columns_of(order)
    order.company = draft.company
    _write_head(order, draft)
    _write_lines(order, draft.lines)
    after, new_lines = _head_of(order), facts_of_lines(order)
    if before == after and columns == _columns_of(order):
        return order
    order.version += 1
    if order.status == OrderStatus.PARTLY_DELIVERED and _is_delivered(order):
        order.deliver()  # what was still to come is not wanted any more
    order.save()
    changed = {name for name in after if before[name] != after[name]}
    journal.record(
        order,
        "order.changed",
        by=by,
        number=order.number,
        old={name: before[name] for name in sorted(changed)},
        new={name: after[name] for name in sorted(changed)},
        **_moved(lines, new_lines),
    )
    return order


@transaction.atomic
def cancel(order: Order, reason: str, *, by: Actor) -> Order:
    """Nothing will come of it. Its open hand-offs go; its tickets stay and say so. Raises Denied,
    Refused("reason_missing"), ("order_is_delivered"), ("order_moved_on")."""
    by.require("order.manage")
    if not reason.strip():
        raise Refused("reason_missing")
    tickets = lock_tickets(order)
    order = locked(order)
    if not can_proceed(order.cancel):
        raise Refused("order_moved_on", status=order.status)
    if OrderLine.objects.filter(order=order, delivered__gt=0).exists():
        raise Refused("order_is_delivered", number=order.number)
    order.cancel(reason.strip())
    order.version += 1
    order.save(update_fields=["status", "cancelled_reason", "version"])
    for kind in HandOff.objects.filter(subject=order.key).open().values_list("kind", flat=True):
        hand_offs.cancel_of(kind, order.key, by=by)
    entry = journal.record(order, "order.cancelled", by=by, number=order.number, text=order.cancelled_reason)
    for ticket in tickets:
        facts = {"order": order.pk, "number": order.number, "text": order.cancelled_reason}
        journal.record(ticket, "ticket.order_cancelled", by=by.because(entry), **facts)
    return order


# Holding one --------------------------------------------------------------------------------------------------------
def lock_tickets(order: Order) -> list[Ticket]:
    """The order's tickets, locked: before the order itself."""
    ids = list(OrderTicket.objects.filter(order=order).values_list("ticket", flat=True))
    found = lock_all([Ticket(pk=pk) for pk in ids])
    return [found[pk] for pk in sorted(found)]


def locked(order: Order) -> Order:
    """The order's present row, locked until the transaction ends."""
    row: Order = Order.objects.select_for_update(of=("self",), no_key=True).get(pk=order.pk)
    return row


def price_of(article: Article, packaging: PackagingUnit | None) -> Decimal:
    """What one packaging unit of it costs, or one of its own unit: net, to the cent."""
    if packaging is None:
        return article.price
    price = packaging.price if packaging.price is not None else article.price * packaging.factor
    return price.quantize(Decimal("0.01"))


# Writing ------------------------------------------------------------------------------------------------------------
def _check(draft: Draft) -> None:
    for what, row in (("contact", draft.contact), ("location", draft.location)):
        if row is not None and row.company_id != draft.company.pk:
            raise Refused("not_of_this_company", what=what)
    if not draft.lines:
        raise Refused("order_without_lines")
    if len(draft.lines) > MOST_LINES:
        raise Refused("too_many_order_lines", most=MOST_LINES)
    for line in draft.lines:
        article = line.article.pk if line.article else None
        if line.packaging is not None and line.packaging.article_id != article:
            raise Refused("packed_otherwise", name=line.name)


def _write_head(order: Order, draft: Draft) -> None:
    for name in HEAD:
        setattr(order, name, getattr(draft, name))


def _write_lines(order: Order, drafts: Sequence[LineDraft]) -> None:
    """Exactly these lines, in this order; one that somebody relies on stays as it is."""
    there = {line.key: line for line in OrderLine.objects.filter(order=order)}
    kept = _relied_on(there.values())
    wanted = {draft.key for draft in drafts if draft.key in there}
    for key in kept - wanted:
        raise Refused("line_is_delivered", name=there[key].name)
    OrderLine.objects.filter(order=order).exclude(key__in=wanted).delete()
    # Places are unique: those that stay step aside before each goes to its own.
    past = OrderLine.objects.filter(order=order).aggregate(last=Max("position"))["last"] or 0
    start = past + 1 if past < 2 * MOST_LINES else 0
    for place, draft in enumerate(drafts):
        line = there[draft.key] if draft.key in wanted and draft.key is not None else OrderLine(order=order)
        before = {name: getattr(line, name) for name in LINE}
        _write_line(line, draft)
        if line.key in kept and before != {name: getattr(line, name) for name in LINE}:
            raise Refused("line_is_delivered", name=before["name"])
        line.position = start + place
        line.save()


def _relied_on(lines: Any) -> set[UUID]:
    """The keys of lines that were delivered or billed, or stand on a delivery note."""
    rows = list(lines)
    noted = set(DeliveryLine.objects.filter(order_line__in=rows).values_list("order_line", flat=True))
    return {line.key for line in rows if line.delivered or line.invoiced or line.pk in noted}


def _write_line(line: OrderLine, draft: LineDraft) -> None:
    is_new_price = line.pk is None or line.article_id != (draft.article.pk if draft.article else None)
    line.article, line.packaging = draft.article, draft.packaging
    for name in ("name", "text", "quantity", "unit", "vat_kind", "is_installable", "needs_appointment"):
        setattr(line, name, getattr(draft, name))
    if draft.unit_price is not None:
        line.unit_price = draft.unit_price
    elif is_new_price:
        line.unit_price = price_of(draft.article, draft.packaging) if draft.article else Decimal(0)


# Facts --------------------------------------------------------------------------------------------------------------
def _head_of(order: Order) -> dict[str, Any]:
    """The order's columns as the journal keeps them: what it points at by name."""
    found = {name: getattr(order, name) for name in ("company", *HEAD)}
    return {name: "" if value is None else str(value) for name, value in found.items()}


def facts_of_lines(order: Order) -> dict[str, str]:
    """Each line as one string, by its key; prices stay where only those read them who may."""
    found = {}
    for line in OrderLine.objects.filter(order=order):
        found[str(line.key)] = f"{figures.quantity(line.quantity, line.unit)} {line.name}"
    return found


def _columns_of(order: Order) -> list[tuple[Any, ...]]:
    """Everything somebody may write of the lines, prices too, to see whether anything changed."""
    return list(OrderLine.objects.filter(order=order).order_by("position").values_list("key", *LINE))


def _is_delivered(order: Order) -> bool:
    return not OrderLine.objects.filter(order=order, delivered__lt=F("quantity")).exists()


def _moved(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, list[str]]:
    """Which lines came, went and changed, in words."""
    changed = [f"{before[key]} → {after[key]}" for key in before.keys() & after.keys() if before[key] != after[key]]
    return {
        "added": sorted(after[key] for key in after.keys() - before.keys()),
        "removed": sorted(before[key] for key in before.keys() - after.keys()),
        "altered": sorted(changed),
    }
