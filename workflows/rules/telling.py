"""What is said of a rule: its sentence, what each run did or why not, and what refusals and journal entries mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from psa.journal.models import Entry
from psa.mail.models import MailTemplate
from psa.members import audit
from psa.tenancy import capabilities
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership
from psa.web import refusals
from psa.web.figures import moment
from psa.web.labels import Label, Table
from tickets import timeline
from tickets.labels import PRIORITIES
from tickets.models import ChecklistTemplate, Queue
from workflows.models import Rule, RuleRun, RunOutcome
from workflows.models.rules import RUN_LOOKS
from workflows.rules import conditions, events, steps, variables
from workflows.rules.names import Names, field_name

OUTCOMES = Table({code.value: Label(code.label, *RUN_LOOKS[code]) for code in RunOutcome})
Data = Mapping[str, Any]


# The sentence of a rule -----------------------------------------------------------------------------------------------
def event_in_words(code: str, setting: Data) -> str:
    """`a ticket is moved to another status: Start work`."""
    event = events.EVENTS.get(code)
    if event is None:
        return code
    said = str(event.label)
    if event.takes == "hours" and setting.get("hours"):
        hours = int(setting["hours"])
        return f"{said} ({ngettext('%(n)s hour', '%(n)s hours', hours) % {'n': hours}})"
    if event.takes == "move" and setting.get("move"):
        return f"{said} ({events.move_label(setting['move'])})"
    if event.takes == "field" and setting.get("field"):
        return f"{said} ({events.FIELDS.get(setting['field'], setting['field'])})"
    return said


def condition_in_words(row: Data, names: Names) -> str:
    """`Priority is Critical or High`; a group as a bracket."""
    if "rows" in row:
        return f"({conditions_in_words(row, names)})"
    field = conditions.FIELDS.get(row["field"])
    if field is None:
        return str(row["field"])
    op = conditions.OPS[row["op"]]
    if row["op"] == "empty":
        return f"{field.label} {op}"
    values = conditions.named(row, names) or ["–"]
    said = values[0]
    if len(values) > 1:
        said = _("%(first)s or %(last)s") % {"first": ", ".join(values[:-1]), "last": values[-1]}
    return f"{field.label} {op} {said}"


def conditions_in_words(group: Data, names: Names) -> str:
    """The conditions of a group, joined by "and" or "or"."""
    said = [condition_in_words(row, names) for row in group.get("rows") or []]
    return (_(" or ") if group.get("match") == conditions.ANY else _(" and ")).join(said)


def step_in_words(step: Data, names: Names) -> str:
    """`set: Priority → High`."""
    match step.get("do"):
        case "set":
            return f"{steps.field_label(field_name(step['field']))} → {_value(step, names)}"
        case "assign":
            return f"{steps.DOES['assign']}: {_who(step.get('to'), steps.HEIRS, names)}"
        case "watch":
            return f"{steps.DOES['watch']}: {_who(step.get('who'), steps.RECIPIENTS, names)}"
        case "move":
            return f"{steps.DOES['move']}: {events.move_label(str(step.get('move')))}"
        case "note":
            return f"{steps.DOES['note']}: {_short(step.get('text'))}"
        case "mail":
            to = ", ".join(str(steps.RECIPIENTS[one]) for one in step.get("to") or [] if one in steps.RECIPIENTS)
            return _("send the mail “%(name)s” to %(to)s") % {
                "name": names.name(MailTemplate, step.get("template")),
                "to": to,
            }
        case "checklist":
            return f"{steps.DOES['checklist']}: {names.name(ChecklistTemplate, step.get('template'))}"
        case "offer":
            return f"{steps.DOES['offer']}: {dict(names.partners(True)).get(str(step.get('partnership')), '–')}"
    return str(step.get("do"))


def in_words(rule: Any, names: Names) -> str:
    """The whole rule in one sentence: when, if, then."""
    facts = {
        "event": event_in_words(rule.event, rule.setting),
        "conditions": conditions_in_words(rule.conditions, names),
        "steps": "; ".join(step_in_words(step, names) for step in rule.steps),
    }
    if not facts["conditions"]:
        return _("When %(event)s, then: %(steps)s.") % facts
    return _("When %(event)s, and if %(conditions)s, then: %(steps)s.") % facts


def _value(step: Data, names: Names) -> str:
    kind, value = steps.SETTABLE[step["field"]], step.get("value")
    if kind == "code":
        return PRIORITIES.text(value)
    if kind == "row":
        return names.name(steps.ROWS[step["field"]], value)
    if kind == "hours":
        return ngettext("in %(n)s hour", "in %(n)s hours", int(value or 0)) % {"n": value}
    if kind == "minutes":
        return ngettext("%(n)s minute", "%(n)s minutes", int(value or 0)) % {"n": value}
    return _short(value)


def _who(who: Any, roles: Data, names: Names) -> str:
    kind, _sep, name = str(who).partition(":")
    if kind == "role":
        return str(roles.get(name, name))
    if kind == "queue":
        return _("Queue %(name)s") % {"name": names.name(Queue, name)}
    return names.name(Membership, name)


def _short(text: Any) -> str:
    said = " ".join(str(text or "").split())
    return _("“%(text)s”") % {"text": said if len(said) <= 60 else f"{said[:59]}…"}


# What a run did -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Told:
    """One step of a run as a page shows it."""

    step: str
    text: str
    icon: str
    colour: str


LOOKS = {"done": ("circle-check", "green"), "refused": ("ban", "amber"), "failed": ("circle-alert", "red")}


def told(step: Data) -> Told:
    """What one step did, or would have done."""
    icon, colour = LOOKS.get(str(step.get("outcome")), ("circle", "gray"))
    return Told(str(steps.DOES.get(str(step.get("do")), step.get("do"))), told_in_words(step), icon, colour)


@dataclass(frozen=True, slots=True)
class Cause:
    """The entry that made a rule run."""

    by: str
    text: str
    at: datetime


def cause(run: RuleRun) -> Cause | None:
    """What made it run; None where the entry is gone."""
    entry = Entry.objects.filter(pk=run.entry_id).first()
    if entry is None:
        return None
    said = timeline.told(entry.kind, entry.data)
    said = said or (ENTRIES[entry.kind](entry.data) if entry.kind in ENTRIES else event_in_words(run.event, {}))
    return Cause(entry.by_name, said, entry.at)


def placeholders() -> list[tuple[str, Any]]:
    """What texts may name, for the list beside them."""
    return [(f"{{{name}}}", label) for name, (label, _say) in variables.VARIABLES.items()]


def told_in_words(told: Data) -> str:
    """What one step did, or why it did not."""
    if told.get("outcome") == "refused":
        return why_not(told)
    if told.get("outcome") == "failed":
        return _("An error on our side stopped this step (%(code)s).") % {"code": told.get("code", "")}
    name = str(told.get("name", ""))
    match told.get("said"):
        case "nothing":
            return _("nothing to do: it was so already")
        case "set":
            field = str(told.get("field"))
            return _("set %(field)s to %(value)s") % {
                "field": field_name(field),
                "value": _said(field, str(told.get("value", ""))),
            }
        case "queued":
            return _("moved to the queue %(name)s") % {"name": name}
        case "assigned":
            return _("made %(name)s responsible") % {"name": name}
        case "unassigned":
            return _("made nobody responsible")
        case "moved":
            return _("made the move “%(move)s”") % {"move": events.move_label(str(told.get("move")))}
        case "noted":
            return _("wrote an internal note")
        case "listed":
            return _("added the checklist “%(name)s”") % {"name": name}
        case "watching":
            return _("added %(name)s as a watcher") % {"name": name}
        case "prepared":
            return _("prepared an offer to %(name)s, unsent") % {"name": name}
        case "mailed":
            count = int(told.get("count", 0))
            said = ngettext("wrote %(n)s mail", "wrote %(n)s mails", count) % {"n": count}
            return " ".join([f"{said}.", *map(why_not, told["missed"])]) if told.get("missed") else said
    return str(steps.DOES.get(str(told.get("do")), told.get("do")))


def _said(field: str, value: str) -> str:
    if field == "priority":
        return PRIORITIES.text(int(value)) if value.isdecimal() else value
    return moment(datetime.fromisoformat(value)) if field == "due_at" else value


def why_not(told: Data) -> str:
    """The refusal of a step in the reader's language."""
    code, params = str(told.get("code", "")), told.get("params") or {}
    if code == "denied":
        return _("This is not allowed: %(name)s.") % {"name": capabilities.name(params["capability"])}
    return refusals.sentence(code, params)


def run_in_words(run: RuleRun) -> str:
    """What became of a run where no step says it."""
    if run.outcome == RunOutcome.LOOP:
        return _("Stopped: rules made each other run %(n)s times in a row.") % {"n": run.depth}
    if run.outcome == RunOutcome.LIMIT:
        return _("Stopped and paused: the limit for an hour was reached.")
    return ""


# Refusals and the audit -----------------------------------------------------------------------------------------------
REFUSALS: dict[str, Any] = {
    "rule_without_ticket": lambda p: _("There is no ticket of ours for it yet."),
    "rule_nobody": lambda p: _("There is nobody there to name or to write to."),
    "rule_no_lead": lambda p: _("There is no running work for a lead partner who could be told."),
    "rule_move_is_gone": lambda p: _("There is no such move any more."),
    "rule_mail_is_gone": lambda p: _("The mail this step sends has been deleted."),
    "rule_step_unknown": lambda p: _("This version does not know the step."),
    "rule_is_gone": lambda p: _("This rule has been deleted."),
    "rule_incomplete": lambda p: _("Something is missing: a rule has a name, an event, and at least one step."),
    "rule_changed_meanwhile": lambda p: _("“%(name)s” was changed meanwhile. What you typed stands below.") % p,
    "too_many_rules": lambda p: _("There are %(most)s rules already. Delete one you do not need.") % p,
    "mail_placeholder_unknown": lambda p: _("These placeholders are not known here: %(names)s.") % p,
    "mail_placeholder_missing": lambda p: _("The text must contain %(names)s; without it the mail says nothing.") % p,
    "mail_text_missing": lambda p: _("A mail has a subject and a text."),
}
ENTRIES: dict[str, Any] = {
    "rule.added": lambda d: _("Rule “%(name)s” added") % d,
    "rule.changed": lambda d: _("Rule “%(name)s” changed: %(what)s") % {**d, "what": ", ".join(d["new"])},
    "rule.switched_on": lambda d: _("Rule “%(name)s” switched on") % d,
    "rule.switched_off": lambda d: _("Rule “%(name)s” switched off") % d,
    "rule.moved": lambda d: _("Rule “%(name)s” moved in the order") % d,
    "rule.deleted": lambda d: _("Rule “%(name)s” deleted") % d,
    "rule.restored": lambda d: _("Rule “%(name)s” taken back") % d,
    "rule.paused": lambda d: _("Rule “%(name)s” paused itself at %(limit)s runs an hour") % d,
    "rule.due": lambda d: _("The moment a rule waits for has come"),
    "rules.stopped": lambda d: _("All rules stopped"),
    "rules.released": lambda d: _("Rules run again"),
    "rules.kept": lambda d: _("Runs of rules are kept for %(days)s days") % d["new"],
    "mail_template.changed": lambda d: _("Wording of the mail %(mail)s changed") % {"mail": d["name"] or d["code"]},
    "mail_template.reset": lambda d: _("The mail %(mail)s has its own words again") % {"mail": d["code"]},
    "mail_template.deleted": lambda d: _("Mail “%(name)s” deleted") % d,
}


def register() -> None:
    """Sentences for what is refused and what is recorded."""
    for code, say in REFUSALS.items():
        refusals.register(code, say)
    audit.teller(lambda kind, data: ENTRIES[kind](data) if kind in ENTRIES else None)
    audit.about("rule", audit.About(_named, lambda words: Rule.objects.filter(name__icontains=words)))


def _named(ids: Sequence[int], actor: Actor) -> audit.Names:
    """The rules of one page of the audit, for who may open them."""
    rows = Rule.objects.visible_to(actor).filter(pk__in=list(ids)).values_list("pk", "name", "tenant__slug")
    return {pk: (name, reverse("workflows:rule", args=[slug, pk])) for pk, name, slug in rows}
