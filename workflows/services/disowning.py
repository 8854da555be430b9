"""Somebody says of a decision that was recorded for them: this was not me. The link of the mail is what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from psa.tenancy import doors
from psa.tenancy.actor import Actor
from workflows.models import Decision
from workflows.services import deciding

PURPOSE = "estimate.not_me"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the page behind the link says."""

    company: str
    name: str
    number: int
    title: str
    said: str
    by: str
    at: datetime


def shown(decision_id: int) -> Recorded:
    """The decision in words, in its tenant's scope."""
    one = Decision.objects.select_related("estimate__ticket__tenant").get(pk=decision_id)
    ticket = one.estimate.ticket
    return Recorded(ticket.tenant.name, one.name, ticket.number, ticket.title, one.said, one.by_name, one.at)


def disown(token: str) -> None:
    """Use the link up and call a dispatcher; twice is once."""
    with transaction.atomic():
        if (opened := doors.use(PURPOSE, token)) is None:
            return
        one = Decision.objects.select_related("estimate__ticket", "contact").get(pk=opened.subject_id)
        who = Actor.customer(one.contact_id, one.name, "", channel="mail")
        deciding.disown(one, by=who)
