"""Two people merge at the same moment."""

from __future__ import annotations

import pytest

from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, needs_postgres
from tests.races import race
from tickets import services
from tickets.models import Ticket
from tickets.services import merging

pytestmark = [needs_postgres, pytest.mark.django_db(transaction=True)]


def test_of_two_merges_into_each_other_one_wins(ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        other = services.create(by=by, title="Again", company=ticket.company, queue=ticket.queue)

    def merge(one: Ticket, into: Ticket) -> object:
        with acting(max) as by:
            return merging.merge(one, into, by=by)

    answers = race(lambda: merge(ticket, other), lambda: merge(other, ticket))
    assert [answer.code for answer in answers if isinstance(answer, Refused)] == ["ticket_is_merged"], answers
    with acting(max):
        assert Ticket.objects.filter(merged_into__isnull=False).count() == 1
