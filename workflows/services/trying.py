"""Trying a rule on what has been: which tickets it would have run on, and what would have been done. Nothing stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from psa.journal.models import Entry
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from tickets.models import Ticket
from workflows.models import Rule
from workflows.rules import case as cases
from workflows.rules import conditions, events
from workflows.rules.case import Case
from workflows.services import acting

# Tickets looked at, and tickets on which the steps are made and taken back.
MOST_TICKETS, MOST_TRIED = 200, 25


class _Back(Exception):
    """Ends an attempt: nothing of it stays."""


@dataclass(slots=True)
class Trial:
    """One ticket: when the event happened there last in the period (None: it did not), whether the conditions hold as
    it is now, and what each step would have done; no steps where the rule would not have run, or was not tried."""

    ticket: Ticket
    happened: datetime | None
    holds: bool
    is_tried: bool = False
    steps: list[dict[str, Any]] = field(default_factory=list)

    @property
    def matches(self) -> bool:
        return self.happened is not None and self.holds


def on_numbers(rule: Rule, numbers: Sequence[int], *, by: Actor) -> list[Trial]:
    """On these tickets, whenever the event happened there. Raises Denied."""
    by.require("rule.manage")
    found = _tickets(by).filter(number__in=list(numbers)[:MOST_TICKETS]).order_by("-pk")
    return _try(rule, list(found), None, None)


def in_period(rule: Rule, first: date, last: date, *, by: Actor) -> list[Trial]:
    """On the tickets the event happened to between two days, both included. Raises Denied."""
    by.require("rule.manage")
    since = timezone.make_aware(datetime.combine(first, time.min))
    until = timezone.make_aware(datetime.combine(last, time.min)) + timedelta(days=1)
    if events.EVENTS[rule.event].is_timed:
        found = _tickets(by).filter(created_at__lt=until, last_activity__gte=since)
        return _try(rule, list(found.order_by("-last_activity", "-pk")[:MOST_TICKETS]), since, until)
    kinds = events.EVENTS[rule.event].kinds
    rows = Entry.objects.filter(subject_type="ticket", kind__in=kinds, at__gte=since, at__lt=until).order_by("-pk")
    pks = list(dict.fromkeys(rows.values_list("subject_id", flat=True)[: MOST_TICKETS * 5]))[:MOST_TICKETS]
    return _try(rule, list(_tickets(by).filter(pk__in=pks).order_by("-pk")), since, until)


def _tickets(by: Actor) -> Any:
    return cases.tickets().filter(pk__in=Ticket.objects.visible_to(by).values("pk"))


def _try(rule: Rule, tickets: list[Ticket], since: datetime | None, until: datetime | None) -> list[Trial]:
    happened = _happened(rule, tickets, since, until)
    trials, tried = [], 0
    for ticket in tickets:
        entry = happened.get(ticket.pk)
        moment = _moment(rule, ticket, since, until) if events.EVENTS[rule.event].is_timed else None
        trial = Trial(ticket, entry.at if entry else moment, conditions.holds(rule.conditions, Case(entry, ticket)))
        if trial.matches and tried < MOST_TRIED and not scope.is_reading():
            tried += 1
            trial.is_tried, trial.steps = True, would(rule, ticket, entry)
        trials.append(trial)
    return sorted(trials, key=lambda one: not one.matches)


def _happened(rule: Rule, tickets: list[Ticket], since: datetime | None, until: datetime | None) -> dict[int, Entry]:
    """The last entry on each ticket that is the rule's event. One statement."""
    event = events.EVENTS[rule.event]
    if event.is_timed:
        return {}
    pks = [ticket.pk for ticket in tickets]
    rows = Entry.objects.filter(subject_type="ticket", subject_id__in=pks, kind__in=event.kinds)
    rows = rows.filter(at__gte=since, at__lt=until) if since is not None else rows
    found: dict[int, Entry] = {}
    for entry in rows.order_by("pk"):
        if event.fits is None or event.fits(entry, rule.setting):
            found[entry.subject_id] = entry
    return found


def _moment(rule: Rule, ticket: Ticket, since: datetime | None, until: datetime | None) -> datetime | None:
    """When the moment came the rule waits for, as the ticket stands; None where it did not, or not in the period."""
    hours = timedelta(hours=rule.setting.get("hours") or events.FEWEST_HOURS)
    moment: datetime | None
    if rule.event == events.QUIET:
        moment = ticket.last_activity + hours
    else:
        moment = ticket.next_deadline - hours if ticket.due_at else None
    if moment is None or not ticket.is_open or moment > timezone.now():
        return None
    return moment if since is None or until is None or since <= moment < until else None


def would(rule: Rule, ticket: Ticket, entry: Entry | None) -> list[dict[str, Any]]:
    """What each step would have done and said now, one after the other; all of it is taken back."""
    told: list[dict[str, Any]] = []
    by = Actor.system("rule", rule.name)
    try:
        with transaction.atomic():
            for step in rule.steps:
                told.append(_would(step, rule, ticket, entry, by))
            raise _Back
    except _Back:
        return told


def _would(step: Any, rule: Rule, ticket: Ticket, entry: Entry | None, by: Actor) -> dict[str, Any]:
    did = {"do": step.get("do")}
    try:
        with transaction.atomic():
            now = Case(entry, cases.tickets().get(pk=ticket.pk))
            return {**did, "outcome": "done", **acting.perform(step, now, rule.name, by=by)}
    except Refused as no:
        return {**did, "outcome": "refused", "code": no.code, "params": no.params}
    except Denied as no:
        return {**did, "outcome": "refused", "code": "denied", "params": {"capability": no.capability}}
