"""On which tickets a rule runs: what can be asked, how, and whether it holds.

Conditions are plain data: {"match": "all" or "any", "rows": […]}, a row {"field", "op", "value"} or once more such a
group, one level deep and no deeper. What is asked of something that is not there (a ticket an offer does not have yet,
a handover a ticket never had) does not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from outsourcing.labels import OUTSOURCED
from psa.tenancy.models import Membership
from tickets.labels import PRIORITIES, SOURCES, STATUSES
from tickets.models import Category, Queue, TicketType
from tickets.words import fold
from workflows.rules.case import Case
from workflows.rules.names import Choices, Names

Group = Mapping[str, Any]
ALL, ANY = "all", "any"
MATCHES = {
    ALL: pgettext_lazy("conditions of a rule", "all of these hold"),
    ANY: pgettext_lazy("conditions of a rule", "any of these holds"),
}
MOST_ROWS, MOST_GROUPS = 12, 3
OPS: dict[str, Any] = {
    "is": pgettext_lazy("condition", "is"),
    "is_not": pgettext_lazy("condition", "is not"),
    "empty": pgettext_lazy("condition", "is empty"),
    "over": pgettext_lazy("condition", "is over"),
    "under": pgettext_lazy("condition", "is under"),
    "contains": pgettext_lazy("condition", "contains"),
    "lacks": pgettext_lazy("condition", "does not contain"),
    "within": pgettext_lazy("condition", "is over or at most away"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that can be asked. `kind` says what is compared: "choice" (codes), "rows" (ids), "company", "number",
    "text" or "moment"; `unit` stands behind a number."""

    label: Any
    kind: str
    ops: tuple[str, ...]
    read: Callable[[Case], Any]
    choices: Callable[[Names], Choices] | None = None
    unit: Any = ""


def _of_ticket(name: str) -> Callable[[Case], Any]:
    return lambda case: getattr(case.ticket, name) if case.ticket is not None else None


def _active(model: Any) -> Callable[[Names], Choices]:
    return lambda names: names.choices(model)


def _codes(choices: Callable[[], Choices]) -> Callable[[Names], Choices]:
    return lambda _names: [(str(code), label) for code, label in choices()]


def _age(case: Case) -> int | None:
    """How many whole hours ago the ticket was written down."""
    return int((case.now - case.ticket.created_at) / timedelta(hours=1)) if case.ticket is not None else None


def _text(case: Case) -> str | None:
    return f"{case.ticket.title}\n{case.ticket.description}" if case.ticket is not None else None


def _role(case: Case) -> str:
    """How the ticket stands between companies at the moment."""
    if case.handover is None or not case.handover.is_active:
        return "none"
    return "outsourced" if case.is_lead else "insourced"


def _partner(case: Case) -> int | None:
    return case.handover.partnership_id if case.handover is not None and case.is_lead else None


def _lead(case: Case) -> int | None:
    return case.handover.partnership_id if case.handover is not None and case.is_service else None


def _of_handover(name: str) -> Callable[[Case], Any]:
    return lambda case: getattr(case.handover, name) if case.handover is not None else None


ROLES = {
    "outsourced": pgettext_lazy("ticket of a rule", "outsourced"),
    "insourced": pgettext_lazy("ticket of a rule", "insourced"),
    "none": pgettext_lazy("ticket of a rule", "neither outsourced nor insourced"),
}
CHOSEN, FILLED = ("is", "is_not"), ("is", "is_not", "empty")
FIELDS: dict[str, Field] = {
    "status": Field(_("Status"), "choice", CHOSEN, _of_ticket("status"), _codes(STATUSES.choices)),
    "priority": Field(_("Priority"), "choice", CHOSEN, _of_ticket("priority"), _codes(PRIORITIES.choices)),
    "queue": Field(_("Queue"), "rows", CHOSEN, _of_ticket("queue_id"), _active(Queue)),
    "category": Field(_("Category"), "rows", FILLED, _of_ticket("category_id"), _active(Category)),
    "type": Field(_("Type"), "rows", FILLED, _of_ticket("type_id"), _active(TicketType)),
    "source": Field(_("Source"), "choice", CHOSEN, _of_ticket("source"), _codes(SOURCES.choices)),
    "company": Field(_("Customer"), "company", CHOSEN, _of_ticket("company_id")),
    "assignee": Field(_("Assignee"), "rows", FILLED, _of_ticket("assignee_id"), _active(Membership)),
    "age": Field(_("Age"), "number", ("over", "under"), _age, unit=_("hours")),
    "text": Field(_("Title and description"), "text", ("contains", "lacks"), _text),
    "role": Field(_("Between companies"), "choice", CHOSEN, _role, _codes(lambda: list(ROLES.items()))),
    "handover_status": Field(
        _("Outsource status"), "choice", CHOSEN, _of_handover("status"), _codes(OUTSOURCED.choices)
    ),
    "partner": Field(_("Service partner"), "rows", CHOSEN, _partner, lambda names: names.partners(True)),
    "lead": Field(_("Lead partner"), "rows", CHOSEN, _lead, lambda names: names.partners(False)),
    "answer_by": Field(_("Answer by"), "moment", ("within",), _of_handover("answer_by"), unit=_("hours")),
    "complete_by": Field(_("Complete by"), "moment", ("within",), _of_handover("complete_by"), unit=_("hours")),
    "hours_used": Field(
        _("Authorised hours used"), "number", ("over", "under"), lambda case: case.hours_used, unit="%"
    ),
}


def holds(group: Group, case: Case) -> bool:
    """Whether the conditions hold now. No conditions hold always."""
    rows: Sequence[Group] = group.get("rows") or []
    if not rows:
        return True
    answers = (holds(row, case) if "rows" in row else row_holds(row, case) for row in rows)
    return any(answers) if group.get("match") == ANY else all(answers)


def row_holds(row: Group, case: Case) -> bool:
    """Whether one condition holds. One that is not known (any more) does not."""
    field = FIELDS.get(str(row.get("field")))
    if field is None or row.get("op") not in field.ops:
        return False
    there, op, value = field.read(case), row["op"], row.get("value")
    if op == "empty":
        return there is None and case.ticket is not None
    if op == "is_not":
        # Nobody is not Ada either; but where there is nothing to ask, nothing holds.
        asked = case.ticket is not None if there is None and "empty" in field.ops else there is not None
        return asked and str(there) not in _strings(value)
    if there is None:
        return False
    match op:
        case "is":
            return str(there) in _strings(value)
        case "over":
            return there > _whole(value)
        case "under":
            return there < _whole(value)
        case "contains" | "lacks":
            return (fold(str(value)) in fold(there)) == (op == "contains")
    return isinstance(there, datetime) and there - case.now <= timedelta(hours=_whole(value))


def _strings(value: Any) -> set[str]:
    return {str(one) for one in (value if isinstance(value, list) else [value])}


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0


def depth(group: Group) -> int:
    """How deep groups are nested: 1 is a group without groups in it."""
    return 1 + max((depth(row) for row in group.get("rows") or [] if "rows" in row), default=0)


def named(row: Group, names: Names) -> list[str]:
    """The values of a condition in words, of rows by their names at this moment."""
    field = FIELDS[row["field"]]
    values = _strings(row.get("value"))
    if field.kind == "company":
        return names.companies(values)
    if field.choices is None:
        return [f"{row.get('value')} {field.unit}".strip()]
    return [str(label) for code, label in field.choices(names) if str(code) in values]
