"""What a rule does: every step there is, as it is offered, kept and filled in.

A step is plain data: {"do": "set", "field", "value"}, {"do": "assign", "to"}, {"do": "move", "move", "text"},
{"do": "note", "text"}, {"do": "mail", "template", "to"}, {"do": "checklist", "template"}, {"do": "watch", "who"},
{"do": "offer", "partnership"}. People are "member:7" or a role, "role:sender".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from psa.tenancy.models import Membership
from tickets.labels import PRIORITIES
from tickets.models import Category, Queue, TicketType
from tickets.services import MOVES_FOR_ALL
from workflows.rules.names import Choices, Names, field_name

Step = Mapping[str, Any]
MOST_STEPS = 10
LONGEST_TEXT = 5000

# Fields that are not set by themselves, and why: a rule would have to know another company's people and places.
NOT_SET = {"company": "with its contact and place", "contact": "one of a company", "location": "one of a company"}
# How each other field is filled in: a number of hours from then, minutes, a text, a code, a row.
SETTABLE: dict[str, str] = {
    "title": "line",
    "description": "text",
    "queue": "row",
    "category": "row",
    "type": "row",
    "priority": "code",
    "due_at": "hours",
    "planned_minutes": "minutes",
}
ROWS: dict[str, Any] = {"queue": Queue, "category": Category, "type": TicketType}

DOES: dict[str, Any] = {
    "set": pgettext_lazy("step of a rule", "change a field"),
    "assign": pgettext_lazy("step of a rule", "make somebody responsible"),
    "move": pgettext_lazy("step of a rule", "make a move"),
    "note": pgettext_lazy("step of a rule", "write an internal note"),
    "mail": pgettext_lazy("step of a rule", "send a mail"),
    "checklist": pgettext_lazy("step of a rule", "add a checklist"),
    "watch": pgettext_lazy("step of a rule", "add a watcher"),
    "offer": pgettext_lazy("step of a rule", "prepare an offer to a partner"),
}
# To whom a mail goes: people of ours by what they have to do with the ticket, our own address, the customer's contact.
# The lead's contact is another company's: what is for them is a note on the ticket, and their own mailer tells them.
RECIPIENTS: dict[str, Any] = {
    "assignee": pgettext_lazy("recipient", "the assignee"),
    "creator": pgettext_lazy("recipient", "who created the ticket"),
    "queue": pgettext_lazy("recipient", "the members of the queue"),
    "dispatchers": pgettext_lazy("recipient", "the dispatchers"),
    "watchers": pgettext_lazy("recipient", "the watchers"),
    "contact": pgettext_lazy("recipient", "the customer's contact"),
    "sender": pgettext_lazy("recipient", "who sent the handover"),
    "partners": pgettext_lazy("recipient", "everybody who manages partners"),
    "address": pgettext_lazy("recipient", "our address for news of this partner"),
    "lead_contact": pgettext_lazy("recipient", "the lead partner's contact, as a note they are told of"),
}
# Who becomes responsible by what they have to do with the ticket.
HEIRS: dict[str, Any] = {
    "nobody": pgettext_lazy("who becomes responsible", "nobody"),
    "creator": RECIPIENTS["creator"],
    "sender": RECIPIENTS["sender"],
    "least": pgettext_lazy("who becomes responsible", "whoever in the queue has the fewest open tickets"),
}
WATCHERS = {name: RECIPIENTS[name] for name in ("creator", "sender", "assignee")}


def kinds() -> Choices:
    """What can be added to a rule: each field by itself, then everything else."""
    named = {name: field_name(name) for name in SETTABLE}
    fields = [(f"set-{name}", field_label(named[name])) for name in SETTABLE]
    return [*fields, *((do, label) for do, label in DOES.items() if do != "set")]


def field_label(name: Any) -> str:
    return str(pgettext_lazy("step of a rule", "set: %(field)s")) % {"field": name}


def kind_of(step: Step) -> str:
    """The kind under which a step was added."""
    return f"set-{step.get('field')}" if step.get("do") == "set" else str(step.get("do"))


def members(names: Names) -> Choices:
    return [(f"member:{pk}", name) for pk, name in names.choices(Membership)]


def roles(table: Mapping[str, Any]) -> Choices:
    return [(f"role:{code}", label) for code, label in table.items()]


def heirs(names: Names) -> Choices:
    """Who a ticket can be given to: a role, a queue, a person."""
    queues = [(f"queue:{pk}", _("Queue %(name)s") % {"name": name}) for pk, name in names.choices(Queue)]
    return [*roles(HEIRS), *queues, *members(names)]


def watchers(names: Names) -> Choices:
    return [*roles(WATCHERS), *members(names)]


def moves() -> Choices:
    return [(one.name, one.label) for one in MOVES_FOR_ALL if "window" not in one.asks]


def values(field: str, names: Names) -> Choices:
    """What a field that is chosen from a list can be set to."""
    if field == "priority":
        return [(str(code), label) for code, label in PRIORITIES.choices()]
    return names.choices(ROWS[field])
