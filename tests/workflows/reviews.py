"""A review on the stage: a ticket with its customer, the clock put forward, mails sent, lost or brought back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import time_machine
from django.db import transaction

from psa.directory.models import Contact
from psa.journal import journal
from psa.mail import sending
from psa.mail.models import Delivery, OutgoingMail
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership
from psa.timers import timers
from psa.timers.models import Timer
from tests.conftest import acting
from tests.tickets.stages import bring
from tickets.models import Ticket
from tickets.readers import readers
from tickets.services import items
from workflows.models import CustomerNotice, Review, Word
from workflows.services import reviews

BERLIN = ZoneInfo("Europe/Berlin")
# Monday, ten o'clock; what is submitted then counts as accepted the Monday after, at ten.
MONDAY = datetime(2026, 3, 2, 10, tzinfo=BERLIN)
UNTIL = datetime(2026, 3, 9, 10, tzinfo=BERLIN)
REVIEW = ("accept", "start", "submit")
PRODUCTION = (*REVIEW, "request_deployment", "plan", "deployed")


class Stage:
    """Nordlicht's clock and its worker. Every `to` puts the clock forward and lets the worker do all that is due."""

    def __init__(self, traveller: time_machine.Coordinates, ticket: Ticket, member: Membership) -> None:
        self.traveller, self.pk, self.member = traveller, ticket.pk, member

    @property
    def ticket(self) -> Ticket:
        with scope.tenant(self.member.tenant_id):
            return Ticket.objects.select_related("company", "contact__company", "tenant").get(pk=self.pk)

    @property
    def review(self) -> Review:
        with scope.tenant(self.member.tenant_id):
            return Review.objects.filter(ticket=self.pk).latest("pk")

    def at(self, moment: datetime) -> None:
        """Only the clock."""
        self.traveller.move_to(moment)

    def to(self, moment: datetime) -> None:
        self.at(moment)
        self.work()

    def work(self) -> None:
        """What a worker does: timers, then mails."""
        timers.sweep()
        sending.send_due()

    def days(self, count: int) -> None:
        """As a worker that is never away: every timer at its moment."""
        self.until(datetime.now(BERLIN) + timedelta(days=count))

    def until(self, end: datetime) -> None:
        """The same, up to a moment."""
        self.work()
        for _ in range(50):
            with scope.tenant(self.member.tenant_id):
                coming = Timer.objects.filter(due__lte=end).order_by("due").values_list("due", flat=True).first()
            if coming is None:
                break
            self.to(max(coming, datetime.now(BERLIN)))
        self.to(end)

    def bring(self, *moves: str) -> Ticket:
        with acting(self.member) as by:
            bring(self.ticket, moves, by)
        self.work()
        return self.ticket

    def wrote(self, weight: str = "message") -> None:
        """The customer's mail was understood as one of this weight."""
        with acting(self.member), transaction.atomic():
            contact = self.ticket.contact
            assert contact is not None
            by = Actor.customer(contact.pk, contact.name, "Reederei Hansen", channel="mail")
            journal.record(self.ticket, "ticket.customer_wrote", by=by, note=None, weight=weight, channel="mail")

    def answer(self, audience: str = "customer") -> Any:
        """A note of ours, for the customer or for ourselves."""
        with acting(self.member) as by:
            reader = next(one for one in readers(self.ticket) if one.audience == audience)
            return items.add(self.ticket, "note", reader, by=by, text="It was the cable.")

    def mails(self, code: str = "") -> list[OutgoingMail]:
        with scope.tenant(self.member.tenant_id):
            rows = OutgoingMail.objects.order_by("pk")
            return list(rows.filter(code=code) if code else rows)

    def kinds(self) -> list[str]:
        """What the customer was told in the present stay, in its order."""
        with scope.tenant(self.member.tenant_id):
            return list(
                CustomerNotice.objects.filter(ticket=self.pk, stay=self.ticket.stay)
                .order_by("pk")
                .values_list("kind", flat=True)
            )

    def armed(self) -> list[str]:
        with scope.tenant(self.member.tenant_id):
            return list(Timer.objects.filter(due__isnull=False).values_list("kind", flat=True))

    def lose(self, code: str, *, bounced: bool = True) -> None:
        """The last mail of this code came back, or was never taken."""
        with acting(self.member) as by, transaction.atomic():
            delivery = Delivery.objects.filter(mail__code=code).latest("pk")
            if bounced:
                delivery.bounce("mailbox_unknown")
            else:
                delivery.fail("smtp_550")
            delivery.save(update_fields=delivery.MOVES)
            if bounced:
                journal.record(delivery.mail, "mail.bounced", by=by, code="mailbox_unknown")


def says(stage: Stage, word: str, contact: Contact, stay: int | None = None) -> Ticket:
    """The contact's word on the page they see."""
    ticket = stage.ticket
    with acting(stage.member):
        by = Actor.customer(contact.pk, contact.name, "Reederei Hansen", channel="portal")
        told: dict[str, Any] = {"contact": contact, "by": by, "stay": ticket.stay if stay is None else stay}
        if word == Word.ACCEPT:
            return reviews.accept(ticket, address="192.0.2.7", **told)
        if word == Word.DEPLOY:
            return reviews.request_deployment(ticket, "Tonight.", address="192.0.2.7", **told)
        return reviews.reopen(ticket, "Port 3 is dead.", objection=word == Word.OBJECTION, **told)
