"""A company with so many tickets and five notes on each, at the same open work, and fifty companies beside it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from psa.directory.models import Company, Contact
from psa.journal.models import Entry
from psa.tenancy import scope, services
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, Tenant
from tickets import services as desk
from tickets.models import Note, NumberRange, Queue, Ticket, TicketWords
from tickets.readers import readers
from tickets.words import fold

NEIGHBOURS, THEIR_TICKETS = 50, 20
OPEN = 500
NOTES = 5
STEP = 1000
# After so many thousands the planner is told how large the tables are by now.
FRESH = {0, 4, 19}
# In every fifth ticket, and in one.
COMMON, RARE = "printer", "zymurgy"
SUBJECTS = ("The printer jams", "VPN drops every morning", "Mail bounces", "The backup failed", "A new laptop")


@dataclass(frozen=True, slots=True)
class Firm:
    """A seeded company: its address, who measures, how many tickets it has, and the ticket whose page is opened."""

    slug: str
    member: Membership
    tickets: int
    shown: int


def firm(slug: str, number: int) -> Firm:
    """A company with this many tickets."""
    tenant = services.create_tenant(slug.title(), slug)
    member = services.add_member(tenant, f"max@{slug}.example", "Max Petersen", "administrator")
    return Firm(slug, member, number, _fill(tenant, member, number))


def neighbours() -> None:
    """Fifty companies whose rows stand in the same tables."""
    for number in range(NEIGHBOURS):
        tenant = services.create_tenant(f"Neighbour {number}", f"neighbour-{number}")
        member = services.add_member(tenant, f"max@neighbour-{number}.example", "Max", "administrator")
        _fill(tenant, member, THEIR_TICKETS)


def analyse() -> None:
    """Let the planner know the tables, as autovacuum would have."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _fill(tenant: Tenant, member: Membership, number: int) -> int:
    with scope.tenant(tenant):
        queue = Queue.objects.create(name="Service desk", is_default=True)
        customers = [Company.objects.create(name=f"Customer {at} GmbH") for at in range(40)]
        contacts = [Contact.objects.create(company=one, name="Cleo Hansen") for one in customers]
        now = timezone.now()
        for first in range(0, number, STEP):
            numbers = range(first + 1, min(first + STEP, number) + 1)
            made = Ticket.objects.bulk_create(
                [_ticket(at, number, queue, customers[at % 40], contacts[at % 40], member, now) for at in numbers]
            )
            _write(made, member)
            if first // STEP in FRESH:
                analyse()
                connection.close()  # the checks of foreign keys were planned for empty tables
        NumberRange.objects.update_or_create(kind="ticket", defaults={"last": number})
        by = Actor.of(member)
        shown = desk.create(by=by, title="The one that is opened", company=customers[0], queue=queue)
        for at in range(NOTES):
            desk.items.add(shown, "note", readers(shown)[0], by=by, text=f"Looked at it, {at}.")
        return shown.number


def _ticket(
    at: int, number: int, queue: Queue, company: Company, contact: Contact, member: Membership, now: datetime
) -> Ticket:
    is_open = at > number - OPEN
    made = now - timedelta(minutes=20 * (number - at))
    rare = f" {RARE}" if at == number // 2 else ""
    return Ticket(
        number=at,
        title=f"{SUBJECTS[at % 5]} {at}{rare}",
        company=company,
        contact=contact,
        queue=queue,
        assignee=member if at % 3 else None,
        created_by=member,
        status="open" if is_open else "closed",
        resolution="" if is_open else "done",
        is_open=is_open,
        closed_at=None if is_open else made,
        created_at=made,
        last_activity=made,
        next_deadline=made + timedelta(days=3),
    )


def _write(made: list[Ticket], member: Membership) -> None:
    """Five notes on each, with their words and what the journal says of them."""
    notes = [
        Note(
            ticket=ticket,
            key=uuid.uuid4(),
            audience="internal",
            author=member,
            author_name=member.name,
            text=f"Note {at}: asked the customer to try again and to write down what the screen says.",
        )
        for ticket in made
        for at in range(NOTES)
    ]
    Note.objects.bulk_create(notes, STEP)
    words = [TicketWords(ticket=ticket, text=fold(f"{ticket.number} {ticket.title}")) for ticket in made]
    words += [TicketWords(ticket=note.ticket, item=note.key, text=fold(note.text)) for note in notes]
    TicketWords.objects.bulk_create(words, STEP)
    told = {"by": member, "by_kind": "person", "by_name": member.name, "channel": "web"}
    entries = [Entry(subject_type="ticket", subject_id=ticket.pk, kind="ticket.created", **told) for ticket in made]
    Entry.objects.bulk_create(entries, STEP)
