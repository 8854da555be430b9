"""Licences a technician installed: reported on the ticket, handed to sales, taken into the customer's contract
(it-house spec, "Licences (MSP)")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import OuterRef
from django.utils import timezone

from billing.models import (
    Article,
    ContractLine,
    Licence,
    LicenceChange,
    LicenceCheck,
    LicenceStatus,
    OrderLine,
    OrderTicket,
)
from psa.directory.models import Contract
from psa.fsm import can_proceed
from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Asks, Denied, Refused
from tickets import carrying, guards, permissions
from tickets.models import Item, Ticket
from tickets.services import hand_offs
from tickets.services.locking import lock, touch

CREATE, ANSWER = "licence.handoff_create", "licence.handoff_answer"
KIND = "licence"
# What a ticket carries that came from an order, and one with licences.
ORDERED, LISTED = "order", "licences"
WAITING = (LicenceStatus.REPORTED, LicenceStatus.RETURNED)
COPIED = ("contract", "article", "name", "unit", "unit_price", "vat_kind", "months")


@dataclass(frozen=True, slots=True)
class Report:
    """What a technician says about a licence. `replaces` is the customer's position it changes, where it is known;
    `quantity` counts licences, `installed_on` is a calendar day."""

    product: str
    quantity: int
    installed_on: date
    change: str = LicenceChange.NEW
    article: Article | None = None
    replaces: ContractLine | None = None
    device: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """Where sales takes a licence in: a contract of the customer from a day on. `line` is the position that is raised,
    replaced or lowered. `unit_price` is net in the contract's currency, for `months` months; of a raised or lowered
    position its own stands."""

    contract: Contract
    starts_on: date
    line: ContractLine | None = None
    unit_price: Decimal = Decimal(0)
    months: int = 1


@transaction.atomic
def report(ticket: Ticket, said: Report, *, by: Actor, is_sure: bool = False) -> Licence:
    """Hand a licence to sales, so that it is billed. The same device, product and day twice is asked about.

    Raises Denied, Refused("licence_product_missing"), ("licence_quantity_missing"), ("licence_replaces_nothing"),
    ("licence_is_in_the_future"), ("licence_position_elsewhere"), Asks("licence_reported_already").
    """
    ticket = lock(ticket)
    permissions.require(ticket, CREATE, by)
    permissions.require(ticket, "ticket.view", by)
    _check(ticket, said)
    if not is_sure and (twin := _twin(said, ticket)) is not None:
        raise Asks("licence_reported_already", "is_sure", number=twin.ticket.number, by=twin.reported_by_name)
    fields = {name: getattr(said, name) for name in Report.__slots__}
    made = Licence.objects.create(
        ticket=ticket,
        company_id=ticket.company_id,
        reported_by_id=by.membership_id,
        reported_by_name=by.name,
        **fields,
    )
    made.hand_off = hand_offs.send(KIND, title=_title(made), text=made.remark, ticket=ticket, subject=made.key, by=by)
    made.save(update_fields=["hand_off"])
    _record(made, "licence.reported", by, change=made.change, installed_on=made.installed_on.isoformat())
    return made


@transaction.atomic
def accept(licence: Licence, position: Position, *, by: Actor) -> Licence:
    """Take it into the contract from a day on: a position is added, raised, replaced or lowered.

    Raises Denied, Refused("licence_moved_on"), ("licence_contract_elsewhere"), ("licence_position_elsewhere"),
    ("licence_position_missing"), ("licence_reduces_too_much"), ("licence_position_billed").
    """
    row = _held(licence, "accept", by)
    if position.contract.company_id != row.company_id:
        raise Refused("licence_contract_elsewhere", name=position.contract.name)
    line = _change(row, position)
    row.accept(timezone.now(), line.pk, position.starts_on)
    row.save(update_fields=["status", "settled_at", "line", "starts_on"])
    hand_offs.finish_of(KIND, row.key, by=by)
    said = {"contract": position.contract.name, "starts_on": position.starts_on.isoformat(), "change": row.change}
    _record(row, "licence.accepted", by, line=line.pk, **said)
    return row


@transaction.atomic
def give_back(licence: Licence, question: str, *, by: Actor) -> Licence:
    """Sales asks whoever reported it. Raises Denied, Refused("licence_moved_on"), ("licence_words_missing")."""
    row = _held(licence, "give_back", by)
    if not question.strip():
        raise Refused("licence_words_missing")
    row.give_back(question.strip())
    row.save(update_fields=["status", "answer"])
    if row.hand_off is not None and can_proceed(row.hand_off.give_back):
        hand_offs.give_back(row.hand_off, row.answer, by=by)
    _record(row, "licence.returned", by, text=row.answer)
    return row


@transaction.atomic
def report_again(licence: Licence, remark: str, *, by: Actor) -> Licence:
    """The answer to what sales asked. Raises Denied, Refused("licence_moved_on"), ("licence_words_missing")."""
    row = _locked(licence)
    _may_answer(row, by)
    _still(row, "report_again")
    if not remark.strip():
        raise Refused("licence_words_missing")
    row.report_again(remark.strip())
    row.save(update_fields=["status", "remark"])
    if row.hand_off is not None and can_proceed(row.hand_off.send_again):
        hand_offs.send_again(row.hand_off, row.remark, by=by)
    _record(row, "licence.reported_again", by, text=row.remark)
    return row


@transaction.atomic
def cancel(licence: Licence, *, by: Actor) -> Licence:
    """It was not installed after all. Raises Denied, Refused("licence_moved_on")."""
    row = _locked(licence)
    if not by.can(ANSWER):
        _may_answer(row, by)
    _still(row, "cancel")
    row.cancel(timezone.now())
    row.save(update_fields=["status", "settled_at"])
    hand_offs.cancel_of(KIND, row.key, by=by)
    _record(row, "licence.cancelled", by)
    return row


# The question at the end of an installation -------------------------------------------------------------------------
@transaction.atomic
def none_installed(ticket: Ticket, *, by: Actor) -> None:
    """No licence was installed here. Where some are listed that is the answer. Raises Denied,
    Refused("licences_are_listed")."""
    ticket = lock(ticket)
    permissions.require(ticket, "ticket.edit", by)
    if _listed(ticket):
        raise Refused("licences_are_listed")
    _row, is_new = LicenceCheck.objects.get_or_create(
        ticket=ticket, defaults={"none_installed": True, "by_name": by.name}
    )
    if is_new:
        touch(ticket)
        journal.record(ticket, "licence.none_installed", by=by)


def is_installation(ticket: Ticket) -> bool:
    """Whether the question is asked at its end: it came from an order as its base installation, or from a line with
    something that is installed."""
    made = OrderTicket.objects.filter(ticket=ticket).first()
    if made is None:
        return False
    lines = OrderLine.objects.filter(order=made.order_id, is_installable=True).values_list("pk", "key")
    named = {str(one) for pair in lines for one in pair}
    return made.is_base or bool(named & {str(one) for one in made.lines})


@guards.register("ticket.submit", "ticket.close")
def asks_first(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """An installation is not over before somebody says which licences were installed."""
    if not carrying.has(ticket, ORDERED) or not unanswered(ticket):
        return {}
    return {None: Refused("licences_unanswered")}


def is_answered(ticket: Ticket) -> bool:
    """Whether it was said that none were installed, or some are listed."""
    return _listed(ticket) or LicenceCheck.objects.filter(ticket=ticket).exists()


def unanswered(ticket: Ticket) -> bool:
    """Whether the ticket cannot end before somebody says which licences were installed."""
    return is_installation(ticket) and not is_answered(ticket)


# The inbox' own words -----------------------------------------------------------------------------------------------
def connect() -> None:
    """What is said in the inbox holds for the licence too. Called once, when the app starts."""
    carrying.register(ORDERED, lambda: OrderTicket.objects.filter(ticket=OuterRef("pk")))
    carrying.register(LISTED, lambda: Licence.objects.filter(ticket=OuterRef("pk")))
    journal.subscribe("handoff.returned", on_hand_off)
    journal.subscribe("handoff.sent_again", on_hand_off)
    journal.subscribe("handoff.cancelled", on_hand_off)


def on_hand_off(entry: Entry) -> None:
    """The task was returned, answered or cancelled where it waits."""
    if entry.data.get("handed") != KIND:
        return
    row = Licence.objects.select_for_update(of=("self",), no_key=True).filter(hand_off=entry.data["hand_off"]).first()
    if row is None:
        return
    text = entry.data.get("text", "")
    if entry.kind == "handoff.returned" and can_proceed(row.give_back):
        row.give_back(text)
    elif entry.kind == "handoff.sent_again" and can_proceed(row.report_again):
        row.report_again(text)
    elif entry.kind == "handoff.cancelled" and can_proceed(row.cancel):
        row.cancel(timezone.now())
    row.save(update_fields=["status", "answer", "remark", "settled_at"])


# Changing a contract ------------------------------------------------------------------------------------------------
def _change(row: Licence, position: Position) -> ContractLine:
    line = _line_of(row, position)
    if row.change == LicenceChange.NEW or (row.change == LicenceChange.EXTENSION and line is None):
        return _add(row, position)
    if line is None:
        if row.change == LicenceChange.REPLACEMENT and row.replaces_id is None:
            return _add(row, position)  # what it replaces stands in no contract of ours; the remark names it
        raise Refused("licence_position_missing")
    if row.change == LicenceChange.EXTENSION:
        return _set_quantity(line, line.quantity + row.quantity, position.starts_on)
    if row.quantity > line.quantity:
        raise Refused("licence_reduces_too_much", quantity=str(line.quantity))
    left = _set_quantity(line, line.quantity - row.quantity, position.starts_on)
    return left if row.change == LicenceChange.REDUCTION else _add(row, position)


def _line_of(row: Licence, position: Position) -> ContractLine | None:
    wanted = position.line or row.replaces
    if wanted is None or row.change == LicenceChange.NEW:
        return None
    found: ContractLine = ContractLine.objects.select_for_update(of=("self",), no_key=True).get(pk=wanted.pk)
    if found.contract_id != position.contract.pk:
        raise Refused("licence_position_elsewhere", name=found.name)
    return found


def _add(row: Licence, position: Position) -> ContractLine:
    made: ContractLine = ContractLine.objects.create(
        contract=position.contract,
        article=row.article,
        name=row.product,
        quantity=Decimal(row.quantity),
        unit=row.article.unit if row.article else "",
        unit_price=position.unit_price,
        vat_kind=row.article.vat_kind if row.article else ContractLine._meta.get_field("vat_kind").default,
        months=position.months,
        starts_on=position.starts_on,
        next_on=position.starts_on,
    )
    return made


def _set_quantity(line: ContractLine, quantity: Decimal, on: date) -> ContractLine:
    """Let a position have another quantity from a day on: the row as it was ends the day before, another goes on. What
    is billed already stays. Raises Refused("licence_position_billed")."""
    if on <= line.starts_on and line.next_on == line.starts_on:
        line.quantity = quantity
        line.ends_on = line.starts_on if quantity == 0 else line.ends_on
        line.save(update_fields=["quantity", "ends_on"])
        return line
    if on < line.next_on or (line.ends_on is not None and on > line.ends_on):
        raise Refused("licence_position_billed", until=line.next_on.isoformat())
    last, line.ends_on = line.ends_on, on - timedelta(days=1)
    line.save(update_fields=["ends_on"])
    if quantity == 0:
        return line
    copied = {name: getattr(line, name) for name in COPIED}
    made: ContractLine = ContractLine.objects.create(
        **copied, quantity=quantity, starts_on=on, next_on=on, ends_on=last
    )
    return made


# Holding one --------------------------------------------------------------------------------------------------------
def _locked(licence: Licence) -> Licence:
    ticket = lock(licence.ticket)
    rows = Licence.objects.select_for_update(of=("self",), no_key=True)
    row: Licence = rows.get(pk=licence.pk)
    row.ticket = ticket
    return row


def _held(licence: Licence, move: str, by: Actor) -> Licence:
    by.require(ANSWER)
    row = _locked(licence)
    _still(row, move)
    return row


def _still(row: Licence, move: str) -> None:
    if not can_proceed(getattr(row, move)):
        raise Refused("licence_moved_on", status=row.status)


def _may_answer(row: Licence, by: Actor) -> None:
    """Whoever reported it, and whoever may edit the ticket."""
    if by.membership_id != row.reported_by_id and not permissions.may(row.ticket, "ticket.edit", by):
        raise Denied(CREATE)


def may_answer(row: Licence, by: Actor) -> bool:
    """Whether the reader may answer what sales asks, or take the report back."""
    return by.membership_id == row.reported_by_id or permissions.may(row.ticket, "ticket.edit", by)


def _check(ticket: Ticket, said: Report) -> None:
    if not said.product.strip():
        raise Refused("licence_product_missing")
    if said.quantity < 1:
        raise Refused("licence_quantity_missing")
    if said.change == LicenceChange.REPLACEMENT and said.replaces is None and not said.remark.strip():
        raise Refused("licence_replaces_nothing")
    if said.installed_on > timezone.localdate():
        raise Refused("licence_is_in_the_future")
    if said.replaces is not None and said.replaces.contract.company_id != ticket.company_id:
        raise Refused("licence_position_elsewhere", name=said.replaces.name)


def _twin(said: Report, ticket: Ticket) -> Licence | None:
    """The same device, product and day, at the same customer, that was not taken back."""
    rows = Licence.objects.filter(
        company=ticket.company_id,
        installed_on=said.installed_on,
        product__iexact=said.product.strip(),
        device__iexact=said.device.strip(),
    )
    found: Licence | None = rows.exclude(status=LicenceStatus.CANCELLED).select_related("ticket").first()
    return found


def _listed(ticket: Ticket) -> bool:
    return bool(Licence.objects.filter(ticket=ticket).exclude(status=LicenceStatus.CANCELLED).exists())


def _title(row: Licence) -> str:
    return f"{row.quantity} × {row.product}"[:200]


def _record(row: Licence, kind: str, by: Actor, **facts: Any) -> None:
    touch(row.ticket)
    journal.record(row.ticket, kind, by=by, id=row.pk, product=row.product, quantity=row.quantity, **facts)
