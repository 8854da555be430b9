"""The ledger: everything that went over, for those who manage partners (§6)."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from outsourcing.services import questions
from psa.lanes.lanes import weigh
from psa.lanes.models import Event
from psa.tenancy.models import Membership
from psa.web import sheets
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import Pair, drain
from tests.outsourcing.exchange import at_most, sheet, write
from tests.outsourcing.test_path import for_partner
from tickets.models import Note
from tickets.services import items

pytestmark = pytest.mark.usefixtures("fresh_cache")


def test_s10_the_ledger_equals_what_was_received(pair: Pair) -> None:
    """Every row of the sender's ledger is an event the receiver has, by the hash of what it carries."""
    write(pair, "One.")
    write(pair, "Two.", "timeentry", worked_on="2026-03-02", minutes=30)
    with pair.lead() as by:
        items.add(pair.ticket, "note", for_partner(pair.ticket), by=by, text="Three.")
    drain()
    for member, desk, receiver in ((pair.max, "nordlicht", pair.gunta), (pair.gunta, "baltic", pair.max)):
        rows = sheet(member, desk)
        with acting(receiver):
            got = Event.objects.filter(target=receiver.tenant_id).exclude(applied_at=None)
            expected = sorted(weigh(event.payload) for event in got)
        columns = list(rows[0])
        size, sha = columns[-2], columns[-1]
        assert sorted((int(row[size]), row[sha]) for row in rows) == expected
    with pair.lead():
        assert set(Note.objects.filter(received_at__isnull=False).values_list("text", flat=True)) == {"One."}


def test_the_sheet_has_all_rows_and_no_formulas(pair: Pair, monkeypatch: Any) -> None:
    monkeypatch.setattr(sheets, "CHUNK", 7)
    for number in range(30):
        write(pair, f"=HYPERLINK({number})")
    rows = sheet(pair.gunta, "baltic")
    with pair.service():
        assert len(rows) == Event.objects.filter(source=pair.gunta.tenant_id).count()
    for row in rows:
        assert not any((cell or "").startswith(("=", "+", "-", "@")) for cell in row.values())


def test_the_ledger_says_every_move_in_its_readers_words(pair: Pair) -> None:
    with pair.service() as by:
        questions.ask(pair.handover, "Which port?", by=by)
        (sent,) = Event.objects.filter(kind="handover.moved", payload__move="question_asked")
    page = sign_in(pair.gunta).get("/baltic/outsourcing/ledger/").content.decode()
    assert "uzdeva jautājumu" in page and "question asked" not in page, sent


def test_the_ledger_filters_by_partner_and_period_and_pages_by_key(pair: Pair) -> None:
    for number in range(30):
        write(pair, f"Note {number}")
    client, today = sign_in(pair.gunta), timezone.localdate().isoformat()
    key = pair.handover.partnership.key
    whole = client.get("/baltic/outsourcing/ledger/").context["list"]
    assert len(whole.rows) == 25
    assert whole.next_url
    assert client.get(whole.next_url).context["list"].rows
    assert client.get(f"/baltic/outsourcing/ledger/?partner={key}&sent_from={today}").context["list"].rows
    assert client.get("/baltic/outsourcing/ledger/?sent_to=2001-01-01").context["list"].rows == []


@pytest.mark.parametrize("address", ["ledger", "link-trouble"])
def test_the_exchange_is_for_partner_managers(pair: Pair, ada: Membership, address: str) -> None:
    answer = sign_in(ada).get(f"/nordlicht/outsourcing/{address}/")
    assert answer.status_code == 403
    assert "outsource.partners" in answer.content.decode()
    assert sign_in(ada).get(f"/nordlicht/outsourcing/{address}/?format=csv").status_code == 403


@pytest.mark.parametrize("notes", [1, 24])
def test_o8_the_ledger_takes_twelve_statements(pair: Pair, notes: int) -> None:
    for number in range(notes):
        write(pair, f"Note {number}")
    drain()
    client = sign_in(pair.gunta)
    cache.clear()
    with at_most(12):
        assert client.get("/baltic/outsourcing/ledger/").status_code == 200
