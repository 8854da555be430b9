"""Running rules: the worker tells what happened, the rules that wait for it are tried in their order, runs are logged.

It happens after the author's transaction, in one of its own, so that no rule can undo what somebody did; that
transaction settles the job as well, so that a rule acts once for an entry whenever the worker dies (hostile test O1).
What counts is the rule as it is then: switched off or changed meanwhile, it does nothing, or the new thing.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from psa.journal import journal
from psa.journal.models import Entry
from psa.mail import mail
from psa.mail.mail import Recipient
from psa.tenancy import doors, scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from psa.timers import timers
from tickets.services.locking import lock
from workflows.models import Rule, RuleRun, RuleSettings, RunOutcome
from workflows.rules import case as cases
from workflows.rules import conditions, events
from workflows.rules.case import CLOCK, Case
from workflows.services import acting

log = logging.getLogger(__name__)

# A rule that made a rule run that made a rule run …: the sixth in such a row is not started.
DEEPEST = 5
# Entries looked back at for that; a chain of causes is never longer by far.
FARTHEST = 50
HOUR = timedelta(hours=1)
FORGET = "rule.forget"
CHANNEL = "rule"


def is_off() -> bool:
    """Whether no rule runs: the installation's switch, or the company's."""
    return not settings.RULES or RuleSettings.objects.filter(is_stopped=True).exists()


def is_awaited(entry: Entry) -> bool:
    """Whether a rule waits for such an entry, so that the worker is to be told. One statement, in the author's
    transaction."""
    if not settings.RULES:
        return False
    return Rule.objects.standing().filter(event__in=events.codes_of(entry.kind)).exists()


def heard(entry: Entry) -> None:
    """Try every rule that waits for this. Called by the worker, in the job's transaction."""
    if is_off():
        return
    first = cases.of_entry(entry)
    if first.ticket is not None:
        lock(first.ticket)
    ran = set(RuleRun.objects.filter(entry_id=entry.pk).values_list("rule", flat=True))
    for rule in Rule.objects.standing().filter(event__in=events.codes_of(entry.kind)).order_by("position", "pk"):
        case = cases.of_entry(entry)
        if rule.pk in ran or not events.concerns(rule, entry, case.ticket, case.now):
            continue
        if conditions.holds(rule.conditions, case):
            _run(rule, case, entry)


def _run(rule: Rule, case: Case, entry: Entry) -> None:
    """One run: not too deep in a chain of rules, not too often in an hour, then step by step."""
    begun = time.monotonic()
    depth = depth_of(entry)
    if depth >= DEEPEST:
        _log(rule, case, entry, depth, RunOutcome.LOOP, [], begun)
        return
    if _runs_lately(rule) >= rule.limit:
        _pause(rule)
        _log(rule, case, entry, depth, RunOutcome.LIMIT, [], begun)
        return
    by = Actor.system(CHANNEL, rule.name).because(entry)
    told = [_step(step, rule, entry, by) for step in rule.steps]
    _log(rule, case, entry, depth, outcome_of(told), told, begun)


def _step(step: Any, rule: Rule, entry: Entry, by: Actor) -> dict[str, Any]:
    """One step on the case as the steps before left it, and what became of it; a no undoes this step alone."""
    did = {"do": step.get("do")}
    try:
        with transaction.atomic():
            return {**did, "outcome": "done", **acting.perform(step, cases.of_entry(entry), rule.name, by=by)}
    except Refused as no:
        return {**did, "outcome": "refused", "code": no.code, "params": _plain(no.params)}
    except Denied as no:
        return {**did, "outcome": "refused", "code": "denied", "params": {"capability": no.capability}}
    except (OperationalError, InterfaceError):
        raise  # the database's trouble of the moment: the job is tried again, and nothing of this run stays
    except Exception as error:
        log.exception("A step of rule %s failed.", rule.pk)
        return {**did, "outcome": "failed", "code": type(error).__name__[:80]}


def outcome_of(told: list[dict[str, Any]]) -> RunOutcome:
    """What became of a run by what became of its steps."""
    found = {one["outcome"] for one in told}
    if "failed" in found:
        return RunOutcome.FAILED
    if "refused" in found:
        return RunOutcome.PARTLY if "done" in found else RunOutcome.REFUSED
    return RunOutcome.DONE


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    """A refusal's facts as they can be kept."""
    return {name: _simple(value) for name, value in params.items()}


def _simple(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_simple(one) for one in value]
    return value if value is None or isinstance(value, str | int | float) else str(value)


def depth_of(entry: Entry) -> int:
    """How many runs of rules led to this entry, by the chain of causes."""
    chain: list[int] = []
    cause = entry.cause_id
    while cause is not None and cause not in chain and len(chain) < FARTHEST:
        chain.append(cause)
        cause = Entry.objects.filter(pk=cause).values_list("cause_id", flat=True).first()
    if not chain:
        return 0
    return RuleRun.objects.filter(entry_id__in=chain).values("entry_id").distinct().count()


def _log(
    rule: Rule, case: Case, entry: Entry, depth: int, outcome: RunOutcome, told: list[dict[str, Any]], begun: float
) -> None:
    handover = case.handover
    RuleRun.objects.create(
        rule=rule,
        rule_name=rule.name,
        version=rule.version,
        event=rule.event,
        ticket=case.ticket,
        handover=handover.key if handover is not None else None,
        entry_id=entry.pk,
        depth=depth,
        outcome=outcome,
        steps=told,
        took=min(int((time.monotonic() - begun) * 1000), 2_000_000_000),
    )
    timers.arm_once(FORGET, scope.tenant_id(), timezone.now() + timedelta(days=1))


# Limits ---------------------------------------------------------------------------------------------------------------
def _runs_lately(rule: Rule) -> int:
    """How often it ran in the last hour, since somebody switched it on again."""
    rows = RuleRun.objects.filter(rule=rule, at__gt=timezone.now() - HOUR)
    paused = rows.filter(outcome=RunOutcome.LIMIT).order_by("-pk").values_list("pk", flat=True).first()
    return rows.exclude(outcome__in=[RunOutcome.LIMIT, RunOutcome.LOOP]).filter(pk__gt=paused or 0).count()


def _pause(rule: Rule) -> None:
    """It ran as often as it may: it waits for somebody, and the administrators are told, once."""
    now = timezone.now()
    if not Rule.objects.filter(pk=rule.pk, paused_at=None).update(paused_at=now):
        return
    rule.paused_at = now
    journal.record(rule, "rule.paused", by=Actor.system(CHANNEL, rule.name), name=rule.name, limit=rule.limit)
    administrators = Membership.objects.filter(is_active=True, role__code="administrator").order_by("pk")
    url = reverse("workflows:rule", args=[doors.slug(scope.tenant_id()), rule.pk])
    to = [Recipient.of(one) for one in administrators]
    mail.post("rule_paused", to, about=rule, rule=rule.name, limit=rule.limit, url=url)


def forget(_tenant: int) -> None:
    """Throw away the runs that are older than the company keeps them. Fired by a timer, once a day."""
    days = RuleSettings.objects.values_list("keeps_days", flat=True).first()
    kept = RuleSettings._meta.get_field("keeps_days").default if days is None else days
    RuleRun.objects.filter(at__lt=timezone.now() - timedelta(days=kept)).delete()
    if RuleRun.objects.exists():
        timers.arm(FORGET, scope.tenant_id(), timezone.now() + timedelta(days=1))


# Moments --------------------------------------------------------------------------------------------------------------
TICK = "rule.clock"
EVERY = timedelta(minutes=5)
# Tickets looked at in one turn of a rule's clock; the rest in the next, which then comes at once.
MOST_LOOKED_AT = 500


def wind(rule: Rule) -> None:
    """Start the clock of a rule that waits for a moment, or stop it. What was before now is not its business."""
    if rule.is_active and events.EVENTS[rule.event].is_timed:
        Rule.objects.filter(pk=rule.pk).update(scanned_to=timezone.now())
        timers.arm(TICK, rule.pk, timezone.now() + EVERY)
    else:
        timers.disarm(rule.pk, TICK)


def tick(rule_id: int) -> None:
    """Say of every ticket whose moment has come since the last look that it has; fired by a timer, late ones once."""
    rule = Rule.objects.standing().filter(pk=rule_id).first()
    if rule is None or rule.event not in events.EVENTS or not events.EVENTS[rule.event].is_timed:
        return
    now = timezone.now()
    since = rule.scanned_to or now
    until = now
    if not is_off():
        found, until = _come(rule, since, now)
        for ticket in found:
            journal.record(rule, CLOCK, by=Actor.system(CHANNEL, rule.name), ticket=ticket.pk, number=ticket.number)
    Rule.objects.filter(pk=rule.pk).update(scanned_to=until)
    timers.arm(TICK, rule.pk, now + EVERY if until == now else now)


def _come(rule: Rule, since: Any, now: Any) -> tuple[list[Any], Any]:
    """The tickets whose moment lies after `since` and has come, and up to when was looked. The conditions are asked
    here and once more when the rule runs."""
    hours = timedelta(hours=rule.setting.get("hours") or events.FEWEST_HOURS)
    column, shift = ("last_activity", -hours) if rule.event == events.QUIET else ("next_deadline", hours)
    span = Q(**{f"{column}__gt": since + shift, f"{column}__lte": now + shift})
    rows = list(cases.tickets().filter(span, is_open=True).order_by(column, "pk")[:MOST_LOOKED_AT])
    until = now
    if len(rows) == MOST_LOOKED_AT:
        last = getattr(rows[-1], column)
        earlier = [row for row in rows if getattr(row, column) < last]
        if earlier:
            rows, until = earlier, getattr(earlier[-1], column) - shift
    return [row for row in rows if conditions.holds(rule.conditions, Case(None, row, now))], until
