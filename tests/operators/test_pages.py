"""The operators' pages: for whoever runs the installation, and for nobody else is there anything."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from outsourcing.services import partners
from psa import leases
from psa.directory.models import Company
from psa.journal.models import Entry
from psa.lanes import delivery, lanes
from psa.lanes.models import Event, Lane
from psa.mail.models import OutgoingMail
from psa.operators import services, urls
from psa.operators.models import Act
from psa.operators.services import Operator
from psa.tenancy import doors, scope
from psa.tenancy import services as tenants
from psa.tenancy.models import Membership, Tenant
from tests.conftest import acting, sign_in

OLGA = Operator("Olga Operator", "olga@tandem.example")


def acts() -> list[tuple[str, str, str]]:
    with doors.operating():
        return list(Act.objects.order_by("pk").values_list("kind", "reason", "by_name"))


def tenant(slug: str) -> Tenant:
    found = doors.tenant_named(slug)
    assert found is not None
    return found


# For whom -------------------------------------------------------------------------------------------------------------
ARGS: dict[str, dict[str, Any]] = {
    name: {"slug": "nordlicht"} for name in ("tenant", "suspend", "resume", "upgrade", "fee")
}
ARGS["retry"] = {"pk": 1}
MONTH = {"slug": "nordlicht", "year": 2026, "month": 1, "currency": "EUR"}
FEES = {"fees": {}, "fee_month": MONTH, "bill_fees": MONTH}
EVERY = [
    *(reverse(f"operators:{one.name}", kwargs=ARGS.get(one.name or "")) for one in urls.urlpatterns),
    *(reverse(f"outsourcing:{name}", kwargs=args) for name, args in FEES.items()),
]


def test_no_address_under_operator_is_forgotten() -> None:
    names = {one.name for one in get_resolver("outsourcing.urls").url_patterns if isinstance(one, URLPattern)
             if str(one.pattern).startswith("operator/")}  # fmt: skip
    assert names == FEES.keys()


@pytest.mark.parametrize("url", EVERY)
def test_an_administrator_finds_nothing_under_operator_by_any_method(url: str, max: Membership, baltic: Tenant) -> None:
    for client in (sign_in(max), Client()):
        for method in ("get", "post"):
            answer = getattr(client, method)(url, {"reason": "x", "amount": "5", "name": "x", "person": "x"})
            assert answer.status_code in {404, 405}
            assert "Baltic" not in answer.content.decode()
    assert tenant("nordlicht").suspended_at is None and tenant("nordlicht").transaction_fee == 0
    assert acts() == []


def test_who_is_an_operator_no_longer_finds_nothing_from_the_next_click_on(olga: Client) -> None:
    assert olga.get("/operator/").status_code == 200
    call_command("operator", "olga@tandem.example", "--remove", stdout=io.StringIO())
    assert olga.get("/operator/").status_code == 404


def test_an_operator_is_a_stranger_inside_a_company(olga: Client, nordlicht: Tenant) -> None:
    assert olga.get("/nordlicht/tickets/").status_code == 404


def test_my_companies_leads_an_operator_to_the_pages(olga: Client) -> None:
    assert 'href="/operator/"' in olga.get("/").content.decode()


# What they show -------------------------------------------------------------------------------------------------------
def test_the_list_shows_who_is_there_and_nothing_of_theirs(
    olga: Client, max: Membership, ada: Membership, gunta: Membership
) -> None:
    with acting(max):
        Company.objects.create(name="CanaryCustomer")
    with scope.platform("test"):
        Tenant.objects.filter(slug="baltic").update(is_portal=True)
    page = olga.get("/operator/").content.decode()
    assert "Nordlicht IT" in page and "/nordlicht/" in page and "Baltic Service" in page
    assert "CanaryCustomer" not in page
    only = olga.get("/operator/?plan=portal").content.decode()
    assert "Baltic Service" in only and "Nordlicht IT" not in only
    assert "Baltic" not in olga.get("/operator/?q=nordl").content.decode()
    assert olga.get("/operator/tenants/nordlicht/").status_code == 200
    assert olga.get("/operator/tenants/nobody/").status_code == 404


def test_the_list_asks_the_same_number_of_questions_for_many(olga: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(15):
        tenants.add_member(
            tenants.create_tenant(f"Firm {number}", f"firm-{number}"), f"p{number}@x.example", "P", "sales"
        )
    with django_assert_max_num_queries(8):
        assert olga.get("/operator/").status_code == 200


@pytest.mark.parametrize("url", ["/operator/", "/operator/log/", "/operator/links/", "/operator/fees/"])
def test_every_page_says_what_to_do_while_it_is_empty(olga: Client, url: str) -> None:
    assert 'class="empty' in olga.get(url).content.decode()


# Creating -------------------------------------------------------------------------------------------------------------
NEW = {
    "name": "Fjord Teknik", "slug": "", "plan": "full", "country": "NO", "language": "en", "time_zone": "Europe/Oslo",
    "currency": "NOK", "person": "Nils Berg", "email": "nils@fjord.example",
}  # fmt: skip


def test_a_company_is_created_and_its_administrator_gets_the_way_in(olga: Client) -> None:
    assert olga.post("/operator/new/", NEW).status_code == 302
    made = tenant("fjord-teknik")
    assert (made.time_zone, made.currency, made.is_portal) == ("Europe/Oslo", "NOK", False)
    with scope.tenant(made):
        letter = OutgoingMail.objects.get()
        assert letter.code == "member_welcome" and "/accounts/password/reset/key/" in letter.text
        assert Membership.objects.select_related("role").get().role.code == "administrator"
    assert acts() == [("tenant.created", "", "Olga Operator")]


@pytest.mark.parametrize("slug", ["nordlicht", "operator", "accounts"])
def test_an_address_that_is_taken_is_refused_and_nothing_is_made(olga: Client, nordlicht: Tenant, slug: str) -> None:
    page = olga.post("/operator/new/", {**NEW, "slug": slug})
    assert page.status_code == 422 and "Fjord Teknik" in page.content.decode()
    assert doors.tenant_named("fjord-teknik") is None and acts() == []
    assert not doors.has_account("nils@fjord.example")


# Suspending -----------------------------------------------------------------------------------------------------------
def test_suspended_its_people_find_nothing_and_are_told_why(olga: Client, max: Membership) -> None:
    client = sign_in(max)
    assert olga.post("/operator/tenants/nordlicht/suspend/", {"reason": "Unpaid"}).status_code == 302
    assert client.get("/nordlicht/tickets/").status_code == 404
    page = client.get("/").content.decode()
    assert "Nordlicht IT" in page and "suspended" in page and "/nordlicht/" not in page and "Unpaid" not in page
    assert olga.post("/operator/tenants/nordlicht/resume/", {"reason": "Paid"}).status_code == 302
    assert client.get("/nordlicht/tickets/").status_code == 200
    assert acts() == [("tenant.suspended", "Unpaid", "Olga Operator"), ("tenant.resumed", "Paid", "Olga Operator")]


def test_a_reason_is_needed_and_twice_is_refused(olga: Client, nordlicht: Tenant) -> None:
    assert olga.post("/operator/tenants/nordlicht/suspend/", {"reason": ""}).status_code == 422
    assert olga.post("/operator/tenants/nordlicht/resume/", {"reason": "x"}).status_code == 409
    assert tenant("nordlicht").suspended_at is None and acts() == []
    olga.post("/operator/tenants/nordlicht/suspend/", {"reason": "x"})
    assert olga.post("/operator/tenants/nordlicht/suspend/", {"reason": "y"}).status_code == 409
    assert len(acts()) == 1


def test_its_links_open_nothing_until_it_is_let_in_again(
    olga: Client, max: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets, issue = [], doors.issue
    monkeypatch.setattr(partners.doors, "issue", lambda *args: secrets.append(issue(*args)) or secrets[-1])
    with acting(max) as by:
        partners.invite(Company.objects.create(name="Atlas"), "sam@atlas.example", "Sam", by=by)
    olga.post("/operator/tenants/nordlicht/suspend/", {"reason": "x"})
    assert Client().get(f"/invitations/{secrets[0]}/").status_code == 410
    assert Client().post(f"/invitations/{secrets[0]}/decline/").status_code == 410
    olga.post("/operator/tenants/nordlicht/resume/", {"reason": "y"})
    assert Client().get(f"/invitations/{secrets[0]}/").status_code == 200


def test_s5_events_to_it_wait_and_arrive_when_it_is_let_in_again(
    olga: Client, nordlicht: Tenant, baltic: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[int] = []
    monkeypatch.setitem(
        delivery._handlers, "test.news", delivery.Handler(lambda event: heard.append(event.seq), 1, None)
    )
    olga.post("/operator/tenants/baltic/suspend/", {"reason": "x"})
    _emit(nordlicht, baltic)
    delivery.drain()
    assert heard == []
    olga.post("/operator/tenants/baltic/resume/", {"reason": "y"})
    delivery.drain()
    assert heard == [1]


def _emit(source: Tenant, target: Tenant, text: str = "CanaryPayload") -> Lane:
    with scope.tenant(source), transaction.atomic():
        lane = lanes.open_lane("test:1", source.pk, target.pk)
        lanes.emit(lane, "test.news", {"text": text})
    return lane


# Plan and fee ---------------------------------------------------------------------------------------------------------
def test_upgrade_is_a_flag_once(olga: Client, baltic: Tenant) -> None:
    assert olga.post("/operator/tenants/baltic/upgrade/").status_code == 409
    with scope.platform("test"):
        Tenant.objects.filter(slug="baltic").update(is_portal=True)
    assert olga.post("/operator/tenants/baltic/upgrade/").status_code == 302
    assert not tenant("baltic").is_portal
    assert acts() == [("tenant.upgraded", "", "Olga Operator")]


def test_the_fee_of_a_lead_is_set_and_old_and_new_are_kept(olga: Client, nordlicht: Tenant) -> None:
    assert olga.post("/operator/tenants/nordlicht/fee/", {"amount": "2.50"}).status_code == 302
    assert str(tenant("nordlicht").transaction_fee) == "2.50"
    with doors.operating():
        assert Act.objects.get().data == {"old": "0.00", "new": "2.50"}
    for wrong in ("-1", "NaN", "1e9", ""):
        assert olga.post("/operator/tenants/nordlicht/fee/", {"amount": wrong}).status_code == 422
    assert str(tenant("nordlicht").transaction_fee) == "2.50"


# Link trouble ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def hanging(nordlicht: Tenant, baltic: Tenant, monkeypatch: pytest.MonkeyPatch) -> Lane:
    """One event from Nordlicht that Baltic cannot take over."""

    def broken(event: Event) -> None:
        raise leases.Permanent("file_missing")

    monkeypatch.setitem(delivery._handlers, "test.news", delivery.Handler(broken, 1, None))
    lane = _emit(nordlicht, baltic)
    delivery.drain()
    return lane


def test_link_trouble_shows_kind_size_age_and_code_and_never_what_it_carries(olga: Client, hanging: Lane) -> None:
    page = olga.get("/operator/links/").content.decode()
    for said in ("Nordlicht IT", "Baltic Service", "test.news", "file_missing", " B"):
        assert said in page
    assert "CanaryPayload" not in page


def test_an_operator_lets_a_link_try_again(
    olga: Client, hanging: Lane, baltic: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(delivery._handlers, "test.news", delivery.Handler(lambda event: None, 1, None))
    assert olga.post(f"/operator/links/{hanging.pk}/retry/").status_code == 302
    delivery.drain()
    assert "test.news" not in olga.get("/operator/links/").content.decode()
    assert [kind for kind, _, _ in acts()] == ["lane.retried"]
    with scope.tenant(baltic):
        assert Event.objects.get().outcome == Event.Outcome.APPLIED
        assert not Entry.objects.exists()


# Commands -------------------------------------------------------------------------------------------------------------
def test_the_commands_list_suspend_and_let_in_again(nordlicht: Tenant, ada: Membership) -> None:
    out = io.StringIO()
    call_command("suspend_tenant", "nordlicht", reason="Unpaid", stdout=out)
    assert tenant("nordlicht").suspended_at is not None
    call_command("tenants", stdout=out)
    assert "/nordlicht/\tNordlicht IT\tfull\t1\t" in out.getvalue() and "suspended" in out.getvalue()
    with pytest.raises(CommandError):
        call_command("suspend_tenant", "nordlicht", reason="Again", stdout=out)
    with pytest.raises(CommandError):
        call_command("suspend_tenant", "nobody", reason="x", stdout=out)
    call_command("suspend_tenant", "nordlicht", reason="Paid", undo=True, stdout=out)
    assert tenant("nordlicht").suspended_at is None
    assert [(kind, by) for kind, _, by in acts()] == [
        ("tenant.suspended", "manage.py"),
        ("tenant.resumed", "manage.py"),
    ]


def test_an_act_stays_as_it_was_written(nordlicht: Tenant) -> None:
    with doors.operating():
        services.suspend(nordlicht, "Unpaid", by=OLGA)
        for change in (lambda: Act.objects.update(reason="Forgotten"), lambda: Act.objects.all().delete()):
            with pytest.raises(Exception, match="only ever added to"):
                change()
