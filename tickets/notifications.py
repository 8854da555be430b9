"""Who is told by mail what happens at the desk: whom it concerns and who may still see it, as each of them prefers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from psa.journal import journal
from psa.journal.models import Entry
from psa.mail import mail, preferences
from psa.mail.inbound.weighing import Weight
from psa.mail.models import OutgoingMail
from psa.tenancy import doors, scope
from psa.tenancy.actor import Actor
from psa.tenancy.capabilities import ADMINISTRATOR
from psa.tenancy.models import Membership
from tickets import sight
from tickets.models import ClockKind, Note, QueueMember, Ticket
from tickets.services import mentions, watching

DISPATCHER = "dispatcher"

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
    "ticket.submitted": _("submitted the solution for review"),
    "ticket.cancelled": _("cancelled the ticket"),
    "ticket.estimate_accepted": _("accepted the estimate"),
    "ticket.estimate_declined": _("declined the estimate: the request is over"),
    "ticket.accepted_by_customer": _("accepted the solution"),
    "ticket.defect_found": _("found a defect and reopened the ticket"),
    "ticket.objected": _("objected and reopened the ticket"),
    "ticket.absorbed": _("merged another ticket into this one"),
}


def connect() -> None:
    """Listen to what happens to tickets. Called once, when the app starts."""
    preferences.sight("ticket", sight.sees)
    journal.subscribe("note.added", on_note)
    journal.subscribe("note.edited", on_note)
    journal.subscribe("ticket.assigned", on_assigned)
    journal.subscribe("ticket.created", on_created)
    journal.subscribe("ticket.clock_warned", on_clock)
    journal.subscribe("ticket.clock_breached", on_clock)
    journal.subscribe("ticket.customer_wrote", on_customer_wrote)
    journal.subscribe("mail.came_back", on_came_back)
    for kind in WATCHED:
        journal.subscribe(kind, on_change)


def on_note(entry: Entry) -> None:
    """Keep whom a note mentions; whoever is new is told, unless they mention themselves. A customer mentions nobody."""
    if entry.by_kind == "contact":
        return
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


def on_customer_wrote(entry: Entry) -> None:
    """Tell whoever is responsible; of a bare thanks and an automatic answer nobody is told."""
    ticket = Ticket.objects.select_related("assignee__role", "assignee__tenant").get(pk=entry.subject_id)
    if ticket.assignee is None or entry.data["note"] is None or not Weight(entry.data["weight"]).counts:
        return
    note = Note.objects.get(pk=entry.data["note"])
    _post("customer_wrote", [ticket.assignee], ticket, entry, text=note.text)


def on_came_back(entry: Entry) -> None:
    """A mail about a ticket came back: the ticket's own journal says so, with the note it told of."""
    sent = OutgoingMail.objects.get(pk=entry.subject_id)
    note = Note.objects.filter(pk=sent.subject_id).first() if sent.subject_type == Note.kind() else None
    found = note.ticket_id if note else sent.subject_id if sent.subject_type == "ticket" else None
    ticket = Ticket.objects.filter(pk=found).first() if found else None
    if ticket is not None:
        facts = {"mail": sent.pk, "note": note.pk if note else None, "to": sent.to_name or sent.to_address}
        by = Actor.system("mail").because(entry)
        journal.record(ticket, "mail.bounced", by=by, code=entry.data["code"], **facts)


def on_change(entry: Entry) -> None:
    """Tell the watchers, but for whoever did it and whoever hears of it for a nearer reason."""
    ticket = Ticket(pk=entry.subject_id)
    people = [person for person in watching.of(ticket) if person.pk != entry.by_id]
    if not people:
        return
    ticket = Ticket.objects.get(pk=entry.subject_id)
    note = Note.objects.filter(pk=entry.data["id"]).first() if entry.kind.startswith("note.") else None
    text = note.text if note else str(entry.data.get("text") or "")
    told = set(mentions.named(text, people)) if note and entry.by_kind != "contact" else set()
    if note and entry.by_kind == "contact":
        people = [person for person in people if person.pk != ticket.assignee_id]  # hears that the customer wrote
    people = [person for person in people if person not in told and person.pk != entry.data.get("new")]
    _post(
        "watched", people, ticket, entry, what=WATCHED[entry.kind], text="" if entry.kind == "ticket.absorbed" else text
    )


def on_clock(entry: Entry) -> None:
    """Tell the assignee and the dispatchers that a promise is nearly or really missed; administrators where there is
    neither. Of what was met meanwhile, late, nobody has to be told by mail."""
    if not entry.data["is_open"]:
        return
    ticket = Ticket.objects.select_related("company", "assignee__role", "assignee__tenant").get(pk=entry.subject_id)
    people = sight.members()
    told = {one.pk: "dispatcher" for one in people if one.role.code == DISPATCHER}
    if ticket.assignee_id is not None:
        told[ticket.assignee_id] = "assignee"
    told = told or {one.pk: "" for one in people if one.role.code == ADMINISTRATOR}
    facts = {
        "what": entry.kind.removeprefix("ticket.clock_"),
        "target": ClockKind(entry.data["clock"]).label,
        "minutes": entry.data["minutes"],
        "due_at": parse_datetime(entry.data["due"]),
        "company_name": ticket.company.name,
        "assignee": ticket.assignee.name if ticket.assignee else "",
    }
    to = [
        mail.Recipient.of(person, told[person.pk])
        for person in sight.who_see(ticket, [one for one in people if one.pk in told])
    ]
    if to:
        url = reverse("tickets:page", args=[doors.slug(scope.tenant_id()), ticket.number])
        mail.post("clock_told", to, ticket, ticket=str(ticket.number), title=ticket.title, url=url, **facts)


def _post(code: str, people: Iterable[Membership], ticket: Ticket, entry: Entry, **facts: Any) -> None:
    """The mail to those of them who may see the ticket now (A7)."""
    to = [mail.Recipient.of(person) for person in sight.who_see(ticket, people)]
    if not to:
        return
    url = reverse("tickets:page", args=[doors.slug(scope.tenant_id()), ticket.number])
    basics = {"ticket": str(ticket.number), "title": ticket.title, "by": entry.by_name, "url": url}
    mail.post(code, to, ticket, **basics, **facts)
