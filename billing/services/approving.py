"""Approving what is billed (it-house spec, "Approve and post"): time and charges, priced at the rates of their day.

What was approved stands still on every path until it is given back. Two who approve at once make one item (N3): the
ticket is locked, and the database keeps one for each entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from billing.models import BillingItem, BillingSource, BillingStatus, HourBlock, ReturnedEntry
from billing.services import billing_settings, exchange, partner_money, prices
from psa.directory import contracts
from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tickets import permissions
from tickets.models import Charge, Ticket, TimeEntry
from tickets.services import items
from tickets.services.locking import lock, touch

Thing = TimeEntry | Charge
# What is checked before an entry is approved, where an administrator did not choose otherwise for a role.
CHECKS = ("text", "time", "contract")
USUAL = ("text", "contract")


def items_of(thing: Thing) -> QuerySet[BillingItem]:
    """The items an entry or a charge is billed by, its work first; no reversing ones."""
    column = "entry" if isinstance(thing, TimeEntry) else "charge"
    return BillingItem.objects.filter(**{column: thing}, reverses=None).order_by("part")


def parts_of(item: BillingItem) -> list[BillingItem]:
    """The item and what was approved together with it, locked, in order."""
    if item.entry_id is None:
        rows = BillingItem.objects.filter(pk=item.pk)
    else:
        rows = BillingItem.objects.filter(entry=item.entry_id, reverses=None, status=item.status)
    return list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))


@transaction.atomic
def approve(thing: Thing, *, by: Actor, each: Decimal | None = None) -> BillingItem:
    """It is billed as its contract says of its day. `each` is the price of an hour or a piece, net in the customer's
    currency, for what has none or is in other money; 0 bills it at nothing. Raises Denied, Refused (why not; see
    `check` and `prices`)."""
    ticket, thing = held(thing, by)
    check(thing)
    if each is not None:
        thing = _priced(thing, each, by)
    lock_blocks(ticket)
    quote = prices.of(thing, each)
    before = items_of(thing).filter(part=0).select_for_update(of=("self",), no_key=True).first()
    made = _again(before, thing, quote, by) if before else _first(thing, quote, by)
    for number, part in enumerate(quote.parts[1:], 1):
        draw(BillingItem.objects.create(**_columns(thing, quote, part), part=number, approved_by_id=by.membership_id))
    ReturnedEntry.objects.filter(**_naming(thing)).delete()
    if quote.covered == prices.ESTIMATE:
        _bill_agreed(ticket, by)
    journal.record(made, "billingitem.approved", by=by, item=str(thing.key), amount=str(quote.amount))
    return made


@transaction.atomic
def approve_exchanged(thing: Thing, rate: Decimal, *, by: Actor) -> BillingItem:
    """As `approve`, a partner's money changed into the customer's: `rate` is what one unit of theirs is in ours, and
    counts for all of the handover's from now on. Raises as `approve` and `exchange.enter`."""
    exchange.enter(thing, rate, by=by)
    return approve(thing, by=by)


def _priced(thing: Thing, each: Decimal, by: Actor) -> Thing:
    """It gets a price: a charge of our own costs it from now on, a partner's keeps what the partner says."""
    by.require("price.view")
    if prices.lack(thing) is None:
        raise Refused("price_is_given")
    if isinstance(thing, TimeEntry) or thing.is_copy:
        return thing
    return items.correct(thing, by=by, unit_price=each)  # type: ignore[return-value]  # the same charge


def held(thing: Thing, by: Actor) -> tuple[Ticket, Thing]:
    """The ticket, locked, and the present entry or charge, for who may approve. Raises Denied, Refused."""
    by.require("time.approve")
    ticket = lock(thing.ticket)
    permissions.require(ticket, "ticket.view", by)
    if ticket.deleted_at is not None:
        raise Refused("item_is_gone")
    rows = type(thing).objects.select_for_update(of=("self",), no_key=True)
    now: Any = rows.select_related("ticket__tenant").get(pk=thing.pk)
    if now.is_removed:
        raise Refused("item_is_gone")
    return ticket, now


def check(thing: Thing) -> None:
    """Raise the Refused that stands against approving it; see `refusal`."""
    if items_of(thing).exclude(status=BillingStatus.RETURNED).exists():
        raise Refused("approved_already")
    author = Membership.objects.select_related("role").filter(pk=thing.author_id).first()
    if no := refusal(thing, partner_money.book([thing]), checks_of(author.role.code if author else "")):
        raise no


def refusal(thing: Thing, book: partner_money.Book, wanted: Sequence[str]) -> Refused | None:
    """What stands against approving something that has no item yet: it is not billed, over the estimate, a partner's
    and not settled, or lacks what is checked (`wanted`). No statement for work without a partner."""
    if not thing.is_billable:
        return Refused("not_billable")
    if no := book.refusal(thing):
        return no
    if isinstance(thing, Charge):
        return None
    if thing.is_over_estimate:
        return Refused("over_the_estimate")
    return _lacks(thing, book, wanted)


def _lacks(entry: TimeEntry, book: partner_money.Book, wanted: Sequence[str]) -> Refused | None:
    """A partner's entry is not ours to complete, and what a lead pays for is under no contract of ours."""
    if not entry.is_copy:
        if "text" in wanted and not entry.text.strip():
            return Refused("entry_without_text")
        if "time" in wanted and (entry.started_at is None or entry.ended_at is None):
            return Refused("entry_without_times")
    if entry.ticket.agreed_at is not None or book.is_priced(entry) or "contract" not in wanted:
        return None
    known = book.contracts.get(entry.ticket.company_id, []) if entry.is_copy else [entry.contract]
    found = prices.contract_of(entry, [one for one in known if one is not None])
    return Refused("entry_without_contract") if found is None else None


def checks_of(role: str) -> Sequence[str]:
    """What is checked of the entries of this role's people."""
    return checks().get(role, USUAL)


def checks() -> dict[str, list[str]]:
    """What is checked of the entries of each role that does not have the usual checks."""
    kept: dict[str, list[str]] = billing_settings.of_tenant().checks
    return kept


@transaction.atomic
def give_back(thing: Thing, reason: str, *, by: Actor) -> ReturnedEntry:
    """It goes back to who logged it, who can change it again; said twice with the same words it counts once. Raises
    Denied, Refused("reason_missing"), ("posted_already"), ("partner_work_is_not_returned")."""
    ticket, thing = held(thing, by)
    reason = reason.strip()
    if not reason:
        raise Refused("reason_missing")
    if thing.is_copy:
        raise Refused("partner_work_is_not_returned")
    if before := ReturnedEntry.objects.filter(**_naming(thing), reason=reason).first():
        return before
    for item in items_of(thing).select_for_update(of=("self",), no_key=True):
        if item.status not in (BillingStatus.APPROVED, BillingStatus.RETURNED):
            raise Refused("posted_already")
        if item.part:
            undraw(item)
            item.delete()
        elif item.status == BillingStatus.APPROVED:
            undraw(item)
            item.give_back(reason)
            item.save(update_fields=["status", "reason"])
    facts = {"reason": reason, "by_name": by.name, "at": timezone.now()}
    made, _new = ReturnedEntry.objects.update_or_create(**_naming(thing), defaults=facts)
    touch(ticket)
    author = thing.author_id
    told = {"item": str(thing.key), "id": thing.pk, "author": author, "kind": thing.kind(), "text": reason}
    journal.record(ticket, "ticket.work_returned", by=by, **told)
    return made


def reopen(charge: Charge, reason: str) -> bool:
    """Open the approval of a charge whose ticket is locked, because what was approved is another thing by now: it waits
    to be approved anew. Says whether the charge can change; what is posted or given up stands still."""
    found = list(items_of(charge).select_for_update(of=("self",), no_key=True))
    if any(item.status not in (BillingStatus.APPROVED, BillingStatus.RETURNED) for item in found):
        return False
    for item in found:
        if item.status == BillingStatus.APPROVED:
            item.give_back(reason)
            item.save(update_fields=["status", "reason"])
    return True


def on_mended(entry: Entry) -> None:
    """What was sent back and is changed now waits to be approved again; what is taken off waits for nothing."""
    column = "entry" if entry.kind.startswith("timeentry.") else "charge"
    ReturnedEntry.objects.filter(**{f"{column}_id": entry.data["id"]}).delete()


@transaction.atomic
def use_contract(entry: TimeEntry, *, by: Actor) -> TimeEntry:
    """Put the contract of the customer that was in force on the day on an entry that has none, or another customer's.
    Raises Denied, Refused("no_contract_in_force"), ("approved_already")."""
    ticket, now = held(entry, by)
    assert isinstance(now, TimeEntry)
    if items_of(now).exclude(status=BillingStatus.RETURNED).exists():
        raise Refused("approved_already")
    if now.is_copy:
        raise Refused("copy_is_read_only", partner=now.author_name)
    found = contracts.in_force(ticket.company_id, now.worked_on)
    if found is None:
        raise Refused("no_contract_in_force", company=str(ticket.company))
    old, now.contract = now.contract_id, found
    now.version += 1
    now.save(update_fields=["contract", "version"])
    told = {"item": str(now.key), "id": now.pk, "old": {"contract": old}, "new": {"contract": found.pk}}
    journal.record(ticket, "ticket.contract_put", by=by, name=found.name, **told)
    return now


def draw(item: BillingItem) -> None:
    """Take what the item says from its block, whose row is locked; the item remembers what was left then."""
    if item.block_id is not None and item.source == BillingSource.TIME:
        block = HourBlock.objects.get(pk=item.block_id)
        block.used += item.minutes
        block.save(update_fields=["used"])
        item.block_left = block.minutes - block.used
        item.save(update_fields=["block_left"])


def undraw(item: BillingItem) -> int | None:
    """Give back to its block what the item took; the minutes that are left then, None where there is no block."""
    if item.block_id is None or item.source != BillingSource.TIME:
        return None
    block: HourBlock = HourBlock.objects.select_for_update(of=("self",), no_key=True).get(pk=item.block_id)
    block.used -= item.minutes
    block.save(update_fields=["used"])
    return block.minutes - block.used


def lock_blocks(ticket: Ticket) -> None:
    """The customer's blocks, so that two entries do not draw the same minutes."""
    rows = HourBlock.objects.filter(contract__company=ticket.company_id).order_by("pk")
    list(rows.select_for_update(of=("self",), no_key=True))


def _naming(thing: Thing) -> dict[str, Any]:
    return {"entry" if isinstance(thing, TimeEntry) else "charge": thing}


def _first(thing: Thing, quote: prices.Quote, by: Actor) -> BillingItem:
    made = BillingItem.objects.create(**_columns(thing, quote, quote.parts[0]), approved_by_id=by.membership_id)
    draw(made)
    return made


def _again(item: BillingItem, thing: Thing, quote: prices.Quote, by: Actor) -> BillingItem:
    """It was mended: priced anew."""
    for name, value in _columns(thing, quote, quote.parts[0]).items():
        setattr(item, name, value)
    item.approve_again(timezone.now(), by.membership_id)
    item.reason = ""
    item.save()
    draw(item)
    return item


def _columns(thing: Thing, quote: prices.Quote, part: prices.Part) -> dict[str, Any]:
    is_time = isinstance(thing, TimeEntry)
    day = thing.worked_on if isinstance(thing, TimeEntry) else timezone.localdate(thing.made_at)
    return {
        **_naming(thing),
        "source": BillingSource.TIME if is_time else BillingSource.CHARGE,
        "company_id": quote.company,
        "ticket_id": thing.ticket_id,
        "contract_id": quote.contract,
        "handover": quote.handover or thing.handover,
        "article_id": quote.article,
        "block_id": part.block,
        "worked_on": day,
        "name": part.name,
        "text": thing.text,
        "minutes": part.minutes,
        "quantity": part.quantity,
        "unit": part.unit,
        "unit_code": part.unit_code,
        "unit_price": part.unit_price,
        "amount": part.amount,
        "currency": quote.currency,
        "vat_kind": quote.vat_kind,
        "covered": part.covered,
    }


def _bill_agreed(ticket: Ticket, by: Actor) -> None:
    """The price that was agreed for the whole ticket is one item, made with the first of its work that is approved."""
    if ticket.agreed_rate is not None or ticket.agreed_amount is None:
        return
    rows = BillingItem.objects.filter(ticket=ticket, source=BillingSource.FIXED, reverses=None)
    if rows.exists():
        return
    made = BillingItem.objects.create(
        source=BillingSource.FIXED,
        company_id=ticket.company_id,
        ticket=ticket,
        worked_on=timezone.localdate(),
        name=ticket.title,
        quantity=1,
        unit_price=ticket.agreed_amount,
        amount=ticket.agreed_amount,
        currency=ticket.agreed_currency or ticket.tenant.currency,
        approved_by_id=by.membership_id,
    )
    journal.record(made, "billingitem.approved", by=by, item="", amount=str(made.amount))
