"""Everything that can be done to a rule: written, switched, put in order, copied, deleted and taken back; and all of
them stopped at once. Each is for whoever manages rules, who thereby acts with an administrator's reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from psa.journal import journal
from psa.mail import placeholders
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.timers import timers
from workflows.models import Rule, RuleSettings
from workflows.models.rules import HIGHEST_LIMIT, USUAL_LIMIT
from workflows.rules import conditions, events, steps, variables
from workflows.services import running

MOST_RULES = 200
KEPT = ("name", "event", "setting", "conditions", "steps", "limit")


@dataclass(slots=True)
class Wanted:
    """A rule as somebody wrote it down."""

    name: str
    event: str
    setting: dict[str, Any] = field(default_factory=dict)
    conditions: dict[str, Any] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)
    limit: int = USUAL_LIMIT


@transaction.atomic
def save(rule: Rule | None, wanted: Wanted, *, by: Actor, version: int = 0) -> Rule:
    """A new rule, switched off and last in the order; or the next version of one. `version` is the one the form showed.

    Raises Refused("rule_changed_meanwhile"), ("rule_incomplete"), ("mail_placeholder_unknown"), ("too_many_rules"),
    Denied.
    """
    by.require("rule.manage")
    _check(wanted)
    if rule is None:
        if Rule.objects.filter(deleted_at=None).count() >= MOST_RULES:
            raise Refused("too_many_rules", most=MOST_RULES)
        last = Rule.objects.aggregate(last=Max("position"))["last"]
        made = Rule(position=0 if last is None else last + 1, changed_by_id=by.membership_id, **asdict(wanted))
        made.save(force_insert=True)
        journal.record(made, "rule.added", by=by, name=made.name, new=_facts(made))
        return made
    rule = _locked(rule)
    if version != rule.version:
        raise Refused("rule_changed_meanwhile", name=rule.name)
    old, was = _facts(rule), (rule.event, rule.setting)
    for name, value in asdict(wanted).items():
        setattr(rule, name, value)
    new = _facts(rule)
    if old != new:
        _keep(rule, by, *KEPT)
        changed = [name for name in KEPT if old[name] != new[name]]
        before, after = ({name: side[name] for name in changed} for side in (old, new))
        journal.record(rule, "rule.changed", by=by, name=rule.name, version=rule.version, old=before, new=after)
        if was != (rule.event, rule.setting):
            running.wind(rule)
    return rule


def _check(wanted: Wanted) -> None:
    """What a form lets through is checked once more: data may come from elsewhere. Raises Refused."""
    event = events.EVENTS.get(wanted.event)
    hours = wanted.setting.get("hours")
    if event is None or not wanted.name.strip() or not wanted.steps or not 1 <= wanted.limit <= HIGHEST_LIMIT:
        raise Refused("rule_incomplete")
    if event.is_timed and not (isinstance(hours, int) and events.FEWEST_HOURS <= hours <= events.MOST_HOURS):
        raise Refused("rule_incomplete")
    if len(wanted.steps) > steps.MOST_STEPS or conditions.depth(wanted.conditions) > 2:
        raise Refused("rule_incomplete")
    groups = [wanted.conditions, *(row for row in wanted.conditions.get("rows", []) if "rows" in row)]
    rows = [row for group in groups for row in group.get("rows", []) if "rows" not in row]
    asked = [(conditions.FIELDS.get(str(row.get("field"))), row.get("op")) for row in rows]
    if any(one is None or op not in one.ops for one, op in asked):
        raise Refused("rule_incomplete")
    if any(step.get("do") not in steps.DOES for step in wanted.steps):
        raise Refused("rule_incomplete")
    check_texts(wanted.steps)


def check_texts(wanted: Sequence[Mapping[str, Any]]) -> None:
    """Raise Refused("mail_placeholder_unknown") for a name no text of a rule may use."""
    said = "\n".join(str(step.get(part) or "") for step in wanted for part in ("text", "value"))
    if wrong := placeholders.unknown(said, variables.known()):
        known = ", ".join(f"{{{name}}}" for name in variables.known())
        raise Refused("mail_placeholder_unknown", names=", ".join(f"{{{name}}}" for name in wrong), known=known)


@transaction.atomic
def switch(rule: Rule, on: bool, *, by: Actor) -> Rule:
    """On: from now on it runs, also after it paused itself; what happened before is not made up for. Or off."""
    by.require("rule.manage")
    rule = _locked(rule)
    if (rule.is_active, rule.paused_at is None) == (on, True):
        return rule
    rule.is_active, rule.paused_at = on, None
    _keep(rule, by, "is_active", "paused_at")
    journal.record(rule, "rule.switched_on" if on else "rule.switched_off", by=by, name=rule.name)
    running.wind(rule)
    return rule


@transaction.atomic
def shift(rule: Rule, back: bool, *, by: Actor) -> None:
    """One place up (`back`) or down in the order in which rules are tried."""
    by.require("rule.manage")
    rows = list(Rule.objects.filter(deleted_at=None).select_for_update(of=("self",), no_key=True).order_by("pk"))
    rows.sort(key=lambda one: (one.position, one.pk))
    here = next((place for place, one in enumerate(rows) if one.pk == rule.pk), None)
    there = None if here is None else here + (-1 if back else 1)
    if here is None or there is None or not 0 <= there < len(rows):
        return
    rows[here], rows[there] = rows[there], rows[here]
    for place, one in enumerate(rows):
        if one.position != place:
            one.position = place
            one.save(update_fields=["position"])
    journal.record(rule, "rule.moved", by=by, name=rule.name, old={"position": here}, new={"position": there})


@transaction.atomic
def duplicate(rule: Rule, *, by: Actor) -> Rule:
    """The same once more, switched off, to be changed."""
    by.require("rule.manage")
    same = {name: getattr(rule, name) for name in KEPT if name != "name"}
    name = (_("%(name)s (copy)") % {"name": rule.name})[:80]
    return save(None, Wanted(name=name, **same), by=by)


@transaction.atomic
def delete(rule: Rule, *, by: Actor) -> None:
    """Gone from the list and switched off; its runs stay, and it can be taken back."""
    by.require("rule.manage")
    rule = _locked(rule)
    rule.is_active, rule.paused_at, rule.deleted_at = False, None, timezone.now()
    _keep(rule, by, "is_active", "paused_at", "deleted_at")
    timers.disarm(rule.pk, running.TICK)
    journal.record(rule, "rule.deleted", by=by, name=rule.name)


@transaction.atomic
def restore(rule: Rule, *, by: Actor) -> Rule:
    """Take a deletion back; it stays switched off."""
    by.require("rule.manage")
    row = Rule.objects.select_for_update(of=("self",), no_key=True).get(pk=rule.pk)
    if row.deleted_at is not None:
        row.deleted_at = None
        _keep(row, by, "deleted_at")
        journal.record(row, "rule.restored", by=by, name=row.name)
    return row


@transaction.atomic
def stop_all(stopped: bool, *, by: Actor) -> RuleSettings:
    """The company's switch: no rule runs, or those that are switched on do again, from now on."""
    by.require("rule.manage")
    row, _made = RuleSettings.objects.select_for_update(of=("self",), no_key=True).get_or_create()
    if row.is_stopped != stopped:
        row.is_stopped = stopped
        row.stopped_at, row.stopped_by_id = (timezone.now(), by.membership_id) if stopped else (None, None)
        row.save(update_fields=["is_stopped", "stopped_at", "stopped_by"])
        journal.record(row, "rules.stopped" if stopped else "rules.released", by=by)
    return row


@transaction.atomic
def keep_runs(days: int, *, by: Actor) -> RuleSettings:
    """For how many days runs are kept."""
    by.require("rule.manage")
    row, _made = RuleSettings.objects.select_for_update(of=("self",), no_key=True).get_or_create()
    if row.keeps_days != days:
        old, row.keeps_days = row.keeps_days, days
        row.save(update_fields=["keeps_days"])
        journal.record(row, "rules.kept", by=by, old={"days": old}, new={"days": days})
    return row


def settings_of() -> RuleSettings:
    """The company's switch and period, unsaved where nobody ever set them."""
    return RuleSettings.objects.select_related("stopped_by").first() or RuleSettings(tenant_id=scope.tenant_id())


def _locked(rule: Rule) -> Rule:
    row = Rule.objects.select_for_update(of=("self",), no_key=True).filter(pk=rule.pk, deleted_at=None).first()
    if row is None:
        raise Refused("rule_is_gone")
    return row


def _keep(rule: Rule, by: Actor, *fields: str) -> None:
    rule.version += 1
    rule.changed_by_id, rule.changed_at = by.membership_id, timezone.now()
    rule.save(update_fields=[*fields, "version", "changed_by", "changed_at"])


def _facts(rule: Rule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in KEPT}
