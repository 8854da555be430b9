"""Whoever logged work that came back hears why."""

from __future__ import annotations

from django.urls import reverse

from psa.journal import journal
from psa.journal.models import Entry
from psa.mail import mail
from psa.mail.mail import Recipient
from psa.tenancy import doors, scope
from psa.tenancy.models import Membership
from tickets import sight
from tickets.models import Ticket


def connect() -> None:
    """Listen to what is given back. Called once, when the app starts."""
    journal.subscribe("ticket.work_returned", on_returned)


def on_returned(entry: Entry) -> None:
    """The mail to the author, unless they gave it back themselves or may not see the ticket any more."""
    author = entry.data["author"]
    if author is None or author == entry.by_id:
        return
    ticket = Ticket.objects.get(pk=entry.subject_id)
    people = Membership.objects.filter(pk=author).select_related("role", "tenant")
    to = [Recipient.of(person) for person in sight.who_see(ticket, people)]
    if to:
        item = (doors.slug(scope.tenant_id()), ticket.number, entry.data["kind"], entry.data["item"])
        about = {"ticket": str(ticket.number), "title": ticket.title, "by": entry.by_name}
        mail.post(
            "work_returned", to, ticket, **about, text=entry.data["text"], url=reverse("tickets:edit_item", args=item)
        )
