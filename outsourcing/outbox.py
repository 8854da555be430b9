"""What the partner hears of our ticket: the journal's entries become events, in the author's transaction."""

from __future__ import annotations

from outsourcing.links import links
from outsourcing.models import HandoverStatus
from outsourcing.services import answering, hours, keeping, questions, referring, sync
from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from tickets.models import Note, TimeEntry
from tickets.services.locking import present

OURS = ("added", "edited", "removed")
# What happens to an item of a checklist. Our items go to the service partner, its ticks come back.
CHECKED = ("added", "ticked", "unticked", "skipped", "removed")
# What the service side does with its own ticket: the work has begun.
MOVES = ("accepted", "started", "asked", "answered", "submitted", "planned", "closed", "to_billing", "reopened")
RESOLVED = (
    "closed",
    "cancelled",
    "refused",
    "to_billing",
    "accepted_by_customer",
    "auto_accepted",
    "given_up",
    "estimate_declined",
)


def connect() -> None:
    """Listen to the desk. Called once, when the app starts."""
    for kind in ("note", "attachment", "timeentry", "charge"):
        for verb in OURS:
            journal.subscribe(f"{kind}.{verb}", on_item)
    for verb in CHECKED:
        journal.subscribe(f"checklistitem.{verb}", on_item)
    for verb in ("added", "extended", "removed"):
        journal.subscribe(f"checklist.{verb}", on_move)
    for move in MOVES:
        journal.subscribe(f"ticket.{move}", on_move)
    journal.subscribe("ticket.edited", on_fields)
    for move in RESOLVED:
        journal.subscribe(f"ticket.{move}", on_resolved)
    journal.subscribe("queue.retired", keeping.on_queue_retired)


def on_item(entry: Entry) -> None:
    """One of our items changed on a ticket a partner may be working on."""
    ticket = present(entry.subject_id)
    for link in links(ticket):
        if link.handover.is_active and link.handover.status != HandoverStatus.UNSENT:
            answering.begin(link, ticket, by=Actor.author(entry))
            item = sync.item_of(entry)
            sync.item_changed(link, item)
            if isinstance(item, Note):
                questions.follow_note(link, item, by=Actor.author(entry))
            if isinstance(item, TimeEntry) and not link.is_lead:
                hours.notice(link, ticket)


def on_move(entry: Entry) -> None:
    """The service side moved its ticket: the work has begun."""
    ticket = present(entry.subject_id)
    for link in links(ticket):
        answering.begin(link, ticket, by=Actor.author(entry))


def on_fields(entry: Entry) -> None:
    """Properties changed; the partner is told of the shared ones."""
    ticket = present(entry.subject_id)
    for link in links(ticket):
        if link.handover.is_running:
            sync.fields_changed(link, ticket, entry.data["old"])


def on_resolved(entry: Entry) -> None:
    """The ticket is resolved: what was passed on to a network or vendor is over with it."""
    referring.resolved(present(entry.subject_id), by=Actor.author(entry))
