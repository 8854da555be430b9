"""The people of a portal company, and what it says about itself (outsourcing spec §10)."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from psa.journal.models import Entry
from psa.mail.models import OutgoingMail
from psa.tenancy import doors, scope
from psa.tenancy import services as tenants
from psa.tenancy.models import Membership, Tenant, User
from tests.conftest import sign_in
from tests.outsourcing.portal.conftest import Portal
from tickets.models import QueueMember, Ticket

NEW = {"name": "Līga Ozola", "email": "Liga@ozols.example", "role": "technician", "language": "lv"}


def mails(tenant: Tenant) -> list[OutgoingMail]:
    with scope.tenant(tenant):
        return list(OutgoingMail.objects.filter(code="member_welcome"))


def test_the_administrator_adds_people_and_the_mail_lets_them_set_a_password(ozols: Portal, accepted: Ticket) -> None:
    answer = ozols.client.post("/ozols-montaza/partner-portal/people/", NEW)
    assert answer.status_code == 302
    (letter,) = mails(ozols.tenant)
    assert (letter.to_address, letter.language) == ("liga@ozols.example", "lv")
    found = re.search(r"/accounts/password/reset/key/\S+", letter.text)
    assert found is not None
    liga = Client()
    page = liga.get(found[0].rstrip("."), follow=True)
    assert page.status_code == 200
    new = {"password1": "liga-has-a-secret-1", "password2": "liga-has-a-secret-1"}
    assert liga.post(page.request["PATH_INFO"], new).status_code == 302
    assert (
        liga.post("/accounts/login/", {"login": "liga@ozols.example", "password": "liga-has-a-secret-1"}).status_code
        == 302
    )
    assert liga.get(f"/ozols-montaza/tickets/{accepted.number}/").status_code == 200
    with scope.tenant(ozols.tenant):
        assert QueueMember.objects.count() == 1


def test_the_link_dies_with_the_password_it_set(ozols: Portal) -> None:
    ozols.client.post("/ozols-montaza/partner-portal/people/", NEW)
    found = re.search(r"/accounts/password/reset/key/\S+", mails(ozols.tenant)[0].text)
    assert found is not None
    with doors.sign_in_pages():
        user = User.objects.get(email="liga@ozols.example")
        user.set_password("something-else-entirely")
        user.save()
    assert "password1" not in Client().get(found[0], follow=True).content.decode()


def test_nobody_is_added_twice_and_a_colleague_elsewhere_keeps_the_password(ozols: Portal, sam: Membership) -> None:
    assert (
        ozols.client.post("/ozols-montaza/partner-portal/people/", {**NEW, "email": "ivo@ozols.example"}).status_code
        == 422
    )
    assert (
        ozols.client.post("/ozols-montaza/partner-portal/people/", {**NEW, "email": "sam@atlas.example"}).status_code
        == 302
    )
    (letter,) = mails(ozols.tenant)
    assert "/accounts/password/" not in letter.text or sam.user.has_usable_password() is False


def test_who_is_deactivated_finds_nothing_from_the_next_click_on(ozols: Portal) -> None:
    ozols.client.post("/ozols-montaza/partner-portal/people/", NEW)
    with scope.tenant(ozols.tenant):
        liga = Membership.objects.get(email="liga@ozols.example")
    with scope.platform("test"):
        liga = Membership.objects.select_related("user").get(pk=liga.pk)
    browser = sign_in(liga)
    assert browser.get("/ozols-montaza/tickets/").status_code == 200
    assert ozols.client.post(f"/ozols-montaza/partner-portal/people/{liga.pk}/deactivate/").status_code == 302
    assert browser.get("/ozols-montaza/tickets/")["Location"].startswith("/accounts/login/"), "the session is over"
    with scope.platform("test"):
        liga.user.refresh_from_db()
    assert sign_in(liga).get("/ozols-montaza/tickets/").status_code == 404
    assert ozols.client.post(f"/ozols-montaza/partner-portal/people/{liga.pk}/link/").status_code == 409
    assert ozols.client.post(f"/ozols-montaza/partner-portal/people/{liga.pk}/reactivate/").status_code == 302
    assert sign_in(liga).get("/ozols-montaza/tickets/").status_code == 200


def test_one_administrator_stays(ozols: Portal) -> None:
    answer = ozols.client.post(f"/ozols-montaza/partner-portal/people/{ozols.ivo.pk}/deactivate/")
    assert answer.status_code == 409
    with scope.tenant(ozols.tenant):
        assert Membership.objects.get(pk=ozols.ivo.pk).is_active


def test_a_technician_manages_nobody_and_is_told_who_does(ozols: Portal, max: Membership) -> None:
    ozols.client.post("/ozols-montaza/partner-portal/people/", NEW)
    with scope.platform("test"):
        liga = Membership.objects.select_related("user").get(email="liga@ozols.example")
    browser = sign_in(liga)
    for path in ("people/", "company/"):
        page = browser.get(f"/ozols-montaza/partner-portal/{path}")
        assert page.status_code == 403 and "Ivo Ozols" in page.content.decode()
    assert browser.post(f"/ozols-montaza/partner-portal/people/{ozols.ivo.pk}/deactivate/").status_code == 403
    # another company's person is not there at all
    assert ozols.client.post(f"/ozols-montaza/partner-portal/people/{max.pk}/deactivate/").status_code == 404
    assert (
        ozols.client.post(
            "/ozols-montaza/partner-portal/people/", {**NEW, "email": "x@y.example", "role": "billing"}
        ).status_code
        == 422
    )


def test_the_company_changes_its_settings_and_old_and_new_are_kept(ozols: Portal) -> None:
    form = {"country": "EE", "language": "en", "time_zone": "Europe/Tallinn", "currency": "EUR"}
    assert ozols.client.post("/ozols-montaza/partner-portal/company/", form).status_code == 302
    with scope.tenant(ozols.tenant):
        entry = Entry.objects.get(kind="tenant.changed")
        assert entry.data["old"] == {"country": "LV", "language": "lv", "time_zone": "Europe/Riga"}
    assert ozols.tenant.time_zone == "Europe/Tallinn"
    wrong = {**form, "time_zone": "Mars/Crater", "is_portal": "", "name": "Stolen"}
    assert ozols.client.post("/ozols-montaza/partner-portal/company/", wrong).status_code == 422
    assert ozols.tenant.is_portal and ozols.tenant.name == "Ozols Montāža"


def test_the_people_page_asks_the_same_number_of_questions_for_many(
    ozols: Portal, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        tenants.add_member(ozols.tenant, f"p{number}@ozols.example", f"Person {number}", "technician")
    with django_assert_max_num_queries(14):
        assert ozols.client.get("/ozols-montaza/partner-portal/people/").status_code == 200
