"""The scorecard: six figures of a partnership, the same for both companies, each opening its list (spec §8)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from outsourcing.dashboards.charts import bars
from outsourcing.dashboards.scorecards import percent, scores
from outsourcing.models import Handover, LeadSide, Move, Side, Statement, Terms
from outsourcing.services import answering, ending, sending
from outsourcing.terms import Draft
from psa.directory.models import Company
from psa.tenancy.models import Membership, Role
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import HOURLY, Pair, drain
from tests.outsourcing.test_pages_reading import at_most
from tests.outsourcing.test_statement import log
from tickets.services import lifecycle


@pytest.fixture
def year(pair: Pair) -> Pair:
    """One completed late after a rejection, one declined, one out, one completed at once and on time."""
    log(pair, minutes=150)
    drain()
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    drain()
    with pair.lead() as by:
        ending.reject(pair.ticket, "Not yet.", by=by)
    drain()
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    drain()
    with pair.lead() as by, transaction.atomic():
        ending.approve(pair.ticket, by=by)
        row = Handover.objects.get(pk=pair.handover.pk)
        row.complete_by = row.submitted_at - timedelta(hours=1)
        row.save(update_fields=["complete_by"])
    declined, _out, done = (another(pair) for _ in range(3))
    with pair.service() as by:
        answering.decline(declined[1], "No time.", by=by)
        answering.accept(done[1], Company.objects.get(), by=by, title="Second")
    drain()
    with pair.lead() as by:
        ending.complete(done[0], by=by)
        row = Handover.objects.get(pk=done[1].pk)
        row.complete_by = row.ended_at + timedelta(hours=1)
        row.save(update_fields=["complete_by"])
    drain()
    return pair


def another(pair: Pair) -> tuple[Any, Handover]:
    with pair.lead() as by:
        ticket = lifecycle.create(by=by, title="Another", company=Company.objects.get())
        lifecycle.accept(ticket, by=by)
        return ticket, sending.send(ticket, pair.handover.partnership, Draft(**HOURLY), by=by)  # type: ignore[arg-type]


def test_both_sides_read_the_same_figures(year: Pair) -> None:
    with year.lead() as by:
        (lead,) = scores(Side.LEAD, by)
    with year.service() as by:
        (service,) = scores(Side.SERVICE, by)
    assert lead.figures() == service.figures()
    assert (lead.sent, lead.accepted, lead.answered, lead.acceptance) == (4, 2, 3, 67)
    assert (lead.right, lead.complete, lead.first_time_right) == (1, 2, 50)
    assert (lead.in_time, lead.dated, lead.on_time) == (1, 2, 50)
    assert (lead.minutes, lead.authorised, lead.hours) == (150, 600, 25)
    assert (lead.open_number, lead.open_value) == (1, {"EUR": Decimal("350.00")})
    assert lead.answer is not None and timedelta(0) <= lead.answer < timedelta(minutes=5)


def ought(handover: Handover) -> tuple[bool, int | None, int | None]:
    """What a handover's kept columns say, computed from the rows they stand for."""
    sent_back = Move.objects.filter(handover=handover, name="rejected").exists()
    redone = Handover.objects.filter(rework_of=handover, sent_at__isnull=False).exists()
    first = Statement.objects.filter(handover=handover).order_by("pk").first()
    if first is None:
        return not (sent_back or redone), None, None
    terms = Terms.objects.get(handover=handover, version=handover.terms_version)
    return not (sent_back or redone), first.minutes, terms.authorised_minutes


def test_what_is_kept_for_the_figures_is_what_the_rows_say(year: Pair) -> None:
    with year.lead() as by:
        former = Handover.objects.filter(status="complete").order_by("-pk")[0]
        assert former.is_right
        ticket = LeadSide.objects.get(handover=former).ticket
        again = Draft(**{**HOURLY, "cost_rate": Decimal(0)}, rework_of=str(former.key))  # type: ignore[arg-type]
        sending.prepare(ticket, former.partnership, again, by=by)
        assert Handover.objects.get(pk=former.pk).is_right, "a draft is no rework yet"
        sending.send(ticket, former.partnership, again, by=by)
    for side in (year.lead, year.service):
        with side():
            rows = list(Handover.objects.order_by("pk"))
            assert [(row.is_right, row.minutes, row.minutes_authorised) for row in rows] == [ought(row) for row in rows]
    assert [row.is_right for row in rows] == [False, True, True, False, True]
    with year.lead() as by:
        (found,) = scores(Side.LEAD, by)
    assert (found.right, found.complete) == (0, 2)


def test_an_old_offer_does_not_count_and_nothing_is_a_share_of_nothing(pair: Pair) -> None:
    with pair.lead() as by:
        with transaction.atomic():
            row = Handover.objects.get(pk=pair.handover.pk)
            row.sent_at = timezone.now() - timedelta(days=400)
            row.save(update_fields=["sent_at"])
        (found,) = scores(Side.LEAD, by)
    assert (found.sent, found.acceptance, found.answer, found.hours) == (0, None, None, None)


@pytest.mark.parametrize(("part", "whole", "expected"), [(1, 3, 33), (2, 3, 67), (1, 2, 50), (5, 4, 125), (0, 0, None)])
def test_shares_are_whole_per_cent(part: int, whole: int, expected: int | None) -> None:
    assert percent(part, whole) == expected


@pytest.mark.parametrize(("member", "slug"), [("max", "nordlicht"), ("gunta", "baltic")])
def test_each_figure_opens_a_list_of_what_it_counts(year: Pair, member: str, slug: str) -> None:
    client = sign_in(getattr(year, member))
    page = client.get(f"/{slug}/outsourcing/partners/{year.handover.partnership.key}/scorecard/")
    assert page.status_code == 200 and "<svg" in page.content.decode()
    numbers = [len(client.get(href).context["list"].rows) for *_line, href in page.context["lines"]]
    assert numbers == [3, 2, 1, 1, 2, 1]


def test_the_overview_costs_the_same_for_any_number_of_partners(year: Pair) -> None:
    client = sign_in(year.max)
    client.get("/nordlicht/outsourcing/scorecards/")
    with at_most(12):
        assert "Baltic Service" in client.get("/nordlicht/outsourcing/scorecards/").content.decode()


def test_a_chart_has_no_style_of_its_own_and_marks_what_is_over_the_whole() -> None:
    drawn = bars([("<b>Hours</b>", 130, "violet"), ("Nothing", None, "teal")])
    assert "style=" not in drawn and "&lt;b&gt;" in drawn and "tone-red" in drawn and "130 %" in drawn and "–" in drawn


def test_partner_reports_are_for_all_and_administrators(year: Pair, sam: Membership) -> None:
    at = f"/nordlicht/outsourcing/partners/{year.handover.partnership.key}/scorecard/"
    assert sign_in(sam).get(at.replace("nordlicht", "atlas")).status_code == 404
    with acting(year.max):
        role = Role.objects.get(code="technician")
    for level, status in (("none", 403), ("outsource", 403), ("partners", 403), ("all", 200)):
        with acting(year.max):
            Membership.objects.filter(pk=year.max.pk).update(role=role, outsourcing_level=level)
        for url in (at, "/nordlicht/outsourcing/scorecards/", "/nordlicht/outsourcing/reports/outsourced/"):
            assert sign_in(year.max).get(url).status_code == status, (level, url)
