"""S11: merge, split and delete of a ticket with a handover, running and ended."""

from __future__ import annotations

from typing import Any

import pytest

from outsourcing.models import Handover, LeadSide
from outsourcing.services import sending
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from psa.web import refusals
from tests.conftest import acting
from tests.outsourcing.conftest import Pair
from tests.tickets.conftest import put
from tickets import services
from tickets.models import Ticket
from tickets.services import deleting, merging


def no(call: Any, *args: Any, **kwargs: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def another(ticket: Ticket, by: Any) -> Ticket:
    return services.create(by=by, title="Again", company=ticket.company, queue=ticket.queue)


def test_s11_refused_while_it_is_offered_and_allowed_after_the_end_with_links_kept(
    max: Membership, ticket: Ticket, offered: Handover
) -> None:
    note = put(ticket, "note", max)
    with acting(max) as by:
        other = another(ticket, by)
        for one, into in ((ticket, other), (other, ticket)):
            refused = no(merging.merge, one, into, by=by)
            assert refused.code == "merge_while_outsourced" and refused.way_out
            assert "Baltic" in refusals.explain(refused)
        assert no(merging.split, ticket, "New", [("note", note.key)], by=by).code == "merge_while_outsourced"
        assert no(deleting.delete, ticket, "No.", by=by).code == "handover_is_active"
        sending.cancel(ticket, by=by)
        assert no(deleting.delete, ticket, "No.", by=by).code == "handed_over_stays"
        merging.merge(ticket, other, by=by)
        assert LeadSide.objects.get().ticket_id == other.pk, "the ended handover stands on the survivor"


def test_s11_running_on_both_sides(max: Membership, gunta: Membership, pair: Pair) -> None:
    for member in (max, gunta):
        with acting(member) as by:
            ticket = Ticket.objects.get()
            other = another(ticket, by)
            code = "merge_while_outsourced" if member is max else "merge_while_insourced"
            assert no(merging.merge, ticket, other, by=by).code == code
            assert no(merging.merge, other, ticket, by=by).code == code
            assert no(deleting.delete, ticket, "No.", by=by).code == "handover_is_active"
