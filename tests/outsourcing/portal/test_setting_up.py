"""Setting a portal company up from an invitation (outsourcing spec §10)."""

from __future__ import annotations

from typing import Any

from django.test import Client

from outsourcing.models import Invitation, Partnership, PartnershipSide
from outsourcing.services import partners
from psa.directory.models import Company
from psa.tenancy import doors, scope
from psa.tenancy import services as tenants
from psa.tenancy.models import Membership, Tenant, User
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import drain
from tests.outsourcing.portal.conftest import FORM, Portal
from tickets.models import Queue


def test_one_page_sets_it_up_joins_the_partnership_and_lands_on_the_dashboard(link: str, max: Membership) -> None:
    client = Client()
    assert "Set up my company" in client.get(link).content.decode()
    page = client.get(f"{link}company/")
    assert page.status_code == 200 and "Ivo@ozols.example" in page.content.decode()
    answer = client.post(f"{link}company/", FORM)
    assert (answer.status_code, answer["Location"]) == (302, "/ozols-montaza/outsourcing/")
    assert client.get(answer["Location"]).status_code == 200
    drain()
    tenant = doors.tenant_named("ozols-montaza")
    assert tenant is not None and tenant.is_portal
    assert (tenant.language, tenant.time_zone, tenant.currency, tenant.country) == ("lv", "Europe/Riga", "EUR", "LV")
    with acting(max):
        assert Invitation.objects.get().status == "accepted"
        assert Partnership.objects.get().service_name == "Ozols Montāža"
    with doors.sign_in_pages():
        assert User.objects.get(email="ivo@ozols.example").check_password(FORM["password"])


def test_the_lead_is_its_one_company_and_bill_to_with_a_hidden_queue_and_mapping_done(ozols: Portal) -> None:
    with scope.tenant(ozols.tenant):
        company = Company.objects.get()
        side = PartnershipSide.objects.select_related("company", "queue").get()
        assert (company.name, side.company, side.queue) == ("Nordlicht IT", company, Queue.objects.get(is_default=True))


def test_the_whole_page_is_kept_when_something_is_missing(link: str) -> None:
    page = Client().post(f"{link}company/", {**FORM, "password": "short"})
    assert page.status_code == 422
    assert "Ozols Montāža" in page.content.decode()
    assert doors.tenant_named("ozols-montaza") is None


def test_b3_a_link_alone_never_opens_somebodys_account(link: str, atlas: Tenant) -> None:
    """Ivo has an account already: the page asks him to sign in, and a forged POST gets no further."""
    tenants.add_member(atlas, "ivo@ozols.example", "Ivo", "technician", password="his own secret")
    for method in ("get", "post"):
        answer = getattr(Client(), method)(f"{link}company/", FORM)
        assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/?next=")
    assert doors.tenant_named("ozols-montaza") is None
    with doors.sign_in_pages():
        assert User.objects.get(email="ivo@ozols.example").check_password("his own secret")


def test_who_has_an_account_but_no_such_company_sets_one_up_and_keeps_the_password(link: str, atlas: Tenant) -> None:
    member = tenants.add_member(atlas, "ivo@ozols.example", "Ivo", "technician", password="his own secret")
    client = sign_in(member)
    page = client.get(f"{link}company/").content.decode()
    assert 'name="password"' not in page
    assert client.post(f"{link}company/", {**FORM, "password": ""}).status_code == 302
    with doors.sign_in_pages():
        assert User.objects.get(email="ivo@ozols.example").check_password("his own secret")
    assert client.get("/ozols-montaza/outsourcing/").status_code == 200


def test_whoever_manages_partners_somewhere_accepts_there(link: str, atlas: Tenant) -> None:
    member = tenants.add_member(atlas, "ivo@ozols.example", "Ivo", "dispatcher")
    answer = sign_in(member).post(f"{link}company/", FORM)
    assert (answer.status_code, answer["Location"]) == (302, link)
    assert doors.tenant_named("ozols-montaza") is None


def test_b3_signed_in_as_somebody_else_nothing_is_set_up(link: str, ada: Membership) -> None:
    page = sign_in(ada).post(f"{link}company/", FORM)
    assert page.status_code == 409 and "ada@nordlicht.example" in page.content.decode()
    assert doors.tenant_named("ozols-montaza") is None


def test_b3_the_link_is_good_once_and_a_void_one_for_nothing(link: str, ozols: Portal, max: Membership) -> None:
    assert Client().post(f"{link}company/", {**FORM, "company": "Another"}).status_code == 410
    assert Client().get("/invitations/made-up/company/").status_code == 410
    assert doors.tenant_named("another") is None


def test_two_companies_of_one_name_get_two_addresses_and_none_takes_the_portals_own(db: None) -> None:
    assert tenants.free_address("Operator") == "operator-2"
    tenants.create_tenant("Ozols", "ozols")
    assert tenants.free_address("Ozols!") == "ozols-2"
    assert tenants.free_address("東京") == "company"


def test_a_second_lead_is_entered_like_the_first(ozols: Portal, sam: Membership, monkeypatch: Any) -> None:
    """It is a company with Partners by now, so it accepts with the page everybody has."""
    secrets, issue = [], doors.issue
    monkeypatch.setattr(partners.doors, "issue", lambda *args: secrets.append(issue(*args)) or secrets[-1])
    with acting(sam) as by:
        partners.invite(Company.objects.create(name="Ozols"), "ivo@ozols.example", "Ivo", by=by)
    answer = ozols.client.post(f"/invitations/{secrets[0]}/accept/", {"desk": "ozols-montaza"})
    assert answer.status_code == 302
    with scope.tenant(ozols.tenant):
        assert set(Company.objects.values_list("name", flat=True)) == {"Nordlicht IT", "Atlas Support"}
        assert not PartnershipSide.objects.filter(company=None).exists()
