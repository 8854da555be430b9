"""Who is told by mail what happens at the desk: whom it concerns and who may still see it, as each of them prefers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from psa.journal import journal
from psa.journal.models import Entry
from psa.mail import mail, preferences
from psa.tenancy import doors, scope
from psa.tenancy.models import Membership
from tickets import sight
from tickets.models import Note, QueueMember, Ticket
from tickets.services import mentions, watching

# What a watcher hears of, and how it is said behind the name of whoever did it.
WATCHED = {
    "note.added": _("wrote a note"),
    "note.received": _("wrote a note"),
    "attachment.added": _("added a file"),
    "attachment.received": _("added a file"),
    "ticket.assigned": _("made somebody else responsible"),
    "ticket.started": _("started the work"),
    "ticket.asked": _("asked the customer"),
    "ticket.answered": _("noted the customer's answer"),
    "ticket.closed": _("closed the ticket"),
    "ticket.reopened": _("reopened the ticket"),
    "ticket.absorbed": _("merged another ticket into this one"),
}


def connect() -> None:
    """Listen to what happens to tickets. Called once, when the app starts."""
    preferences.sight("ticket", sight.sees)
    journal.subscribe("note.added", on_note)
    journal.subscribe("note.edited", on_note)
    journal.subscribe("ticket.assigned", on_assigned)
    journal.subscribe("ticket.created", on_created)
    for kind in WATCHED:
        journal.subscribe(kind, on_change)


def on_note(entry: Entry) -> None:
    """Keep whom a note mentions; whoever is new is told, unless they mention themselves."""
    note = Note.objects.filter(pk=entry.data["id"], removed_at=None).first()
    if note is None or note.is_copy or ("@" not in note.text and entry.kind == "note.added"):
        return
    ticket = Ticket.objects.get(pk=entry.subject_id)
    people = [person for person in mentions.keep(note, ticket) if person.pk != entry.by_id]
    _post("mentioned", people, ticket, entry, text=note.text)


def on_assigned(entry: Entry) -> None:
    """Tell whoever is responsible now, unless they took it themselves."""
    if not entry.data["new"] or entry.data["new"] == entry.by_id:
        return
    ticket = Ticket.objects.select_related("company").get(pk=entry.subject_id)
    person = Membership.objects.filter(pk=entry.data["new"]).select_related("role", "tenant")
    _post("ticket_assigned", person, ticket, entry, company_name=ticket.company.name)


def on_created(entry: Entry) -> None:
    """Tell the members of the queue who want to hear of it."""
    ticket = Ticket.objects.select_related("company", "queue").get(pk=entry.subject_id)
    rows = QueueMember.objects.filter(queue=ticket.queue_id).exclude(member=entry.by_id)
    people = [row.member for row in rows.select_related("member__role", "member__tenant")]
    facts = {"company_name": ticket.company.name, "queue": ticket.queue.name}
    _post("queue_ticket", people, ticket, entry, **facts)


def on_change(entry: Entry) -> None:
    """Tell the watchers, but for whoever did it and whoever hears of it for a nearer reason."""
    ticket = Ticket(pk=entry.subject_id)
    people = [person for person in watching.of(ticket) if person.pk != entry.by_id]
    if not people:
        return
    ticket = Ticket.objects.get(pk=entry.subject_id)
    note = Note.objects.filter(pk=entry.data["id"]).first() if entry.kind.startswith("note.") else None
    text = note.text if note else str(entry.data.get("text") or "")
    told = set(mentions.named(text, people)) if note else set()
    people = [person for person in people if person not in told and person.pk != entry.data.get("new")]
    _post(
        "watched", people, ticket, entry, what=WATCHED[entry.kind], text="" if entry.kind == "ticket.absorbed" else text
    )


def _post(code: str, people: Iterable[Membership], ticket: Ticket, entry: Entry, **facts: Any) -> None:
    """The mail to those of them who may see the ticket now (A7)."""
    to = [mail.Recipient.of(person) for person in sight.who_see(ticket, people)]
    if not to:
        return
    url = reverse("tickets:page", args=[doors.slug(scope.tenant_id()), ticket.number])
    basics = {"ticket": str(ticket.number), "title": ticket.title, "by": entry.by_name, "url": url}
    mail.post(code, to, ticket, **basics, **facts)
