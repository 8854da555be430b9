"""The administrator contact of a company keeps its approvers in the portal: limits, turns, deputies with dates."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from psa.directory.models import Company, Contact
from psa.journal.models import Entry
from psa.tenancy import scope
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.tickets.pages import text_of
from tests.workflows.portal.conftest import HOME, as_customer, ask, browser, offered
from tests.workflows.portal.test_pages import count
from tests.workflows.stage import approver
from workflows.models import Approver, Deputy
from workflows.services import approvers, portal_access

PEOPLE, NEW = f"{HOME}people/", f"{HOME}people/approvers/new/"
TODAY = date.today()
DAYS = {"starts_on": (TODAY - timedelta(days=1)).isoformat(), "ends_on": (TODAY + timedelta(days=9)).isoformat()}


def of(contact: Contact) -> str:
    return f"{HOME}people/approvers/{seat(contact).pk}/"


def seat(contact: Contact) -> Approver:
    with scope.tenant(contact.tenant_id):
        return Approver.objects.select_related("company", "contact").get(contact=contact)


def form(contact: Contact, **more: Any) -> dict[str, Any]:
    return {"contact": contact.pk, "limit": "500,00", "currency": "EUR", "position": 1, **more}


def kept(contact: Contact) -> list[Any]:
    """What the journal and the tables have of approvers."""
    with scope.tenant(contact.tenant_id):
        tables = [list(model.objects.order_by("pk").values()) for model in (Approver, Deputy)]
        return [*tables, Entry.objects.filter(subject_type="company").count()]


def test_an_approver_is_named_changed_and_removed_with_an_entry_for_each(
    dirk: Contact, cleo: Contact, max: Membership
) -> None:
    client = browser(dirk)
    assert "Nobody is named yet." in text_of(client.get(PEOPLE))
    assert client.post(NEW, form(cleo)).status_code == 303
    assert "up to €500.00 net" in text_of(client.get(PEOPLE))
    assert client.post(of(cleo), {"limit": "", "currency": "EUR", "position": 2}).status_code == 303
    assert "without a limit" in text_of(client.get(PEOPLE))
    assert client.post(f"{of(cleo)}remove/").status_code == 303
    with scope.tenant(dirk.tenant_id):
        assert not Approver.objects.exists()
        entries = Entry.objects.filter(subject_type="company", kind__startswith="approver.").order_by("pk")
        assert [(one.kind, one.by_kind, one.by_name) for one in entries] == [
            (f"approver.{verb}", "contact", dirk.name) for verb in ("added", "edited", "removed")
        ]
    assert dirk.name in text_of(sign_in(max).get("/nordlicht/audit/"))


def test_a_deputy_decides_from_the_first_day_to_the_last(dirk: Contact, cleo: Contact, max: Membership) -> None:
    approver(max, dirk)
    client = browser(dirk)
    assert client.post(f"{of(dirk)}deputies/", {"contact": cleo.pk, **DAYS}).status_code == 303
    assert "today also Cleo Hansen" in text_of(client.get(PEOPLE))
    ticket = ask(dirk)
    found = offered(ticket, max)
    decides = browser(cleo)
    path = f"{HOME}requests/{ticket.number}/estimate/"
    assert decides.get(path).status_code == 200
    with scope.tenant(dirk.tenant_id):
        deputy = Deputy.objects.get()
    assert client.post(f"{of(dirk)}deputies/{deputy.pk}/end/").status_code == 303
    answer = decides.post(f"{path}accept/", {"version": 1, "sha256": found.sha256})
    assert answer.status_code == 404
    with scope.tenant(dirk.tenant_id):
        kinds = Entry.objects.filter(kind__startswith="deputy.").order_by("pk").values_list("kind", "by_name")
        assert list(kinds) == [("deputy.added", dirk.name), ("deputy.removed", dirk.name)]


def test_what_cannot_be_stands_on_the_form_and_changes_nothing(dirk: Contact, cleo: Contact, max: Membership) -> None:
    approver(max, cleo)
    client, before = browser(dirk), kept(dirk)
    for path, typed, said in (
        (NEW, form(cleo), "Select a valid choice"),
        (NEW, form(dirk, limit="-1"), "greater than or equal to 0"),
        (f"{of(cleo)}deputies/", {"contact": cleo.pk, **DAYS}, "Select a valid choice"),
        (f"{of(cleo)}deputies/", {"contact": dirk.pk, **DAYS, "ends_on": "2020-01-01"}, "end"),
    ):
        answer = client.post(path, typed)
        assert answer.status_code == 422 and said in text_of(answer), (path, typed)
    assert kept(dirk) == before


def test_a1_the_approvers_of_another_company_are_nobodys_here(
    dirk: Contact, fred: Contact, cleo: Contact, max: Membership
) -> None:
    """Dirk looks after Hansen's people; neither Freitag's nor, for Freitag, Hansen's are his to name."""
    approver(max, fred), approver(max, cleo)
    client, before = browser(dirk), kept(dirk)
    assert fred.name not in text_of(client.get(PEOPLE)) and fred.name not in text_of(client.get(NEW))
    for path, typed in (
        (of(fred), {"limit": "1", "currency": "EUR", "position": 1}),
        (f"{of(fred)}remove/", {}),
        (f"{of(fred)}deputies/", {"contact": dirk.pk, **DAYS}),
    ):
        assert client.post(path, typed).status_code == 404, path
    assert client.post(NEW, form(fred)).status_code == 422
    assert client.post(f"{of(cleo)}deputies/", {"contact": fred.pk, **DAYS}).status_code == 422
    with scope.tenant(dirk.tenant_id):
        with pytest.raises(Denied):
            approvers.add(fred.company, fred, by=as_customer(dirk))
        with pytest.raises(Denied):
            approvers.edit(seat(fred), by=as_customer(dirk), limit=None)
        with pytest.raises(Refused, match="contact_is_elsewhere"):
            approvers.add(dirk.company, fred, by=as_customer(dirk))
    assert kept(dirk) == before


def test_a6_speaking_for_a_company_does_not_make_one_its_administrator(
    dirk: Contact, fred: Contact, other_company: Company, max: Membership
) -> None:
    with acting(max) as by:
        portal_access.serve(dirk, [(other_company, "company")], by=by)
    approver(max, fred)
    client, before = browser(dirk), kept(dirk)
    assert fred.name not in text_of(client.get(PEOPLE))
    assert client.post(f"{of(fred)}remove/").status_code == 404
    assert kept(dirk) == before


def test_a7_whoever_looks_after_nobody_finds_no_such_page(
    dirk: Contact, eva: Contact, cleo: Contact, max: Membership, give: Any
) -> None:
    approver(max, cleo)
    before = kept(eva)
    tried = browser(eva)
    everything = (NEW, of(cleo), f"{of(cleo)}remove/", f"{of(cleo)}deputies/")
    assert {tried.post(path, form(eva)).status_code for path in everything} == {404}
    mine = browser(dirk)
    with acting(max) as by:
        portal_access.change(dirk, by=by, is_administrator=False)
    assert mine.post(NEW, form(dirk))["Location"].startswith(f"{HOME}sign-in/")
    assert {browser(dirk).post(path, form(dirk)).status_code for path in everything} == {404}
    with scope.tenant(eva.tenant_id), pytest.raises(Denied):
        approvers.add(eva.company, eva, by=as_customer(dirk))
    with scope.tenant(eva.tenant_id), pytest.raises(Denied):
        approvers.set_mode(eva.company, "all", by=as_customer(dirk))
    assert kept(eva) == before


def test_the_pages_say_who_cannot_come_in_and_read_as_much_for_many(
    dirk: Contact, company: Company, max: Membership
) -> None:
    client: Client = browser(dirk)

    def name(who: str) -> Contact:
        with scope.tenant(company.tenant_id):
            made = Contact.objects.create(company=company, name=who, email=f"{who.lower()}@hansen.example")
        approver(max, made)
        return made

    first = name("Olaf")
    assert "No access to the portal" in text_of(client.get(PEOPLE))
    assert "needs access to the portal" in text_of(client.get(of(first)))
    few = count(client, PEOPLE)
    for who in ("Pia", "Quirin", "Rosa"):
        name(who)
    assert count(client, PEOPLE) == few <= 14
    assert count(client, of(first)) <= 14
