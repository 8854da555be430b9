"""A form that adds something counts once, however often it is sent (hostile test N3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.db import IntegrityError, connection
from django.http import HttpResponse
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from psa.accounts import keeping
from psa.directory.models import Company
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from psa.web.access import View
from psa.web.models import SentForm
from psa.web.once import KEPT, counted, counts_once
from tests.conftest import acting, needs_postgres
from tests.races import race

pytestmark = pytest.mark.django_db
Sent = tuple[HttpResponse, list[str]]


@counts_once
def add(request: Any) -> HttpResponse:
    """A page that adds a company. It draws itself again without a name and for one that is taken, and says then whether
    it holds a transaction; one company is not to be, and what one needs is not there when all of it is to count."""
    name = request.POST["name"]
    try:
        if not name or Company.objects.filter(name=name).exists():
            raise Refused("name_missing")
        with counted(request) as sent:
            made = Company.objects.create(name=name)
            if name == "refused":
                raise Refused(name)
            if name == "crash":
                raise RuntimeError(name)
            if name == "no commit":
                SentForm.objects.create(member_id=0, key=uuid4())
            return sent.leads_to(f"/companies/{made.pk}/")
    except Refused:
        return HttpResponse(f"in a transaction: {connection.in_atomic_block}", status=422)


@counts_once
def lose(request: Any) -> HttpResponse:
    """A page that does not say where it leads."""
    with counted(request):
        Company.objects.create(name=request.POST["name"])
    return HttpResponse()


def plain(request: Any) -> HttpResponse:
    """The same words in a page that changes something: sent again they are said again."""
    with counted(request) as sent:
        Company.objects.create(name=request.POST["name"])
        return sent.leads_to("/companies/")


@pytest.fixture
def key() -> UUID:
    return uuid4()


def send(member: Membership, name: str, key: object = "", path: str = "/add/", view: View = add) -> Sent:
    """The answer and what was said."""
    request: Any = RequestFactory().post(path, {"name": name, "once": str(key)})
    request._messages = CookieStorage(request)
    with acting(member):
        request.member = member
        answer = view(request)
    return answer, [str(said) for said in request._messages]


def names(member: Membership) -> list[str]:
    with acting(member):
        return list(Company.objects.order_by("pk").values_list("name", flat=True))


def left(member: Membership) -> tuple[int, int]:
    """How many companies and how many keys there are."""
    with acting(member):
        return Company.objects.count(), SentForm.objects.count()


def test_n3_a_form_sent_again_leads_where_it_led_and_adds_nothing(max: Membership, key: UUID) -> None:
    first, said = send(max, "Hansen", key)
    assert not said
    again, said = send(max, "Hansen", key)
    assert (again.status_code, again["Location"]) == (303, first["Location"])
    assert len(said) == 1 and names(max) == ["Hansen"]


def test_a_form_without_a_key_is_taken_as_it_comes(max: Membership) -> None:
    for key in ("", "", "no key"):
        send(max, f"Hansen{len(names(max))}", key)
    assert len(names(max)) == 3
    with acting(max):
        assert not SentForm.objects.exists()


@pytest.mark.parametrize("wrong", ["", "refused"])
def test_a_corrected_form_goes_through_under_its_key(wrong: str, max: Membership, key: UUID) -> None:
    assert send(max, wrong, key)[0].status_code == 422
    assert left(max) == (0, 0)
    assert send(max, "Hansen", key)[0].status_code == 302
    assert send(max, "Hansen", key)[0].status_code == 303
    assert names(max) == ["Hansen"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("wrong", ["", "refused"])
def test_an_error_page_is_drawn_outside_a_transaction(wrong: str, max: Membership, key: UUID) -> None:
    assert send(max, wrong, key)[0].content == b"in a transaction: False"


def test_a_crash_leaves_neither_the_work_nor_the_key(max: Membership, key: UUID) -> None:
    with pytest.raises(RuntimeError):
        send(max, "crash", key)
    assert left(max) == (0, 0)
    assert send(max, "Hansen", key)[0].status_code == 302


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_fails_leaves_neither_the_work_nor_the_key(max: Membership, key: UUID) -> None:
    with pytest.raises(IntegrityError):
        send(max, "no commit", key)
    assert left(max) == (0, 0)
    assert send(max, "Hansen", key)[0].status_code == 302


def test_work_that_does_not_say_where_it_leads_is_not_done(max: Membership, key: UUID) -> None:
    with pytest.raises(RuntimeError):
        send(max, "Hansen", key, view=lose)
    assert left(max) == (0, 0)


@pytest.mark.parametrize("view", [add.__wrapped__, plain])  # type: ignore[attr-defined]
def test_a_form_that_gets_through_meanwhile_leads_this_one_on(view: View, max: Membership, key: UUID) -> None:
    """Two at once: the other is through when this one is found wrong because of it, or when it claims its key."""

    @counts_once
    def late(request: Any) -> HttpResponse:
        answer: HttpResponse = send(max, "Hansen", key)[0] and view(request)
        return answer

    answer, said = send(max, "Hansen", key, view=late)
    assert answer.status_code == 303 and answer["Location"] != "/companies/" and len(said) == 1
    assert left(max) == (1, 1)


def test_a_page_that_changes_something_does_so_each_time(max: Membership, key: UUID) -> None:
    for _time in range(2):
        assert send(max, "Hansen", key, view=plain)[0].status_code == 302
    assert left(max) == (2, 0)


def test_the_same_key_elsewhere_is_another_form(max: Membership, ada: Membership, gunta: Membership, key: UUID) -> None:
    for member in (max, ada, gunta):
        assert send(member, member.name, key)[0].status_code == 302
    assert send(max, "Another page", key, "/elsewhere/")[0].status_code == 302
    assert names(max) == [max.name, ada.name, "Another page"] and names(gunta) == [gunta.name]


def test_a_key_is_forgotten_after_a_week(max: Membership, key: UUID) -> None:
    send(max, "Hansen", key)
    send(max, "Petersen", other := uuid4())
    with acting(max):
        SentForm.objects.filter(key=key).update(at=timezone.now() - KEPT - timedelta(minutes=1))
    keeping.forget()
    with acting(max):
        assert SentForm.objects.get().key == other


def test_a_form_is_drawn_with_a_key_and_keeps_it_when_it_comes_back(key: UUID) -> None:
    requests = RequestFactory()
    draw: Callable[[Any], str] = lambda request: Template("{% once %}").render(Context({"request": request}))  # noqa: E731
    assert f'name="once" value="{key}"' in draw(requests.post("/", {"once": str(key)}))
    fresh = {draw(requests.get("/")), draw(requests.get("/")), draw(requests.post("/", {"once": '"><b>'}))}
    assert len(fresh) == 3 and not any("<b>" in one for one in fresh)


@needs_postgres
@pytest.mark.django_db(transaction=True)
def test_n3_a_form_sent_by_four_at_once_counts_once(max: Membership, key: UUID) -> None:
    answers = race(*[lambda: send(max, "Hansen", key)] * 4)
    assert not [one for one in answers if isinstance(one, Exception)], answers
    assert sorted(answer.status_code for answer, _said in answers) == [302, 303, 303, 303]
    assert len({answer["Location"] for answer, _said in answers}) == 1
    assert names(max) == ["Hansen"]
