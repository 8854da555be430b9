"""What the tests of estimates do again and again: send one, answer it as a contact, log time, look at the mails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from psa.directory.models import Contact
from psa.mail.models import OutgoingMail
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.tickets.conftest import internal
from tickets import services
from tickets.models import Ticket, TimeEntry
from workflows.models import Approver, Estimate
from workflows.services import approvers, estimates
from workflows.services.estimates import Draft

FRIDAY = datetime(2026, 3, 13, 15, 0, tzinfo=UTC)


def draft(**more: Any) -> Draft:
    """Two hours at 90 €, ten per cent more at most."""
    given: dict[str, Any] = {"minutes": 120, "proposed_due": FRIDAY, "rate": Decimal(90), "vat_rate": Decimal(19)}
    return Draft(**{**given, **more})


def approver(member: Membership, contact: Contact, limit: str = "", **more: Any) -> Approver:
    with acting(member) as by:
        wanted = Decimal(limit) if limit else None
        return approvers.add(contact.company, contact, by=by, limit=wanted, **more)


def sent(ticket: Ticket, member: Membership, **more: Any) -> Estimate:
    """An estimate of the ticket, sent by the member."""
    with acting(member) as by:
        return estimates.send(ticket, draft(**more), by=by)


@contextmanager
def as_contact(contact: Contact) -> Iterator[dict[str, Any]]:
    """Nordlicht's scope, and how a service is told that this contact acts."""
    with scope.tenant(contact.tenant_id):
        who = Actor.customer(contact.pk, contact.name, "Reederei Hansen", channel="portal")
        yield {"contact": contact, "by": who}


def accept(estimate: Estimate, contact: Contact, **more: Any) -> Ticket:
    """The contact agrees to what they read."""
    read = {"version": estimate.version, "sha256": estimate.sha256, **more}
    with as_contact(contact) as who:
        return estimates.accept(Estimate.objects.get(pk=estimate.pk), address="192.0.2.7", **read, **who)


def decline(estimate: Estimate, contact: Contact, text: str = "Too much.") -> Ticket:
    with as_contact(contact) as who:
        return estimates.decline(Estimate.objects.get(pk=estimate.pk), text, address="192.0.2.7", **who)


def log(ticket: Ticket, member: Membership, minutes: int) -> TimeEntry:
    with acting(member) as by:
        entry = services.items.add(
            ticket, "timeentry", internal(ticket), by=by, minutes=minutes, worked_on="2026-03-02"
        )
        assert isinstance(entry, TimeEntry)
        return entry


def over(ticket: Ticket) -> list[int]:
    """The minutes of the entries that are over, in order."""
    rows = TimeEntry.objects.filter(ticket=ticket, removed_at=None, is_over_estimate=True).order_by("pk")
    return list(rows.values_list("minutes", flat=True))


def status(ticket: Ticket) -> str:
    return str(Ticket.objects.get(pk=ticket.pk).status)


def mails(code: str) -> list[tuple[str, str]]:
    """To whom, and the subject, of every mail of this kind."""
    return list(OutgoingMail.objects.filter(code=code).order_by("pk").values_list("to_address", "subject"))
