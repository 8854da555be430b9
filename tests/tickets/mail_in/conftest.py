"""The mailroom: mail comes in at Nordlicht, Cleo has an address, and Ada works on her ticket."""

from __future__ import annotations

import pytest

from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.mail.letters import CLEO
from tickets import services as tickets
from tickets.models import (
    Queue,
    QueueMember,
    Ticket,
)


@pytest.fixture(autouse=True)
def stage(settings, inside, queue, cleo):
    """Mail comes in, and Cleo has an address."""
    settings.MAIL_IN, settings.MAIL_AUTHORITY, settings.MAIL_PER_SENDER = True, "mx.tandem.example", 5
    cleo.email = CLEO
    cleo.save()


@pytest.fixture
def seen(ticket: Ticket, ada: Membership, queue: Queue) -> Ticket:
    """The ticket, worked on by Ada."""
    QueueMember.objects.create(queue=queue, member=ada)
    with acting(ada) as by:
        return tickets.accept(ticket, by=by, assignee=ada)
