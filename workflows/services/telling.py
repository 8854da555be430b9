"""Telling the customer of a clock by mail, and knowing afterwards what became of those mails."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from psa.directory.models import Contact
from psa.mail import headers
from psa.mail.models import Delivery, DeliveryState
from tickets.models import Ticket
from workflows.models import CustomerNotice, Telling
from workflows.services import addressees

GONE_WRONG = (DeliveryState.FAILED, DeliveryState.BOUNCED, DeliveryState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Told:
    """One mail of a stay and how far it got."""

    kind: str
    round: int
    contact_id: int | None
    name: str
    address: str
    told_at: datetime
    state: str
    sent_at: datetime | None
    mail_id: int

    @property
    def label(self) -> Any:
        """What the mail was about."""
        return Telling(self.kind).label

    @property
    def is_handed_over(self) -> bool:
        """Whether a mail server took it, and it did not come back."""
        return self.state == DeliveryState.SENT

    @property
    def went_wrong(self) -> bool:
        """Whether it will not arrive."""
        return self.state in GONE_WRONG


def tell(
    ticket: Ticket, kind: str, code: str, to: Iterable[Contact], round: int = 0, page: str = "request", **facts: Any
) -> int:
    """Write the mail `code` to whom the clock is told to, and keep which mails those are; how many that was."""
    people = {_mailbox(contact.email): contact for contact in to}
    if not people:
        return 0
    mails = addressees.write(code, ticket, people.values(), page, **facts)
    place = {"ticket": ticket, "stay": ticket.stay, "round": round, "kind": kind, "told_at": timezone.now()}
    CustomerNotice.objects.bulk_create(
        CustomerNotice(mail=one, contact=people[_mailbox(one.to_address)], **place) for one in mails
    )
    return len(mails)


def _mailbox(address: str) -> str:
    """An address as a mail has it, to find its owner again."""
    return headers.one_line(address, 254).strip().casefold()


def told(ticket: Ticket, stay: int, round: int | None = None) -> list[Told]:
    """What was told in a stay, in one of its rounds or in all, the first first. Two statements."""
    rows = CustomerNotice.objects.filter(ticket=ticket, stay=stay)
    if round is not None:
        rows = rows.filter(round=round)
    found = list(rows.select_related("mail").order_by("pk"))
    ways = Delivery.objects.filter(mail__in=[one.mail_id for one in found])
    states = {pk: (state, sent) for pk, state, sent in ways.values_list("mail_id", "state", "sent_at")}
    return [
        Told(
            one.kind, one.round, one.contact_id, one.mail.to_name, one.mail.to_address, one.told_at,
            *states.get(one.mail_id, (DeliveryState.QUEUED, None)), one.mail_id,
        )
        for one in found
    ]  # fmt: skip


def kinds(rows: Iterable[Told]) -> set[str]:
    """What these mails were about."""
    return {one.kind for one in rows}
