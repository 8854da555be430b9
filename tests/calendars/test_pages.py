"""Calendars as their administrators keep them, and what every company begins with."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from psa.calendars import services
from psa.calendars.models import Calendar, CalendarVersion
from psa.directory import services as directory
from psa.journal.models import Entry
from psa.tenancy import scope
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership, Tenant
from tests.conftest import acting, sign_in
from tests.tickets.pages import sign_in_english, statements, text_of

PAGES = "/nordlicht/calendars/"


@pytest.fixture
def browser(max: Membership) -> Client:
    return sign_in_english(max)


def form(**typed: Any) -> dict[str, Any]:
    week = {f"day_{at}": "8:00–12:00, 13–17" for at in range(5)}
    return {"name": "Hamburg", "time_zone": "Europe/Berlin", "country": "DE", "region": "HH", **week, **typed}


def the(name: str) -> Calendar:
    return Calendar.objects.get(name=name)


def test_every_company_begins_with_office_hours_where_it_is_at_home(nordlicht: Tenant, baltic: Tenant) -> None:
    """Monday to Friday, eight to five, in the tenant's zone and country, named in its language."""
    for tenant, name, zone, country in (
        (nordlicht, "Bürozeiten", "Europe/Berlin", "DE"),
        (baltic, "Darba laiks", "Europe/Riga", "LV"),
    ):
        with scope.tenant(tenant):
            found = Calendar.objects.get()
            assert (found.name, found.time_zone, found.country, found.is_default) == (name, zone, country, True)
            assert found.week == [[[480, 1020]]] * 5 + [[], []]
            assert CalendarVersion.objects.get().number == found.version == 1


def test_a_calendar_is_added_with_several_windows_and_shows_its_year(browser: Client, inside: Tenant) -> None:
    assert browser.post(f"{PAGES}new/", form()).status_code == 302
    made = the("Hamburg")
    assert made.week[0] == [[480, 720], [780, 1020]] and made.week[5] == []
    page = text_of(browser.get(f"{PAGES}{made.pk}/?year=2026"))
    assert "Reformation Day" in page and "Epiphany" not in page and "8:00–12:00, 13:00–17:00" in page
    assert "Hamburg" in text_of(browser.get(PAGES))


def test_the_regions_offered_are_those_of_the_country_and_showing_them_saves_nothing(
    browser: Client, inside: Tenant
) -> None:
    answer = browser.post(f"{PAGES}new/", form(country="AT", regions="1"))
    assert answer.status_code == 200 and "Kärnten" in text_of(answer) and "Bayern" not in text_of(answer)
    assert Calendar.objects.count() == 1
    assert browser.post(f"{PAGES}new/", form(country="AT", region="HH")).status_code == 422


def test_a_closing_day_and_an_extra_working_day_are_put_in_and_taken_out(browser: Client, inside: Tenant) -> None:
    made = Calendar.objects.get()
    days = f"{PAGES}{made.pk}/days/"
    browser.post(days, {"day": "2026-03-04", "what": "closed", "label": "Outing"})
    browser.post(days, {"day": "2026-03-07", "what": "usual"})
    browser.post(days, {"day": "2026-03-08", "what": "hours", "hours": "10-12"})
    rules = Calendar.objects.get().rules
    found = [rules.windows(date(2026, 3, day)) for day in (4, 7, 8)]
    assert found == [(), ((480, 1020),), ((600, 720),)]
    page = text_of(browser.get(f"{PAGES}{made.pk}/?year=2026"))
    assert "Outing" in page and "Extra working day" in page
    browser.post(f"{days}drop/", {"day": "2026-03-04", "what": "closed"})
    assert Calendar.objects.get().rules.windows(date(2026, 3, 4)) and Calendar.objects.get().version == 5
    assert browser.post(days, {"day": "2026-03-09", "what": "hours", "hours": ""}).status_code == 422


def test_every_version_is_kept_as_it_stood(inside: Tenant, max: Membership) -> None:
    made = Calendar.objects.get()
    with acting(max) as by:
        services.edit(made, by=by, name="Büro")
        services.edit(made, by=by, region="BY")
        services.edit(made, by=by, region="BY")
    kept = CalendarVersion.objects.order_by("number").values_list("number", "region")
    assert list(kept) == [(1, ""), (2, "BY")]
    assert Entry.objects.filter(kind="calendar.edited").count() == 2


def test_another_becomes_the_default_one_and_the_old_one_can_go(browser: Client, inside: Tenant) -> None:
    browser.post(f"{PAGES}new/", form())
    made, first = the("Hamburg"), the("Bürozeiten")
    browser.post(f"{PAGES}{first.pk}/delete/")
    assert Calendar.objects.count() == 2
    browser.post(f"{PAGES}{made.pk}/default/")
    assert services.default() == made
    browser.post(f"{PAGES}{first.pk}/delete/")
    assert Calendar.objects.get() == made


def test_a_calendar_in_use_is_not_deleted_and_says_by_whom(browser: Client, max: Membership, company: Any) -> None:
    with acting(max) as by:
        made = services.add(by=by, name="Theirs", time_zone="UTC")
        directory.edit_company(company, by=by, calendar=made)
        with pytest.raises(Refused) as refused:
            services.delete(made, by=by)
    assert refused.value.code == "calendar_is_in_use" and refused.value.params["by"] == ["Reederei Hansen"]
    assert "Reederei Hansen" in text_of(browser.post(f"{PAGES}{made.pk}/delete/", follow=True))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "Bürozeiten"}, "There is a calendar called “Bürozeiten” already."),
        ({f"day_{at}": "" for at in range(5)}, "Working hours are needed"),
        ({"day_0": "8-12, 11-13"}, "Write hours as 8:00–12:00"),
        ({"time_zone": "Mars/Base"}, ""),
    ],
)
def test_what_makes_no_calendar_is_refused(browser: Client, inside: Tenant, typed: Any, said: str) -> None:
    answer = browser.post(f"{PAGES}new/", form(**typed))
    assert answer.status_code == 422 and said in text_of(answer)
    assert Calendar.objects.count() == 1


def test_who_may_not_manage_calendars_is_refused_by_page_and_service(ada: Membership, inside: Tenant) -> None:
    assert sign_in(ada).get(PAGES).status_code == 403
    made = Calendar.objects.get()
    with acting(ada) as by:
        for deed in (
            lambda: services.add(by=by, name="x"),
            lambda: services.edit(made, by=by, name="x"),
            lambda: services.put_day(made, date(2026, 3, 4), by=by),
            lambda: services.drop_day(made, date(2026, 3, 4), by=by),
            lambda: services.make_default(made, by=by),
            lambda: services.delete(made, by=by),
        ):
            with pytest.raises(Denied):
                deed()
    assert Calendar.objects.get().version == 1


def test_pages_cost_the_same_however_many_there_are(browser: Client, max: Membership) -> None:
    few = statements(browser, PAGES)
    with acting(max) as by:
        for number in range(8):
            services.add(by=by, name=f"Calendar {number}", time_zone="UTC")
    assert statements(browser, PAGES) == few <= 12
