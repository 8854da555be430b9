"""A tenant's address is a scope for as long as the answer takes, and for nobody but its members (A1, A11)."""

from __future__ import annotations

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client
from django.urls import path
from django.utils import timezone

from psa import urls
from psa.directory.models import Company
from psa.tenancy import scope
from psa.tenancy.models import Membership, Tenant
from tests.conftest import sign_in


def plain(request):
    names = ",".join(Company.objects.values_list("name", flat=True))
    return HttpResponse(f"{request.tenant.slug} {request.actor.name} {names}")


def stream(request):
    return StreamingHttpResponse(
        f"{name} {scope.current()};" for name in Company.objects.values_list("name", flat=True)
    )


def lazy_stream(request):
    def parts():
        yield "first;"
        yield from (f"{company.name};" for company in Company.objects.all())

    return StreamingHttpResponse(parts())


def broken(request):
    raise KeyError("a view that fails")


def outside(request):
    return HttpResponse(str(scope.current()))


urlpatterns = [
    path("outside/", outside),
    path("accounts/login/", outside, name="account_login"),
    path("<slug:tenant>/plain/", plain),
    path("<slug:tenant>/stream/", stream),
    path("<slug:tenant>/lazy/", lazy_stream),
    path("<slug:tenant>/broken/", broken),
    *urls.urlpatterns,
]

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture(autouse=True)
def companies(nordlicht, baltic):
    for tenant in (nordlicht, baltic):
        with scope.tenant(tenant):
            Company.objects.create(name=f"customer of {tenant.slug}")


@pytest.fixture(autouse=True)
def nothing_leaks():
    yield
    assert scope.current() is None


def test_a_member_works_in_the_tenants_scope(ada):
    assert sign_in(ada).get("/nordlicht/plain/").content == b"nordlicht Ada Brandt customer of nordlicht"


def test_a_stranger_is_told_there_is_no_such_page(ada):
    browser = sign_in(ada)
    for address in ("/baltic/plain/", "/nowhere/plain/", "/baltic/stream/", "/baltic/broken/"):
        answer = browser.get(address)
        assert answer.status_code == 404
        assert b"Baltic" not in answer.content and b"customer of" not in answer.content


@pytest.mark.parametrize("who_left", ["member", "tenant"])
def test_who_left_is_told_the_same(ada, nordlicht, who_left):
    browser = sign_in(ada)
    with scope.platform("test: leave"):
        if who_left == "member":
            Membership.objects.filter(pk=ada.pk).update(is_active=False)
        else:
            Tenant.objects.filter(pk=nordlicht.pk).update(suspended_at=timezone.now())
    assert browser.get("/nordlicht/plain/").status_code == 404


def test_somebody_not_signed_in_is_sent_to_the_door(nordlicht):
    for slug in ("nordlicht", "nowhere"):
        answer = Client().get(f"/{slug}/plain/?q=1")
        assert (answer.status_code, answer.url) == (302, f"/accounts/login/?next=/{slug}/plain/%3Fq%3D1")


def test_a_streamed_answer_stays_in_its_scope_to_the_end(ada, nordlicht):
    browser = sign_in(ada)
    assert b"".join(browser.get("/nordlicht/stream/")) == f"customer of nordlicht {nordlicht.pk};".encode()
    assert b"".join(browser.get("/nordlicht/lazy/")) == b"first;customer of nordlicht;"


def test_a_streamed_answer_lends_its_scope_to_nobody(ada, baltic):
    """The server asks for the next part whenever it can; what runs in between is not in the scope."""
    parts = iter(sign_in(ada).get("/nordlicht/lazy/"))
    assert next(parts) == b"first;"
    assert scope.current() is None
    with scope.tenant(baltic):
        assert next(parts) == b"customer of nordlicht;"
        assert scope.current() == baltic.pk


def test_a_failing_view_leaves_no_scope_behind(ada):
    browser = sign_in(ada)
    browser.raise_request_exception = False
    assert browser.get("/nordlicht/broken/").status_code == 500
    assert scope.current() is None
    assert browser.get("/outside/").content == b"None"


def test_two_requests_in_a_row_do_not_meet(ada, gunta):
    for browser, name in ((sign_in(ada), b"nordlicht"), (sign_in(gunta), b"baltic")) * 2:
        assert browser.get(f"/{name.decode()}/plain/").content.endswith(b"customer of " + name)
        assert browser.get("/outside/").content == b"None"


def test_the_sign_in_pages_see_people_and_no_tenants_rows(db):
    assert Client().get("/accounts/login/").content == b"platform"


def test_the_member_is_looked_up_anew_with_every_request(ada):
    browser = sign_in(ada)
    assert browser.get("/nordlicht/plain/").status_code == 200
    with scope.platform("test: rename"):
        Membership.objects.filter(pk=ada.pk).update(name="Ada B.")
    assert b"Ada B." in browser.get("/nordlicht/plain/").content
