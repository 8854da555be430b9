"""A folder of odd letters: none stops anything, each is on its ticket or in quarantine, and each is kept as it came."""

from __future__ import annotations

import hashlib
import time

import pytest
from django.core.files.storage import default_storage

from psa.mail.inbound import taking, working
from psa.mail.models import Arrival, Door, IncomingMail
from tests.mail.letters import CLEO, DESK, ODD
from tickets.models import Attachment, Ticket


@pytest.fixture(autouse=True)
def stage(settings, inside, queue, cleo):
    """Cleo has an address, and nothing takes long."""
    settings.MAIL_LIMITS = {**settings.MAIL_LIMITS, "size": 4_000_000, "seconds": 3.0}
    cleo.email = CLEO
    cleo.save()


def test_there_are_at_least_sixty_kinds():
    assert len(ODD) >= 60


@pytest.mark.parametrize("kind", ODD)
def test_m9_an_odd_letter(kind):
    state, made = ODD[kind]
    raw = made()
    begun = time.monotonic()
    (pk,) = taking.take(raw, Door.PIPE, otherwise=DESK)
    assert taking.take(raw, Door.PIPE, otherwise=DESK) == []  # delivered twice
    working.take_in()
    assert time.monotonic() - begun < 8
    mail = IncomingMail.objects.get()
    assert (mail.pk, mail.state) == (pk, state), mail.reason
    with default_storage.open(mail.path) as kept:
        assert kept.read() == raw
    assert mail.sha256 == hashlib.sha256(raw).hexdigest()
    assert not Arrival.objects.exists()
    if state == "taken":
        ticket = Ticket.objects.get()
        assert mail.subject_id == ticket.pk and ticket.title and ticket.description
        assert "\x00" not in ticket.description and Attachment.objects.filter(ticket=ticket).count() <= 50
    else:
        assert mail.reason and not Ticket.objects.exists()
