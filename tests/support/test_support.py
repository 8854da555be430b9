"""The installation's support looks in: let in for a time, to read, and every look written down (desk spec)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import DatabaseError, connection, models, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from psa.directory.models import Company
from psa.journal.models import Entry, Origin
from psa.mail.models import OutgoingMail
from psa.operators.models import Act
from psa.support import services
from psa.support.models import SupportGrant
from psa.tenancy import doors, entrance, scope
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership, Tenant, User
from psa.tenancy.services import add_member
from tests import held
from tests.access_stage import World, a_desk, with_a_partner
from tests.access_table import CHANGED, PATHS
from tests.conftest import acting, needs_postgres, sign_in

PAGE = "/nordlicht/support/"
TICKETS = "/nordlicht/tickets/"
LOOKED_AT = "let in to look"


@pytest.fixture
def grant(max: Membership, olga: Client) -> SupportGrant:
    """Max let everybody of the support look in for an hour."""
    with acting(max) as by:
        return services.grant("", 1, "The list is slow", by=by)


def operator(email: str, name: str) -> Client:
    with scope.platform("test"):
        user = User.objects.create_user(email, "a secret", name=name, is_operator=True)
        client = Client()
        client.force_login(user)
    return client


def entries(tenant: int, kind: str = "support.") -> list[Entry]:
    with scope.tenant(tenant):
        return list(Entry.objects.filter(kind__startswith=kind).order_by("pk"))


# Letting in and taking back -------------------------------------------------------------------------------------------
def test_without_a_grant_an_operator_is_a_stranger(olga: Client, max: Membership) -> None:
    for path in ("/nordlicht/", TICKETS, PAGE):
        assert olga.get(path).status_code == olga.post(path).status_code == 404
    assert entries(max.tenant_id) == []


def test_let_in_an_operator_sees_what_an_administrator_sees(olga: Client, grant: SupportGrant, ticket: Any) -> None:
    page = olga.get(f"{TICKETS}{ticket.number}/")
    assert page.status_code == 200 and "VPN drops every morning" in page.content.decode()
    for path in ("/nordlicht/", "/nordlicht/roles/", "/nordlicht/sign-in/rules/", "/nordlicht/outsourcing/", PAGE):
        assert olga.get(path).status_code == 200, path


def test_every_page_says_so(olga: Client, grant: SupportGrant, max: Membership, ticket: Any) -> None:
    for path in (TICKETS, f"{TICKETS}{ticket.number}/", "/nordlicht/people/", "/nordlicht/nothing-here/"):
        said = olga.get(path, follow=True).content.decode()
        assert "support-banner" in said or "nothing-here" in path, path
    said = olga.get(TICKETS).content.decode()
    assert "Max Petersen" in said and "The list is slow" in said and "/operator/support/" in said
    assert "support-banner" not in sign_in(max).get(TICKETS).content.decode()


def test_the_other_administrators_are_told_in_their_language(
    nordlicht: Tenant, olga: Client, max: Membership, ada: Membership, gunta: Membership, sam: Membership
) -> None:
    made = [add_member(nordlicht, f"{name}@nordlicht.example", name, "administrator") for name in ("berta", "carl")]
    told, left = made
    with scope.platform("test: another language"):
        User.objects.filter(pk=told.user_id).update(language="de")
    with acting(max) as by:
        Membership.objects.filter(pk=left.pk).update(is_active=False)
        with pytest.raises(Refused):
            services.grant("", 2, "x", by=by)
        assert not OutgoingMail.objects.exists(), "a refusal tells nobody"
        services.grant("", 4, "The list is slow", by=by)
        (sent,) = OutgoingMail.objects.filter(code="support_granted")
    assert (sent.to_address, sent.language) == ("berta@nordlicht.example", "de")
    assert "Max Petersen" in sent.subject and "Nordlicht IT" in sent.subject
    assert "4 Stunden" in sent.text and "The list is slow" in sent.text and PAGE in sent.text
    assert "weil Sie Administrator" in sent.text, "and it says why it comes"
    for member in (gunta, sam):
        with scope.tenant(member.tenant_id):
            assert not OutgoingMail.objects.exists()
    assert [one.kind for one in entries(max.tenant_id)] == ["support.granted"], "audited as ever"


def test_only_this_company(olga: Client, grant: SupportGrant, gunta: Membership, sam: Membership) -> None:
    assert olga.get(TICKETS).status_code == 200
    for slug in ("baltic", "atlas", "nobody"):
        assert olga.get(f"/{slug}/tickets/").status_code == 404, slug
    assert entries(gunta.tenant_id) == [] == entries(sam.tenant_id)


def test_a_named_operator_and_nobody_else(max: Membership) -> None:
    one, other = operator("one@tandem.example", "One"), operator("other@tandem.example", "Other")
    with acting(max) as by:
        (key,) = [key for key, name in services.people() if name == "One"]
        services.grant(key, 4, "x", by=by)
    assert one.get(TICKETS).status_code == 200 and other.get(TICKETS).status_code == 404


def test_it_ends_by_the_clock(olga: Client, grant: SupportGrant) -> None:
    assert olga.get(TICKETS).status_code == 200
    with time_machine.travel(grant.ends_at - timedelta(seconds=5), tick=False):
        assert olga.get(TICKETS).status_code == 200
    with time_machine.travel(grant.ends_at + timedelta(seconds=1), tick=False):
        assert olga.get(TICKETS).status_code == 404
        assert "Nordlicht" not in olga.get("/operator/support/").content.decode()


def test_taken_back_it_ends_with_the_next_click(olga: Client, grant: SupportGrant, max: Membership) -> None:
    browser = sign_in(max)
    assert olga.get(TICKETS).status_code == 200
    assert browser.post(f"{PAGE}{grant.pk}/revoke/").status_code == 302
    assert olga.get(TICKETS).status_code == 404
    assert browser.post(f"{PAGE}{grant.pk}/revoke/").status_code == 409
    assert [one.kind for one in entries(max.tenant_id)] == ["support.granted", "support.looked", "support.revoked"]


def test_who_is_no_operator_any_more_finds_nothing(olga: Client, grant: SupportGrant) -> None:
    assert olga.get(TICKETS).status_code == 200
    with scope.platform("test"):
        User.objects.filter(email="olga@tandem.example").update(is_operator=False)
    assert olga.get(TICKETS).status_code == 404


def test_a_suspended_company_lets_nobody_in(olga: Client, grant: SupportGrant, nordlicht: Tenant) -> None:
    with scope.platform("test"):
        Tenant.objects.filter(pk=nordlicht.pk).update(suspended_at=timezone.now())
    assert olga.get(TICKETS).status_code == 404


def test_b15_a_session_another_companys_provider_opened_is_no_operators(
    olga: Client,
    grant: SupportGrant,
    atlas: Tenant,
) -> None:
    session = olga.session
    session[entrance.OPENS] = atlas.pk
    session.save()
    assert olga.get(TICKETS).status_code == 404 and olga.get("/operator/").status_code == 404


def test_a_company_that_asks_for_a_second_factor_asks_the_support_too(
    olga: Client,
    grant: SupportGrant,
    nordlicht: Tenant,
) -> None:
    with scope.tenant(nordlicht):
        Tenant.objects.update(second_factor="administrators")
    assert olga.get(TICKETS)["Location"].startswith("/accounts/second-factor/")


def test_only_an_administrator_lets_in_and_a_day_is_the_most(max: Membership, ada: Membership, olga: Client) -> None:
    with acting(ada) as by, pytest.raises(Denied):
        services.grant("", 1, "x", by=by)
    with acting(max) as by:
        for hours in (0, -1, 25, 10**6):
            with pytest.raises(Refused, match="support_ends_within_a_day"):
                services.grant("", hours, "x", by=by)
        with pytest.raises(Refused, match="support_is_nobody"):
            services.grant("somebody", 1, "x", by=by)
    browser = sign_in(max)
    for wrong in ({"hours": "48", "reason": "x"}, {"hours": "1", "reason": ""}, {"hours": "1", "reason": "x" * 501}):
        assert browser.post(PAGE, wrong).status_code == 422
    with scope.tenant(max.tenant_id):
        assert not SupportGrant.objects.exists() and not Entry.objects.filter(kind__startswith="support.").exists()
    assert sign_in(ada).get(PAGE).status_code == 403


# Nothing is changed ---------------------------------------------------------------------------------------------------
@pytest.fixture
def nord(max: Membership, baltic: Tenant, olga: Client) -> World:
    """A company with something of everything; its stage has let the support in."""
    return with_a_partner(a_desk(max, "CanaryNord", 6), baltic)


def everything(tenant: int) -> dict[str, Any]:
    with scope.tenant(tenant):
        return {model.__name__: held.rows(model) for model in CHANGED if model is not Entry}


def walk(check: Any) -> None:
    wrong = []
    for name, path in PATHS.items():
        cache.clear()
        try:
            with transaction.atomic():
                check(name, path)
                transaction.set_rollback(True)
        except Exception as error:
            wrong.append(f"{name}: {error!r}"[:400])
    assert not wrong, "\n".join(wrong)


def address(name: str, path: Any, w: World) -> str:
    return reverse(name, kwargs={"tenant": "nordlicht", **path.args(w)})


def test_nothing_can_be_changed_at_any_address(olga: Client, nord: World) -> None:
    before = everything(nord.tenant)

    def refused(name: str, path: Any) -> None:
        url = address(name, path, nord)
        for method in ("post", "put", "patch", "delete"):
            answer = getattr(olga, method)(url, path.form(nord) if path.form and method == "post" else {})
            assert answer.status_code == 403 and LOOKED_AT in answer.content.decode(), method
        assert everything(nord.tenant) == before
        assert [one.data["method"] for one in entries(nord.tenant, "support.refused")] == [
            "POST", "PUT", "PATCH", "DELETE",
        ]  # fmt: skip

    walk(refused)


def test_every_page_can_be_looked_at_without_a_trace_but_in_the_audit(olga: Client, nord: World) -> None:
    before = everything(nord.tenant)

    def looked(name: str, path: Any) -> None:
        url = address(name, path, nord)
        answer = olga.get(url)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert answer.status_code in {200, 204, 302, 403, 404, 405, 409}, answer.status_code
        if answer.status_code == 403:
            assert LOOKED_AT in body.decode()
        assert everything(nord.tenant) == before
        with scope.tenant(nord.tenant):
            told = Entry.objects.filter(kind="support.looked").order_by("-pk").first()
        assert told is not None and told.data["path"] == url and told.by_name == "Olga Operator (Support)"
        assert told.by_id is None and told.by_kind == "support"

    walk(looked)


def test_a_part_of_a_page_is_refused_with_words(olga: Client, grant: SupportGrant, ticket: Any) -> None:
    answer = olga.post(f"{TICKETS}{ticket.number}/add/", {"text": "x"}, HTTP_HX_REQUEST="true")
    assert (answer.status_code, answer["HX-Retarget"]) == (403, "#toasts")
    assert LOOKED_AT in answer.content.decode() and "<html" not in answer.content.decode()


def test_nothing_is_taken_out(olga: Client, grant: SupportGrant, ticket: Any, max: Membership) -> None:
    for path in (f"{TICKETS}?format=csv", "/nordlicht/audit/?format=csv", "/nordlicht/companies/?format=csv"):
        assert olga.get(path).get("Content-Type", "").startswith("text/html"), path
        assert sign_in(max).get(path)["Content-Type"].startswith("text/csv"), path


def test_what_is_written_while_looking_is_refused_by_the_managers(inside: Tenant, max: Membership) -> None:
    company = Company.objects.create(name="Reederei Hansen")
    with scope.reading():
        for change in (
            lambda: Company.objects.create(name="x"),
            lambda: Company.objects.update(name="x"),
            lambda: Company.objects.all().delete(),
            lambda: company.save(),
            lambda: company.delete(),
            lambda: Company.objects.bulk_create([Company(name="x")]),
            lambda: Entry.objects.erase(data={}),
            lambda: doors.remember(max.user, theme="dark"),
        ):
            with pytest.raises(scope.ReadOnly), transaction.atomic():
                change()
        assert [one.name for one in Company.objects.all()] == ["Reederei Hansen"]
    Company.objects.update(name="y")


@needs_postgres
def test_what_is_written_while_looking_is_refused_by_the_policies(inside: Tenant, max: Membership) -> None:
    """What raw code, or a mistake in the managers, would do."""
    company = Company.objects.create(name="Reederei Hansen")
    plain: Any = models.QuerySet(Company)
    with scope.reading():
        assert plain.count() == 1
        assert plain.update(name="x") == 0 and plain.filter(pk=company.pk)._raw_delete("default") == 0
        with pytest.raises(DatabaseError), transaction.atomic():
            plain.bulk_create([Company(name="x", tenant_id=inside.pk)])
        with scope.platform("test: the platform's scope does not widen it"):
            assert models.QuerySet(User).update(name="x") == 0
    assert plain.update(name="x") == 1
    with scope.platform("test"):
        assert models.QuerySet(User).update(name="x") == User.objects.count()


def test_reading_stays_in_every_scope_that_is_entered(nordlicht: Tenant, atlas: Tenant) -> None:
    with scope.tenant(nordlicht), scope.reading(), scope.tenant(atlas), pytest.raises(scope.ReadOnly):
        Company.objects.create(name="x")
    assert not scope.is_reading()


# What is written down -------------------------------------------------------------------------------------------------
def test_the_administrator_sees_who_looked_at_what_and_when(
    olga: Client,
    grant: SupportGrant,
    max: Membership,
    ticket: Any,
) -> None:
    olga.get(f"{TICKETS}{ticket.number}/", REMOTE_ADDR="203.0.113.7", HTTP_USER_AGENT="Firefox/140.0")
    olga.get(f"{TICKETS}?q=secret")
    olga.post(f"{TICKETS}{ticket.number}/add/", {"text": "x"})
    browser = sign_in(max)
    page = browser.get(PAGE).content.decode()
    for said in ("Olga Operator", f"{TICKETS}{ticket.number}/", "?q=secret", f"POST {TICKETS}{ticket.number}/add/"):
        assert said in page, said
    audit = browser.get("/nordlicht/audit/?area=supportgrant").content.decode()
    assert "Olga Operator" in audit and "203.0.113.7" in audit and "The list is slow" in audit
    with scope.tenant(max.tenant_id):
        assert Origin.objects.filter(member=None).exists()


def test_what_an_open_page_asks_again_is_one_look(olga: Client, grant: SupportGrant) -> None:
    part = {"HTTP_HX_REQUEST": "true"}
    for _ in range(5):
        olga.get("/nordlicht/counts/", **part)
    assert len(entries(grant.tenant_id, "support.fetched")) == 1
    for _ in range(2):
        olga.get(TICKETS)
    assert len(entries(grant.tenant_id, "support.looked")) == 2, "a page is a look each time"


def test_the_operators_own_log_says_it_once(olga: Client, grant: SupportGrant) -> None:
    for _ in range(3):
        olga.get(TICKETS)
    with doors.operating():
        assert [(one.kind, one.reason, one.by_name) for one in Act.objects.all()] == [
            ("tenant.looked_at", "The list is slow", "Olga Operator")
        ]
    assert "The list is slow" in olga.get("/operator/log/").content.decode()


def test_operators_see_where_they_may_look_in(olga: Client, grant: SupportGrant) -> None:
    page = olga.get("/operator/support/").content.decode()
    assert "Nordlicht IT" in page and 'href="/nordlicht/"' in page and "The list is slow" in page
    assert Client().get("/operator/support/").status_code == 404


def test_the_pages_cost_the_same_for_many(olga: Client, grant: SupportGrant, max: Membership) -> None:
    browser = sign_in(max)

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(PAGE).status_code == 200
        return len(seen)

    browser.get(PAGE)
    olga.get(TICKETS)
    few = statements()
    with acting(max) as by:
        for _ in range(5):
            services.grant("", 24, "x", by=by)
    for _ in range(10):
        olga.get(TICKETS)
    assert statements() <= few and few <= 12


def test_nothing_personal_is_a_guests(olga: Client, grant: SupportGrant, max: Membership) -> None:
    """What pages call "mine" is nobody's: no row has their membership."""
    with scope.tenant(max.tenant_id):
        assert not Membership.objects.filter(pk=0).exists()
    assert olga.get("/nordlicht/notifications/").status_code == 200
