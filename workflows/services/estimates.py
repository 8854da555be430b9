"""Estimates: written and sent by the desk, version by version (lifecycle spec 6, 7, 11, 12); read by everybody.

What the customer says to one is `deciding`'s; its verbs are offered here, too, so that whoever needs an estimate finds
everything in one place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from psa.directory import contracts
from psa.directory.models import Rate
from psa.fsm import can_proceed
from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.timers import timers
from tickets import permissions
from tickets.models import Source, Status, Ticket, TimeEntry
from tickets.services import reserved, stopwatches
from tickets.services.lifecycle import moved_on
from tickets.services.locking import lock
from workflows import policies, working_days
from workflows.models import Estimate, EstimateStatus, Pricing, cents
from workflows.services import approvers, tasks
from workflows.services.deciding import (
    EXPIRE,
    MOVES,
    REMIND,
    REMIND_AGAIN,
    accept,
    decline,
    disarm,
    disown,
    give_back,
    pass_to,
    record,
    table,
    waits_for,
    why_not,
    why_not_answer,
)

__all__ = [
    "Draft",
    "accept",
    "before",
    "changes",
    "current",
    "decline",
    "disown",
    "expire",
    "give_back",
    "pass_to",
    "record",
    "remind",
    "revise",
    "send",
    "so_far",
    "suggested",
    "table",
    "waits_for",
    "why_not",
    "why_not_answer",
    "withdraw_with",
]

# More than this nobody proposes; twice as much with tax and tolerance still has its place.
MOST = Decimal(1_000_000_000)
# What an invoice of a company in these countries adds as a matter of course, in per cent; whoever writes may change it.
STANDARD_VAT = {"DE": 19, "LV": 21, "LT": 21, "EE": 24, "AT": 20, "PL": 23, "GB": 20}


@dataclass(frozen=True, slots=True)
class Draft:
    """What is proposed: minutes to come; `rate` an hour, or `amount` as a fixed price, net in `currency`; `tolerance`
    in per cent (of the policy where nobody said); VAT in per cent; `proposed_due` an aware moment to come."""

    minutes: int
    proposed_due: datetime
    kind: str = Pricing.HOURLY
    rate: Decimal | None = None
    amount: Decimal | None = None
    tolerance: int | None = None
    currency: str = "EUR"
    vat_rate: Decimal = Decimal(0)
    text: str = ""


# Reading ------------------------------------------------------------------------------------------------------------
def current(ticket: Ticket) -> Estimate | None:
    """The newest version, whatever became of it."""
    found: Estimate | None = Estimate.objects.filter(ticket=ticket).order_by("-version").first()
    return found


def before(estimate: Estimate) -> Estimate | None:
    """The version this one followed."""
    rows = Estimate.objects.filter(ticket=estimate.ticket_id, version__lt=estimate.version).order_by("-version")
    found: Estimate | None = rows.first() if estimate.version > 1 else None
    return found


def changes(estimate: Estimate, old: Estimate | None) -> list[dict[str, Any]]:
    """What is different from the version before, as plain data: `field` a column's name, `kind` how it is written,
    `old` and `new`, `in` the currency. Nothing for the first version."""
    if old is None:
        return []
    kinds = {
        "minutes": "hours",
        "amount_net": "amount",
        "rate": "amount",
        "tolerance": "per_cent",
        "vat_rate": "per_cent",
        "proposed_due": "moment",
        "text": "text",
    }
    return [
        {
            "field": name,
            "kind": kind,
            "old": "" if getattr(old, name) is None else getattr(old, name),
            "new": "" if getattr(estimate, name) is None else getattr(estimate, name),
            "in": estimate.currency,
        }
        for name, kind in kinds.items()
        if getattr(old, name) != getattr(estimate, name)
    ]


def so_far(ticket: Ticket) -> tuple[int, int]:
    """Minutes worked until now, and how many of them are billed: what somebody reads before they cancel the request."""
    billed = Q(is_billable=True, is_over_estimate=False)
    rows = TimeEntry.objects.filter(ticket=ticket, removed_at=None, is_hidden=False)
    found = rows.aggregate(worked=Sum("minutes"), billed=Sum("minutes", filter=billed))
    return found["worked"] or 0, found["billed"] or 0


def suggested(ticket: Ticket) -> dict[str, Any]:
    """What the form opens with: the rate of the contract in force, its currency, VAT, the policy's tolerance; of a
    ticket estimated before, what that said."""
    tenant = ticket.tenant
    contract = contracts.in_force(ticket.company_id, timezone.localdate())
    rates = list(Rate.objects.filter(contract=contract)) if contract else []
    rates.sort(key=lambda one: (one.work_type_id or 0, one.pk))  # the one for all work before those of single types
    found: dict[str, Any] = {
        "kind": Pricing.HOURLY,
        "rate": rates[0].amount if rates else None,
        "currency": contract.currency if contract else tenant.currency,
        "vat_rate": Decimal(STANDARD_VAT.get(tenant.country, 0)),
        "tolerance": policies.of(ticket, contract).tolerance,
    }
    if (last := current(ticket)) is not None:
        found |= {name: getattr(last, name) for name in ("kind", "currency", "vat_rate", "text")}
        if last.kind == Pricing.HOURLY:
            found |= {"rate": last.rate, "tolerance": last.tolerance}
        else:
            found["amount"] = last.amount_net
        if last.status != EstimateStatus.ACCEPTED:
            found |= {"minutes": last.minutes, "proposed_due": last.proposed_due}
    return found


# Sending ------------------------------------------------------------------------------------------------------------
@transaction.atomic
def send(ticket: Ticket, draft: Draft, *, by: Actor) -> Estimate:
    """6, 12: an estimate goes to the approvers; stopwatches on the ticket stand still, their time is kept.

    Raises Refused("nobody_may_approve") with those who approve less, ("deadline_is_past"),
    ("deadline_is_no_working_day"), ("price_missing"), ("ticket_moved_on"), ("no_customer_here"), Denied."""
    ticket = lock(ticket)
    if ticket.source == Source.INSOURCED:
        raise Refused("no_customer_here")
    if not can_proceed(ticket.estimate):
        raise moved_on(ticket, "ticket.estimated", by)
    permissions.require(ticket, "estimate.send", by)
    made = _written(ticket, draft, by)
    stopwatches.pause_all(ticket, by=by)
    made.ticket = reserved.estimate(ticket, by=by, **_facts(made))
    _arm(made, ticket)
    return made


@transaction.atomic
def revise(ticket: Ticket, draft: Draft, *, by: Actor) -> Estimate:
    """7: the next version; what was open is replaced, its links decide nothing any more. Raises as `send`."""
    ticket = lock(ticket)
    if not can_proceed(ticket.revise):
        raise moved_on(ticket, "ticket.revised", by)
    permissions.require(ticket, "estimate.send", by)
    if (old := Estimate.objects.filter(ticket=ticket, status=EstimateStatus.SENT).first()) is not None:
        old.supersede()
        old.save(update_fields=MOVES)
        disarm(old)
    made = _written(ticket, draft, by)
    made.ticket = reserved.revise(ticket, by=by, **_facts(made))
    _arm(made, ticket)
    return made


def _written(ticket: Ticket, draft: Draft, by: Actor) -> Estimate:
    """The next version with its hash, if somebody may approve it."""
    now, policy = timezone.now(), policies.of(ticket)
    _check_deadline(ticket, draft.proposed_due, now)
    tolerance = policy.tolerance if draft.tolerance is None else draft.tolerance
    ours = TimeEntry.objects.filter(ticket=ticket, removed_at=None, received_at=None)
    over = Q(is_over_estimate=True, is_billable=True)
    sums = ours.aggregate(worked=Sum("minutes"), waiting=Sum(F("minutes") + F("offset_minutes"), filter=over))
    last = current(ticket)
    made = Estimate(
        ticket=ticket,
        version=last.version + 1 if last else 1,
        kind=draft.kind,
        minutes=draft.minutes,
        worked=sums["worked"] or 0,
        waiting=sums["waiting"] or 0,
        rate=draft.rate if draft.kind == Pricing.HOURLY else None,
        tolerance=0 if draft.kind == Pricing.FIXED else tolerance,
        currency=draft.currency,
        vat_rate=draft.vat_rate,
        proposed_due=draft.proposed_due,
        text=draft.text,
        mode=approvers.mode_of(ticket.company_id),
        sent_by_id=by.membership_id,
        sent_by_name=by.name,
        sent_at=now,
        expires_at=working_days.after(ticket, policy.estimate_expires, now),
    )
    made.amount_net = amount_of(draft, made.waiting)
    today = now.astimezone(working_days.zone(ticket)).date()
    approvers.covering(approvers.seats(ticket.company_id, today), made.most_net, made.currency)
    made.sha256 = made.digest()
    made.save(force_insert=True)
    return made


def amount_of(draft: Draft, waiting: int) -> Decimal:
    """The net amount: of an hourly one the minutes to come and those that wait for the customer's word, at the rate.
    Raises Refused("price_missing"), ("amount_too_large")."""
    is_hourly = draft.kind == Pricing.HOURLY
    price = draft.rate if is_hourly else draft.amount
    if price is None or price < 0:
        raise Refused("price_missing")
    found = cents(price * (draft.minutes + waiting) / 60) if is_hourly else cents(price)
    if found > MOST:
        raise Refused("amount_too_large", most=str(MOST), currency=draft.currency)
    return found


def _check_deadline(ticket: Ticket, due: datetime, now: datetime) -> None:
    if due <= now:
        raise Refused("deadline_is_past")
    if not working_days.is_working_day(ticket, due.astimezone(working_days.zone(ticket)).date()):
        raise Refused("deadline_is_no_working_day")


def _facts(made: Estimate) -> dict[str, Any]:
    """What the journal keeps of it. Amounts stand on the estimate, for those who may see them."""
    return {"estimate": made.pk, "version": made.version, "minutes": made.minutes}


# Clocks -------------------------------------------------------------------------------------------------------------
def _arm(made: Estimate, ticket: Ticket) -> None:
    """Two reminders and the end, in working days; a reminder that would come with the end or behind it is left out."""
    for kind, days in _reminders(policies.of(ticket)):
        due = working_days.after(ticket, days, made.sent_at)
        if due < made.expires_at:
            timers.arm(kind, made.pk, due)
    timers.arm(EXPIRE, made.pk, made.expires_at)


def _reminders(policy: policies.Policy) -> tuple[tuple[str, int], ...]:
    return (REMIND, policy.estimate_reminds), (REMIND_AGAIN, policy.estimate_reminds_again)


def remind(estimate_id: int, *, again: bool) -> Entry | None:
    """The timer's turn: the approvers are reminded. A reminder that comes so late that the next word is due already
    says nothing."""
    found = _waiting(estimate_id)
    if found is None:
        return None
    estimate, ticket = found
    now = timezone.now()
    second = working_days.after(ticket, policies.of(ticket).estimate_reminds_again, estimate.sent_at)
    if now >= estimate.expires_at or (not again and now >= second):
        return None
    return journal.record(ticket, "ticket.estimate_reminded", by=Actor.system("timer"), **_facts(estimate))


@transaction.atomic
def expire(estimate: Estimate, *, by: Actor) -> Ticket | None:
    """11: nobody answered. The request is ours again and a dispatcher hears of it, or it ends where the policy says so;
    it is never accepted by silence. Nothing happens before its time or to one that is decided."""
    found = _waiting(estimate.pk)
    if found is None:
        return None
    row, ticket = found
    if timezone.now() < row.expires_at:
        timers.arm(EXPIRE, row.pk, row.expires_at)
        return None
    row.expire()
    row.save(update_fields=MOVES)
    disarm(row)
    cancels = policies.of(ticket).expiry_cancels
    ticket = reserved.expire_estimate(ticket, by=by, cancels=cancels, **_facts(row))
    if not cancels:
        tasks.need(ticket, "estimate_expired", by=by, version=row.version)
    return ticket


def _waiting(estimate_id: int) -> tuple[Estimate, Ticket] | None:
    """The estimate and its locked ticket, if it still waits for the customer."""
    first = Estimate.objects.filter(pk=estimate_id).first()
    if first is None:
        return None
    ticket = lock(Ticket(pk=first.ticket_id))
    row: Estimate = Estimate.objects.get(pk=estimate_id)
    is_waiting = row.is_current and ticket.status == Status.ESTIMATED and ticket.deleted_at is None
    return (row, ticket) if is_waiting else None


def withdraw_with(entry: Entry) -> None:
    """The request ended by another way – cancelled, merged: what was out is withdrawn with it, its clocks stop."""
    for row in Estimate.objects.filter(ticket=entry.subject_id, status=EstimateStatus.SENT):
        row.withdraw()
        row.save(update_fields=MOVES)
        disarm(row)
