"""What was said between a customer and us about a request, in one stream: notes for the customer, and the words some
moves come with – a question, a solution, what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from psa.journal.models import Entry
from tickets.models import Ticket
from workflows.portal import sight

# The moves whose words are meant for the other side, and what stands above them.
SAID = {
    "ticket.asked": _("Question"),
    "ticket.submitted": _("Solution"),
    "ticket.defect_found": _("Not solved"),
    "ticket.objected": _("Objection"),
    "ticket.deployment_requested": _("Deployment requested"),
    "ticket.estimate_returned": _("Question about the estimate"),
    "ticket.reopened": _("Asked again"),
    "ticket.reopened_unbilled": _("Asked again"),
}
# What a customer writes on a request that is over is a note of theirs besides.
NOTED = ("ticket.reopened", "ticket.reopened_unbilled")


@dataclass(frozen=True, slots=True)
class Words:
    """One thing that was said: by whom, when, what, and whether the customer's side said it."""

    author: str
    at: datetime
    text: str
    is_theirs: bool
    label: Any = ""


def of(ticket: Ticket) -> list[Words]:
    """What was said since the request came in, oldest first. Two statements."""
    notes = [Words(note.author_name, note.made_at, note.text, note.author_id is None) for note in sight.notes(ticket)]
    rows = Entry.objects.filter(subject_type="ticket", subject_id=ticket.pk, kind__in=SAID).exclude(by_kind="partner")
    rows = rows.exclude(kind__in=NOTED, by_kind="contact")
    moves = [
        Words(entry.by_name, entry.at, entry.data["text"], entry.by_kind == "contact", SAID[entry.kind])
        for entry in rows
        if entry.data.get("text", "").strip()
    ]
    return sorted([*notes, *moves], key=lambda one: one.at)


def whole(ticket: Ticket) -> list[Words]:
    """The same, with what the request itself says before it; one that follows another begins with the note it is."""
    said = of(ticket)
    if not ticket.description or any(one.is_theirs and one.text == ticket.description for one in said):
        return said
    author = ticket.contact.name if ticket.contact else ticket.company.name
    return [Words(author, ticket.created_at, ticket.description, True), *said]


def last(said: Sequence[Words]) -> Words | None:
    """The newest thing we said."""
    return next((one for one in reversed(said) if not one.is_theirs), None)
