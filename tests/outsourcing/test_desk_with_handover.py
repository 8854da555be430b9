"""What the desk does to many tickets, or by another way, and a running handover stands against it (desk spec, bulk)."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.html import escape

from outsourcing import letters
from outsourcing.models import Handover, OutsourcingSettings
from psa.batches.models import BatchLine
from psa.directory.models import Company
from tests.conftest import sign_in
from tests.outsourcing.conftest import Pair, drain
from tests.tickets.pages import sign_in_english
from tickets import services
from tickets.models import Note, Ticket
from tickets.services import bulk


def test_bulk_asks_the_guards_of_a_running_handover_row_by_row(pair: Pair) -> None:
    """Closing two tickets at once: the one a partner works on stays, with the reason; the other is closed."""
    with pair.lead() as by:
        other = services.accept(
            services.create(by=by, title="Ours alone", company=pair.ticket.company, queue=pair.ticket.queue), by=by
        )
    picks = {"view": "open", "query": "", "pick": [pair.ticket.pk, other.pk]}
    form = {**picks, "step": "go", "what": "move", "move": "close", "text": "Cleared up."}
    browser = sign_in_english(pair.max)
    shown = browser.post("/nordlicht/tickets/bulk/", {**form, "step": "preview"}).content.decode()
    assert "Baltic Service still has this ticket" in shown
    assert browser.post("/nordlicht/tickets/bulk/", form).status_code == 302
    with pair.lead():
        codes = dict(BatchLine.objects.values_list("subject_id", "code"))
        assert codes == {pair.ticket.pk: "handover_is_open", other.pk: ""}
        assert Ticket.objects.get(pk=pair.ticket.pk).is_open and not Ticket.objects.get(pk=other.pk).is_open
        assert Handover.objects.get().is_running


def test_bulk_never_changes_company_or_audience_of_a_ticket_with_a_running_handover(pair: Pair) -> None:
    with pair.lead() as by:
        elsewhere = Company.objects.create(name="Elsewhere")
        for change in ({"field": "company", "value": elsewhere.pk}, {"field": "audience", "value": "partner"}):
            with pytest.raises(ValueError, match="No such column"):
                bulk.make(pair.ticket, change, by=by)
        bulk.make(pair.ticket, {"note": "All hands."}, by=by)
        note = Note.objects.get()
        assert (note.audience, note.handover) == ("internal", None), "a bulk note goes to no partner"
        assert Ticket.objects.get(pk=pair.ticket.pk).company_id == pair.ticket.company_id


def test_w11_insourcing_complete_and_end_and_close_wait_for_required_items_too(pair: Pair) -> None:
    """The same refusal on the ways of a handover: the lead's *close and end*, the partner's *Insourcing complete*."""
    for member, side in ((pair.max, pair.lead), (pair.gunta, pair.service)):
        with side() as by:
            ticket = pair.ticket if member is pair.max else pair.insourced
            services.checklists.add_item(ticket, "Label the port", by=by, is_required=True)
        drain()
    closing: dict[str, Any] = {"how": "complete", "text": "Done."}
    lead = sign_in(pair.max).post(f"/nordlicht/tickets/{pair.ticket.number}/end-and-close/", closing)
    service = sign_in(pair.gunta).post(f"/baltic/tickets/{pair.insourced.number}/submit-work/", {})
    for answer in (lead, service):
        assert answer.status_code == 409 and "Label the port" in answer.content.decode()
    with pair.lead():
        assert Handover.objects.get().is_running and Ticket.objects.get(pk=pair.ticket.pk).is_open


NAMES = (
    "lead_name.__class__", "lead_name!r", "lead_name:>9999999", "0", "settings.SECRET_KEY", "lead.tenant",
    "inviter_name.user.password", "accept_url[0]", "__init__.__globals__", "customer_name", " lead_name ", "LEAD_NAME",
)  # fmt: skip


def test_x4_the_invitations_placeholders_are_a_closed_list(pair: Pair) -> None:
    """An invitation names what its list has, as a word: no attribute, index, format, setting or other row. Whatever
    else is typed is refused on saving, stays as typed in the preview, and what a value brings is not read again."""
    values = {name: f"value of {name}" for name in letters.PLACEHOLDERS}
    browser = sign_in_english(pair.max)
    for name in NAMES:
        assert letters.fill(f"{{{name}}}", values) == f"{{{name}}}", name
        form = {"subject": "Join us", "body": "{accept_url} {decline_url} {" + name + "}", "do": "save"}
        answer = browser.post("/nordlicht/outsourcing/invitation/", form)
        assert answer.status_code == 422 and escape("{" + name + "}") in answer.content.decode(), name
    looped = letters.fill("{lead_name}", {"lead_name": "{inviter_name}", "inviter_name": "Max"})
    assert looped == "{inviter_name}"
    with pair.lead():
        assert not OutsourcingSettings.objects.exclude(invitation_body="").exists()
