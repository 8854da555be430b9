"""A link that hangs: told to both sides, tried again by either, given up by its sender (§6)."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone, translation

from outsourcing import notifications
from outsourcing.labels import LANE_ERRORS, lane_error
from outsourcing.services import partners
from psa import leases
from psa.lanes import delivery, lanes
from psa.lanes.models import Event, Lane
from psa.mail.models import OutgoingMail
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import Pair, drain
from tests.outsourcing.exchange import at_most, hang, mend, page, write
from tests.tickets.pages import sign_in_english
from tickets.models import Note

pytestmark = pytest.mark.usefixtures("fresh_cache")


def test_a_link_that_hangs_is_told_on_both_tickets_and_by_mail(pair: Pair, monkeypatch: Any) -> None:
    write(pair, "Stuck here.")
    hang(pair, monkeypatch)
    for member in (pair.max, pair.gunta):
        text = page(pair, member)
        assert "Stuck here." in text
        assert f"/handovers/{pair.handover.key}/retry/" in text
        assert (f"/handovers/{pair.handover.key}/skip/" in text) == (member is pair.gunta), "the sender's decision"
        with acting(member):
            assert OutgoingMail.objects.filter(code="link_trouble").exists()


@pytest.mark.parametrize("code", [*LANE_ERRORS, "KeyError"])
def test_the_mail_about_link_trouble_says_why_in_its_readers_words(pair: Pair, code: str) -> None:
    for member, language in ((pair.max, "de"), (pair.gunta, "lv")):
        with acting(member):
            lane = Lane.objects.filter(target_id=member.tenant_id).get()
            lane.error, lane.parked_at = code, timezone.now()
            with transaction.atomic():
                notifications.link_trouble(lane)
            letter = OutgoingMail.objects.filter(code="link_trouble").latest("pk")
        with translation.override(language):
            why = str(lane_error(code))
        said = " ".join(letter.text.split())
        assert why in said and code not in said.replace(why, "")


@pytest.mark.parametrize("who", ["lead", "service"])
def test_either_side_retries_from_its_list(pair: Pair, monkeypatch: Any, who: str) -> None:
    note = write(pair, "Stuck here.")
    hang(pair, monkeypatch)
    member, desk = (pair.max, "nordlicht") if who == "lead" else (pair.gunta, "baltic")
    client = sign_in(member)
    listing = client.get(f"/{desk}/outsourcing/link-trouble/")
    assert [row.hanging.content for row in listing.context["list"].rows] == ["Stuck here."]
    mend(monkeypatch)
    back = f"/{desk}/outsourcing/link-trouble/"
    answer = client.post(f"/{desk}/handovers/{pair.handover.key}/retry/", {"next": back})
    assert answer.url == back
    drain()
    with pair.lead():
        assert Note.objects.filter(key=note.key).exists()
    assert client.get(back).context["list"].rows == []


def test_the_answer_to_an_invitation_hangs_in_the_lists_of_both_and_is_tried_again(
    pair: Pair, monkeypatch: Any, sam: Membership
) -> None:
    partnership = pair.handover.partnership
    taken: list[int] = []

    def fail(event: Event) -> None:
        raise leases.Permanent("worker_lost")

    monkeypatch.setitem(delivery._handlers, partners.ANSWERED, delivery.Handler(fail, 1, None))
    with pair.service() as by, transaction.atomic():
        lane = lanes.open_lane(partnership.channel, pair.gunta.tenant_id, pair.max.tenant_id)
        lanes.emit(lane, partners.ANSWERED, {"invitation": 1, "partnership": str(partnership.key), "by": by.name})
    drain()
    for member, desk, other in ((pair.max, "nordlicht", "Baltic Service"), (pair.gunta, "baltic", "Nordlicht IT")):
        answer = sign_in_english(member).get(f"/{desk}/outsourcing/link-trouble/")
        (row,) = answer.context["list"].rows
        assert (row.partner, row.number, row.may_be_skipped) == (other, None, False), desk
        text = answer.content.decode()
        assert f"/{desk}/outsourcing/partners/{partnership.key}/retry/" in text and "Answer to an invitation" in text
        with acting(member):
            (letter,) = OutgoingMail.objects.filter(code="link_trouble", subject_type="partnership")
            assert other in letter.subject and "()" not in letter.subject
            assert str(partnership.key) in letter.text
    assert "Answer to an invitation" in sign_in(pair.gunta).get("/baltic/outsourcing/ledger/").content.decode()
    assert sign_in(sam).get("/atlas/outsourcing/link-trouble/").context["list"].rows == []
    stranger = sign_in(sam).post(f"/atlas/outsourcing/partners/{partnership.key}/retry/")
    assert stranger.status_code == 404
    monkeypatch.setitem(
        delivery._handlers, partners.ANSWERED, delivery.Handler(lambda event: taken.append(event.pk), 1, None)
    )
    back = "/nordlicht/outsourcing/link-trouble/"
    again = sign_in(pair.max).post(f"/nordlicht/outsourcing/partners/{partnership.key}/retry/", {"next": back})
    assert again.url == back
    drain()
    assert len(taken) == 1
    assert sign_in(pair.max).get(back).context["list"].rows == []


def test_only_the_sender_gives_up(pair: Pair, monkeypatch: Any) -> None:
    note = write(pair, "Stuck here.")
    hang(pair, monkeypatch)
    answer = sign_in(pair.max).post(f"/nordlicht/handovers/{pair.handover.key}/skip/", {"reason": "Away with it."})
    assert answer.status_code == 409
    with pair.lead():
        assert Event.objects.get(item=note.key).applied_at is None
        assert Lane.objects.get(target_id=pair.max.tenant_id).is_parked


def test_a_postponed_link_is_listed_and_the_stranger_sees_none(pair: Pair, monkeypatch: Any, sam: Membership) -> None:
    write(pair, "Later.")

    def fail(event: Event) -> None:
        raise leases.Temporary("no_ticket_yet")

    monkeypatch.setitem(delivery._handlers, "item.put", delivery.Handler(fail, 1, None))
    drain()
    rows = sign_in(pair.gunta).get("/baltic/outsourcing/link-trouble/").context["list"].rows
    assert [row.parked_at for row in rows] == [None]
    assert rows[0].hanging.error
    assert sign_in(sam).get("/atlas/outsourcing/link-trouble/").context["list"].rows == []


def test_an_alarm_that_fails_stops_nothing(pair: Pair, monkeypatch: Any) -> None:
    def broken(lane: Lane) -> None:
        raise KeyError("alarm")

    monkeypatch.setattr(delivery, "_alarms", [broken])
    write(pair, "Stuck here.")
    hang(pair, monkeypatch)
    with pair.lead():
        assert Lane.objects.get(target_id=pair.max.tenant_id).is_parked


@pytest.mark.parametrize("notes", [1, 24])
def test_o8_link_trouble_takes_twelve_statements(pair: Pair, notes: int, monkeypatch: Any) -> None:
    for number in range(notes):
        write(pair, f"Note {number}")
    hang(pair, monkeypatch)
    client = sign_in(pair.gunta)
    cache.clear()
    with at_most(12):
        assert client.get("/baltic/outsourcing/link-trouble/").status_code == 200
