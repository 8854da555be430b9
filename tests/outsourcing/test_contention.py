"""One mover, two editors and a drain on one handover for ten seconds: nobody deadlocks (issue criterion 4)."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from outsourcing.services import answering, ending
from psa.lanes import delivery
from psa.lanes.models import Event, Lane
from psa.tenancy.errors import Refused
from tests.conftest import needs_postgres
from tests.outsourcing.conftest import Pair, drain
from tests.outsourcing.test_path import for_partner
from tickets import readers
from tickets.models import Note, Ticket
from tickets.services import items

SECONDS = 10


@needs_postgres
@pytest.mark.django_db(transaction=True)
def test_o1_mover_editors_and_drain_do_not_deadlock(pair: Pair) -> None:
    done, errors, until = Counter[str](), list[str](), time.monotonic() + SECONDS

    def move() -> None:
        with pair.service() as by:
            answering.submit(pair.insourced, by=by)
        with pair.lead() as by:
            ending.reject(pair.ticket, "Once more.", by=by)
        done["moves"] += 2

    def write(acting: Any, ticket: Ticket, name: str) -> None:
        with acting() as by:
            present = Ticket.objects.get(pk=ticket.pk)
            reader = next((one for one in readers.readers(present) if one.audience == "partner"), None)
            if reader:
                note = items.add(present, "note", reader, by=by, text="A word.")
                done[name] += 1
                try:
                    items.edit(note, by=by, text="Another word.")
                    done[name] += 1
                except Refused:
                    done["locked meanwhile"] += 1

    def deliver() -> None:
        done["delivered"] += delivery.drain(budget=0.5)

    def keep_on(work: Callable[[], None]) -> None:
        try:
            while time.monotonic() < until:
                try:
                    work()
                except Refused as refusal:
                    done[refusal.code] += 1
        except Exception as error:
            errors.append(repr(error))
        finally:
            connection.close()

    works = [
        move,
        lambda: write(pair.lead, pair.ticket, "lead"),
        lambda: write(pair.service, pair.insourced, "service"),
    ]
    threads = [threading.Thread(target=keep_on, args=(work,)) for work in [*works, deliver]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS + 30)
    while drain():
        pass
    print(dict(done))
    assert errors == []
    assert min(done["moves"], done["lead"], done["service"], done["delivered"]) > 0
    with pair.service():
        assert all(lane.has_arrived and not lane.is_parked for lane in Lane.objects.all())
        assert not Event.objects.filter(applied_at=None).exists()
        theirs = Note.objects.filter(received_at__isnull=False).count()
    with pair.lead():
        assert Note.objects.filter(received_at=None).count() == theirs
        assert for_partner(pair.ticket)
