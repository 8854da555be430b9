"""What a portal company may do at each status (outsourcing spec §7, last row)."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone, translation
from django.utils.html import escape

from outsourcing.models import Handover
from psa.tenancy import scope
from psa.tenancy.models import Membership
from psa.web import refusals
from tests.conftest import sign_in, try_rows
from tests.outsourcing.conftest import drain
from tests.outsourcing.portal.conftest import OURS, Portal
from tickets.models import Charge, Note, Ticket, TimeEntry

DOES = {
    "write a note": lambda at, t: (f"{at}notes/add/", {"reader": OURS, "text": "New", "kind_of": "note"}),
    "log time": lambda at, t: (
        f"{at}time/add/", {"reader": OURS, "minutes": "0:30", "worked_on": timezone.localdate().isoformat()}),
    "add a charge": lambda at, t: (
        f"{at}charges/add/", {"reader": OURS, "name": "Cable", "quantity": "1", "unit_price": "5"}),
    "edit a note": lambda at, t: (
        f"{at}notes/{t['note'].key}/edit/",
        {"reader": OURS, "text": "Other", "kind_of": "note", "version": t["note"].version}),
    "remove a note": lambda at, t: (f"{at}notes/{t['note'].key}/remove/", {"version": t["note"].version}),
    "ask": lambda at, t: (f"{at}notes/add/", {"reader": OURS, "text": "Which rack?", "kind_of": "question"}),
    "assign": lambda at, t: (f"{at}assign/", {"assignee": t["ivo"].pk}),
    "recall": lambda at, t: (f"{at}recall/", {}),
    "return": lambda at, t: (f"{at}return/", {"reason": "Too far"}),
}  # fmt: skip
RIGHTS = """
                running  waiting  complete returned
write a note    yes      no       no       no
log time        yes      no       no       no
add a charge    yes      no       no       no
edit a note     yes      no       no       no
remove a note   yes      no       no       no
ask             yes      yes      no       no
assign          yes      no       no       no
recall          no       yes      no       no
return          yes      yes      no       no
read            yes      yes      yes      yes
print           yes      yes      yes      yes
"""


def rights(status: str) -> list[tuple[str, bool]]:
    """What there is to do, and whether it may be done in this status."""
    head, *lines = RIGHTS.strip("\n").split("\n")
    column = head.split().index(status)
    return [(line[:16].strip(), line[16:].split()[column] == "yes") for line in lines]


@pytest.mark.parametrize("status", ["running", "waiting", "complete", "returned"])
def test_what_a_portal_company_may_at_each_status(
    ozols: Portal, accepted: Ticket, offered: Handover, max: Membership, ticket: Ticket, status: str
) -> None:
    at = f"/ozols-montaza/tickets/{accepted.number}/"
    things = _things(ozols, accepted)
    if status in {"waiting", "complete"}:
        assert ozols.client.post(f"{at}submit-work/").status_code == 302
    if status == "returned":
        assert ozols.client.post(f"{at}return/", {"reason": "Too far"}).status_code == 302
    drain()
    if status == "complete":
        assert sign_in(max).post(f"/nordlicht/tickets/{ticket.number}/approve/").status_code == 302
        drain()

    def check(what: str, may: bool) -> None:
        if what in {"read", "print"}:
            url = at if what == "read" else f"/ozols-montaza/handovers/{offered.key}/work-order/"
            assert ozols.client.get(url).status_code == 200
            return
        with scope.tenant(ozols.tenant):
            before = _state(accepted)
        url, data = DOES[what](at, things)
        answer = ozols.client.post(url, data)
        with scope.tenant(ozols.tenant):
            if may:
                assert answer.status_code == 302, answer.content.decode()
                assert _state(accepted) != before
            else:
                assert _state(accepted) == before
                if answer.status_code != 302:  # a button's POST goes back to the ticket with a message
                    assert answer.status_code in {409, 422}
                    codes = ("portal_waits_for_approval", "portal_work_has_ended", "handover_moved_on")
                    now = Handover.objects.values_list("status", flat=True).get()
                    with translation.override("lv"):
                        said = [refusals.sentence(code, {"partner": "Nordlicht IT", "status": now}) for code in codes]
                        said.append(refusals.sentence("handover_moved_on"))
                        for by in ("Ivo Ozols", "Max Petersen"):
                            said.append(refusals.sentence("handover_moved_on", {"status": now, "by": by}))
                    assert any(escape(one) in answer.content.decode() for one in said)

    try_rows(rights(status), check)


def _things(ozols: Portal, accepted: Ticket) -> dict[str, Any]:
    at = f"/ozols-montaza/tickets/{accepted.number}/notes/add/"
    answer = ozols.client.post(at, {"reader": OURS, "text": "Began", "kind_of": "note"})
    assert answer.status_code == 302
    with scope.tenant(ozols.tenant):
        return {"note": Note.objects.get(text="Began"), "ivo": ozols.ivo}


def _state(ticket: Ticket) -> list[Any]:
    rows: list[Any] = [list(model.objects.order_by("pk").values()) for model in (Note, TimeEntry, Charge)]
    return [*rows, Ticket.objects.values().get(pk=ticket.pk), Handover.objects.values_list("status").get()]


def test_an_ended_ticket_can_be_filed_away(ozols: Portal, accepted: Ticket) -> None:
    at = f"/ozols-montaza/tickets/{accepted.number}/"
    for path in ("accept/", "start/"):
        ozols.client.post(f"{at}{path}")
    ozols.client.post(f"{at}return/", {"reason": "Too far"})
    assert ozols.client.post(f"{at}close/", {"text": "Over"}).status_code == 302
    with scope.tenant(ozols.tenant):
        assert not Ticket.objects.get().is_open
