"""How much may be done before the customer is asked: the threshold, then what they agreed to (lifecycle spec, 5, 12).

Minutes of ours count from the last accepted estimate on: those logged, and for the start those expected as well. The
policy's threshold is kept on the ticket when it is first used. Entries beyond the limit stand, marked, and are billed
once the customer agreed. What was approved for billing keeps its mark: a guard says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, Q, Sum

from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Asks, Overridable, Refused
from tickets import guards
from tickets.models import Item, Source, Status, Ticket, TimeEntry
from tickets.services.locking import keep, present
from workflows import policies
from workflows.services import tasks

NEAR = 80
NEAR_KIND, OVER_KIND = "ticket.allowance_near", "ticket.allowance_used_up"
# After these of our own time the marks are set anew; after those of a partner's only the warnings are.
OWN_TIME = ("timeentry.added", "timeentry.edited", "timeentry.removed", "timeentry.moved")
PARTNERS_TIME = ("timeentry.received", "timeentry.changed_by_partner", "timeentry.withdrawn")


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may be done on a ticket without asking, and what was: minutes since the last accepted estimate.

    `own` are ours, `partner` a partner's, `over` those of ours that wait for the customer's word, and `waiting` what of
    these is billed once they agree: as it is billed, after offsets.
    """

    limit: int
    own: int
    partner: int
    over: int
    waiting: int
    is_agreed: bool

    @property
    def used(self) -> int:
        """Ours and the partner's together: what the warnings are about."""
        return self.own + self.partner

    @property
    def percent(self) -> int:
        """How much of the limit is used; everything where there is none."""
        return self.used * 100 // self.limit if self.limit else 100

    @property
    def is_near(self) -> bool:
        return self.used * 100 >= self.limit * NEAR

    @property
    def is_reached(self) -> bool:
        return self.used >= self.limit

    @property
    def is_over(self) -> bool:
        return self.own > self.limit or self.over > 0


def limit_of(ticket: Ticket, policy: policies.Policy | None = None) -> int | None:
    """From the row of the ticket: the agreed minutes with their tolerance, else the threshold; None where no estimate
    is asked for. Without a `policy` only what is kept on the ticket counts: no statement."""
    if ticket.source == Source.INSOURCED or (policy is not None and not policy.asks_estimate):
        return None
    if ticket.agreed_minutes is not None:
        return ticket.agreed_minutes * (100 + ticket.agreed_tolerance) // 100
    if ticket.threshold_minutes is not None or policy is None:
        return ticket.threshold_minutes
    return policy.threshold_minutes


def read(ticket: Ticket) -> Allowance | None:
    """What a page shows, from what is kept on the ticket; None where the rule was never asked. One statement."""
    limit = limit_of(ticket)
    return None if limit is None else _measured(ticket, limit)


def _measured(ticket: Ticket, limit: int) -> Allowance:
    ours, theirs = Q(received_at=None), Q(received_at__isnull=False)
    if ticket.agreed_at is not None:
        theirs &= Q(received_at__gt=ticket.agreed_at)
    found = TimeEntry.objects.filter(ticket=ticket, removed_at=None).aggregate(
        own=Sum("minutes", filter=ours),
        partner=Sum(F("minutes") + F("offset_minutes"), filter=theirs),
        over=Sum("minutes", filter=ours & Q(is_over_estimate=True)),
        waiting=Sum(F("minutes") + F("offset_minutes"), filter=ours & Q(is_over_estimate=True, is_billable=True)),
    )
    own = max(0, (found["own"] or 0) - ticket.agreed_logged)
    partner, over, waiting = (found[name] or 0 for name in ("partner", "over", "waiting"))
    return Allowance(limit, own, partner, over, waiting, ticket.agreed_minutes is not None)


@guards.register("ticket.start")
def asks_before_work(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """5: logged and expected minutes within the limit, or an accepted estimate, or the contract covers it. Whoever may
    override begins with a reason."""
    if ticket.source == Source.INSOURCED:
        return {}
    limit = limit_of(ticket, policies.of(ticket))
    if limit is None:
        return {}
    measured = _measured(ticket, limit)
    expected = 0 if ticket.planned_minutes is None else ticket.planned_minutes - ticket.agreed_logged
    needed = max(measured.own, expected)
    if needed > limit:
        way_out = "workflows:estimate"
        return {None: Overridable("estimate_is_needed", way_out=way_out, minutes=needed, limit=limit)}
    if ticket.planned_minutes is None:
        return {None: Asks("expected_minutes_missing", "expected", limit=limit)}
    return {}


@guards.register("ticket.change_company")
def stays_with_who_was_asked(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """While one customer's approvers decide, the ticket is not another customer's."""
    return {None: Refused("estimate_is_out")} if ticket.status == Status.ESTIMATED else {}


def connect() -> None:
    """Listen to what is logged, and to the start of work. Called once, when the app starts."""
    journal.subscribe("ticket.started", on_started)
    journal.subscribe("ticket.absorbed", on_time)
    journal.subscribe("ticket.split", on_time)
    journal.subscribe("ticket.split_off", on_time)
    for kind in (*OWN_TIME, *PARTNERS_TIME):
        journal.subscribe(kind, on_time)


def on_started(entry: Entry) -> None:
    """The threshold that was asked stays the ticket's, whatever the policy becomes."""
    ticket = present(entry.subject_id)
    _keep_threshold(ticket, policies.of(ticket))


def on_time(entry: Entry) -> None:
    """Time was added, changed or taken off: mark what is over, and warn."""
    count(present(entry.subject_id))


def count(ticket: Ticket) -> Allowance | None:
    """Mark the locked ticket's entries that are over the limit, free the others, and warn once at 80 per cent and once
    at 100. Never refuses: what was worked is written down."""
    if ticket.source == Source.INSOURCED:
        return None
    policy = policies.of(ticket)
    limit = limit_of(ticket, policy)
    _mark(ticket, limit)
    if limit is None or not ticket.is_open:
        return None
    measured = _measured(ticket, limit)
    if not measured.used:
        return measured
    _keep_threshold(ticket, policy)
    system = Actor.system("timer")
    facts = {"minutes": measured.used, "limit": limit, "percent": measured.percent, "agreed": measured.is_agreed}
    if measured.is_near and not measured.is_reached and not _was_told(ticket, NEAR_KIND):
        journal.record(ticket, "ticket.allowance_near", by=system, **facts)
    if measured.is_reached and not _was_told(ticket, OVER_KIND):
        journal.record(ticket, "ticket.allowance_used_up", by=system, **facts)
        if measured.partner:
            tasks.need(ticket, "allowance_is_used_up", by=system, minutes=measured.used, limit=limit)
    return measured


def _mark(ticket: Ticket, limit: int | None) -> None:
    """Walk our entries in the order they were written: those that lead past the limit are over it. What a guard holds
    keeps its mark; what is held within the limit has its part of it before all others."""
    rows = TimeEntry.objects.filter(ticket=ticket, removed_at=None, received_at=None).order_by("pk")
    entries = list(rows.only("pk", "minutes", "is_over_estimate"))
    held = guards.refusals(ticket, guards.MARK, entries, Actor.system("timer"))
    total = sum(one.minutes for one in entries if one in held and not one.is_over_estimate) - ticket.agreed_logged
    over: list[int] = []
    free: list[int] = []
    for entry in entries:
        total += entry.minutes if entry.is_over_estimate or entry not in held else 0
        leads_past = limit is not None and total > limit
        if leads_past != entry.is_over_estimate and entry not in held:
            (over if leads_past else free).append(entry.pk)
    if over:
        TimeEntry.objects.filter(pk__in=over).update(is_over_estimate=True)
    if free:
        TimeEntry.objects.filter(pk__in=free).update(is_over_estimate=False)


def _keep_threshold(ticket: Ticket, policy: policies.Policy) -> None:
    is_asked = ticket.source != Source.INSOURCED and policy.asks_estimate
    if is_asked and ticket.threshold_minutes is None:
        ticket.threshold_minutes = policy.threshold_minutes
        keep(ticket, "threshold_minutes")


def _was_told(ticket: Ticket, kind: str) -> bool:
    """Whether this was said since the limit is what it is."""
    told = Entry.objects.filter(subject_type="ticket", subject_id=ticket.pk)
    last = told.filter(kind__in=(kind, "ticket.estimate_accepted")).order_by("-pk").values_list("kind", flat=True)
    return last.first() == kind
