"""Saved views of the dashboard: kept under a name, renamed, deleted, and nobody else's (desk spec "Lists", spec §8)."""

from __future__ import annotations

import pytest
from django.test import Client

from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import Pair
from tickets.models import SavedView
from tickets.services import saved_views

AT = "/nordlicht/outsourcing/"
HERE = "/nordlicht/tickets/saved-views/"


def save(client: Client, name: str, query: str = "folder=running&overdue=1") -> int:
    sent = {"list": "outsourcing", "name": name, "query": query, "next": f"{AT}?{query}"}
    return client.post(f"{HERE}save/", sent).status_code


def names(member: Membership) -> list[str]:
    with acting(member) as by:
        return [view.name for view in saved_views.of(by)]


def test_the_form_above_the_list_saves_what_it_shows(pair: Pair) -> None:
    client = sign_in(pair.max)
    listing = client.get(f"{AT}?folder=running&overdue=1&sort=-complete_by&q=switch").context["list"]
    assert save(client, "Too late", listing.query) == 302
    page = client.get(f"{AT}?folder=unsent")
    (found,) = page.context["list"].saved.views
    assert found == ("Too late", f"{AT}?{listing.query}", False)
    again = client.get(found[1]).context
    assert (again["folder"].code, again["list"].asked["overdue"], again["list"].q) == ("running", True, "switch")
    assert again["list"].saved.views[0][2], "it says that this is where one is"


def test_a_name_is_one_members_own_once_a_list(pair: Pair) -> None:
    client = sign_in(pair.max)
    save(client, "Mine", "folder=unsent")
    save(client, "Mine", "folder=approval")
    assert names(pair.max) == ["Mine"]
    with acting(pair.max):
        assert SavedView.objects.get().query == "folder=approval"


def test_a_view_is_renamed_and_deleted_on_its_page(pair: Pair) -> None:
    client = sign_in(pair.max)
    save(client, "One")
    save(client, "Two")
    with acting(pair.max) as by:
        pk = saved_views.of(by).get(name="One").pk
    assert "One" in client.get(HERE).content.decode()
    taken = client.post(f"{HERE}{pk}/rename/", {"name": "Two"})
    assert taken.status_code == 422 and names(pair.max) == ["One", "Two"]
    assert client.post(f"{HERE}{pk}/rename/", {"name": ""}).status_code == 422
    assert client.post(f"{HERE}{pk}/rename/", {"name": "Three"}).status_code == 302
    assert names(pair.max) == ["Three", "Two"]
    assert client.post(f"{HERE}{pk}/delete/").status_code == 302
    assert names(pair.max) == ["Two"]


def test_nobody_sees_or_touches_a_colleagues_view(pair: Pair, ada: Membership) -> None:
    save(sign_in(pair.max), "Of Max")
    with acting(pair.max) as by:
        pk = saved_views.of(by).get().pk
    client = sign_in(ada)
    assert "Of Max" not in client.get(HERE).content.decode()
    for verb in ("rename", "delete"):
        assert client.post(f"{HERE}{pk}/{verb}/", {"name": "Stolen"}).status_code == 404
    assert names(pair.max) == ["Of Max"]


@pytest.mark.parametrize("sent", [{"name": ""}, {"name": "x" * 61}, {"list": "no list"}, {"query": "x" * 1001}])
def test_what_is_no_view_is_not_saved(pair: Pair, sent: dict[str, str]) -> None:
    client = sign_in(pair.max)
    client.post(f"{HERE}save/", {"list": "outsourcing", "name": "A view", "query": "", **sent})
    assert names(pair.max) == []


def test_a_saved_query_grants_nothing(pair: Pair) -> None:
    """It is read like any address: what is not declared is as if it were not there."""
    client = sign_in(pair.max)
    save(client, "Odd", "folder=nowhere&partner=1&lead=2&evil=1")
    url = client.get(AT).context["list"].saved.views[0][1]
    assert client.get(url).context["folder"].code == "mine"


def test_there_is_an_end_to_it(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_views, "MOST", 1)
    client = sign_in(pair.max)
    save(client, "One")
    save(client, "Two")
    assert names(pair.max) == ["One"]
