"""Who sees and does what in the portal, tried on every address (hostile tests A1, A2, A6, A10, W5, X1)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from psa.directory.models import Company, Contact
from psa.journal.models import Entry
from psa.mail.models import OutgoingMail
from psa.tenancy import scope
from psa.tenancy import services as tenants
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied
from psa.tenancy.models import Membership, Tenant
from tests.conftest import acting
from tests.tickets import stages
from tests.workflows.portal.conftest import HOME, as_customer, ask, browser, in_state, offered, rows
from tests.workflows.portal.test_door import addresses
from tests.workflows.stage import approver
from tickets.models import Acceptance, Attachment, Audience, Category, Note, Queue, Status, Ticket
from tickets.services import checklists
from tickets.services.merging import merge
from workflows.models import Decision, PortalAccess, SharedRequest, Sight
from workflows.services import approvers, customer_words, portal_access

CANARY = "CanarySecret"


def path_of(one: Any, args: dict[str, Any], home: str = HOME) -> str:
    return home + re.sub(r"<\w+:(\w+)>", lambda found: str(args[found[1]]), one.pattern._route)


def merged(first: Ticket, into: Ticket, max: Membership) -> None:
    with acting(max) as by:
        merge(first, into, by=by)


# A1 -------------------------------------------------------------------------------------------------------------------
def test_a1_every_address_with_another_customers_ids(
    cleo: Contact, fred: Contact, dirk: Contact, max: Membership
) -> None:
    upload = SimpleUploadedFile(f"{CANARY}.txt", b"x", "text/plain")
    with scope.tenant(fred.tenant_id):
        asked = customer_words.Asked(fred.company, CANARY, CANARY, is_shared=True)
        theirs = customer_words.open_request(fred, asked, [upload], by=as_customer(fred))
        key = Attachment.objects.get().key
        other = Contact.objects.create(company=fred.company, name=CANARY)
        with acting(max) as by:
            seat = approvers.add(fred.company, fred, by=by)
            deputy = approvers.appoint(seat, other, date(2026, 3, 2), date(2100, 1, 1), by=by)
    offered(theirs, max)
    given = {"number": theirs.number, "key": key, "pk": fred.pk, "approver": seat.pk, "deputy": deputy.pk}
    tried = 0
    for contact in (cleo, dirk):
        client = browser(contact)
        with scope.tenant(fred.tenant_id):
            before = rows()
        for one in addresses():
            if not {"number", "pk", "approver"} & set(one.pattern.converters):
                continue
            for method in ("get", "post"):
                answer = getattr(client, method)(path_of(one, given), {"text": "x", "stay": 0, "version": 1})
                assert answer.status_code in {404, 405}, (one.name, method, answer.status_code)
                assert CANARY not in answer.content.decode()
                tried += 1
        with scope.tenant(fred.tenant_id):
            assert rows() == before
    assert tried > 60


def test_a1_a_session_of_one_company_opens_no_other(cleo: Contact, atlas: Tenant) -> None:
    client = browser(cleo)
    for one in addresses():
        if not one.pattern.converters:
            answer = client.get(path_of(one, {}, "/atlas/portal/"))
            assert answer.status_code in {200, 303, 404, 405}
            assert cleo.name not in answer.content.decode()
    key = client.cookies["tandem_portal"].value
    stranger = Client()
    stranger.cookies["tandem_portal"] = key
    assert stranger.get("/atlas/portal/")["Location"].startswith("/atlas/portal/sign-in/")


def test_a1_members_and_strangers_stay_at_the_door(cleo: Contact, max: Membership) -> None:
    ticket = ask(cleo)
    given = {"number": ticket.number, "key": ticket.key, "pk": cleo.pk, "approver": 1, "deputy": 1}
    with scope.tenant(cleo.tenant_id):
        before = rows()
    for one in addresses():
        for method in ("get", "post"):
            answer = getattr(Client(), method)(path_of(one, given))
            if one.name in {"sign_in", "code", "code_again", "sign_out", "logo", "enter"}:
                continue
            assert answer.status_code in {303, 405}, one.name
    with scope.tenant(cleo.tenant_id):
        assert rows() == before


# A2, A10 --------------------------------------------------------------------------------------------------------------
def test_a2_ids_of_others_in_forms_are_refused(
    cleo: Contact, dirk: Contact, fred: Contact, atlas: Tenant, max: Membership
) -> None:
    with scope.tenant(atlas):
        stranger = Category.objects.create(name="Atlas secret")
    with scope.tenant(cleo.tenant_id):
        Category.objects.create(name="Network")
        portal_access.serve(cleo, [(company_of("Tochter"), Sight.OWN)], by=Actor.system("test"))
    ticket = ask(cleo)
    for one in (cleo, dirk, fred):
        approver(max, one)
    offered(ticket, max)
    client = browser(cleo)
    new = {"title": "x", "text": "y", "company": cleo.company_id, "share": ""}
    for wrong in (
        {"company": fred.company_id},
        {"company": "999999"},
        {"category": stranger.pk},
        {"type": "1"},
        {"share": "everybody"},
    ):
        answer = client.post(f"{HOME}requests/new/", {**new, **wrong})
        assert answer.status_code == (303 if "type" in wrong else 422), wrong
    path = f"{HOME}requests/{ticket.number}/estimate/pass/"
    assert client.post(path, {"to": fred.pk}).status_code == 422
    assert client.post(path, {"to": dirk.pk}).status_code == 303
    with scope.tenant(cleo.tenant_id):
        assert list(Decision.objects.values_list("said", "passed_to")) == [("passed", dirk.pk)]


def company_of(name: str) -> Company:
    return Company.objects.create(name=name)


def test_a10_more_fields_than_the_form_has_change_nothing(cleo: Contact, dirk: Contact) -> None:
    client = browser(cleo)
    more = {
        "status": "closed",
        "company": dirk.company_id,
        "contact": dirk.pk,
        "priority": 1,
        "assignee": 1,
        "source": "phone",
    }
    client.post(f"{HOME}requests/new/", {"title": "x", "text": "y", "share": "", **more})
    profile = {"name": "Cleo", "language": "en", "email": "x@y.example", "is_administrator": "on", "company": 1}
    client.post(f"{HOME}profile/", profile)
    with scope.tenant(cleo.tenant_id):
        ticket = Ticket.objects.get()
        assert (ticket.status, ticket.contact, ticket.priority, ticket.assignee) == (Status.NEW, cleo, 3, None)
        kept = Contact.objects.get(pk=cleo.pk)
        assert (kept.name, kept.email) == ("Cleo", cleo.email)
        assert not PortalAccess.objects.get(contact=cleo).is_administrator


# A6 -------------------------------------------------------------------------------------------------------------------
def test_a6_speaking_for_another_company_widens_nothing(
    cleo: Contact, dirk: Contact, fred: Contact, other_company: Company, max: Membership
) -> None:
    """Cleo sees her own of Hansen; she speaks for Freitag and reads what is shared there, and nothing else of it."""
    own, shared_here = ask(cleo), ask(dirk, "Of Dirk, shared", shared=True)
    shared_there, private_there = ask(fred, "Of Fred, shared", shared=True), ask(fred, "Of Fred alone")
    with acting(max) as by:
        portal_access.serve(cleo, [(other_company, Sight.COMPANY)], by=by)
    client = browser(cleo)
    seen = {ticket.pk: client.get(f"{HOME}requests/{ticket.number}/").status_code for ticket in
            (own, shared_here, shared_there, private_there)}  # fmt: skip
    assert list(seen.values()) == [200, 404, 200, 404]
    for query in ("", "?whose=company", "?whose=company&state=all", "?whose=company&q=Of", "?whose=everybody"):
        page = client.get(f"{HOME}requests/{query}").content.decode()
        assert "Of Dirk, shared" not in page and "Of Fred alone" not in page, query
    assert "Of Fred, shared" in client.get(f"{HOME}requests/?whose=company").content.decode()
    new = {"title": "For Freitag", "text": "x", "share": "company", "company": other_company.pk}
    assert client.post(f"{HOME}requests/new/", new).status_code == 303
    with acting(max) as by:
        portal_access.serve(cleo, [(other_company, Sight.OWN)], by=by)
    client = browser(cleo)
    assert client.get(f"{HOME}requests/{shared_there.number}/").status_code == 404
    assert "For Freitag" in client.get(f"{HOME}requests/").content.decode()
    with acting(max) as by:
        portal_access.serve(cleo, [], by=by)
    client = browser(cleo)
    assert "For Freitag" not in client.get(f"{HOME}requests/").content.decode()
    assert client.get(f"{HOME}requests/{own.number}/").status_code == 200


def test_a6_sharing_asks_for_the_right_to_see_the_companys(cleo: Contact, dirk: Contact, eva: Contact) -> None:
    ticket = ask(cleo, shared=True)
    found = [browser(who).get(f"{HOME}requests/{ticket.number}/").status_code for who in (cleo, dirk, eva)]
    assert found == [200, 404, 200]


def test_what_is_not_for_the_customer_shows_nowhere(cleo: Contact, max: Membership, queue: Queue) -> None:
    ticket = ask(cleo)
    with acting(max) as by:
        for audience in (Audience.INTERNAL, Audience.CUSTOMER):
            Note.objects.create(
                ticket=ticket, audience=audience, author=max, author_name=max.name, text=f"{audience} words"
            )
        stages.make(Ticket.objects.get(pk=ticket.pk), "accept", by)
    client = browser(cleo)
    page = client.get(f"{HOME}requests/{ticket.number}/").content.decode()
    assert "customer words" in page and "internal words" not in page and queue.name not in page
    assert ticket.title not in client.get(f"{HOME}requests/?q=internal").content.decode()


def test_of_a_checklist_the_customer_reads_what_is_visible_to_them_and_not_who_ticked_it(
    cleo: Contact, max: Membership
) -> None:
    """It-house spec, "Checklists": visible to the customer."""
    ticket = in_state(ask(cleo), max, "accept")
    with acting(max) as by:
        checklists.add_item(ticket, "internal step", by=by, evidence="note")
        shown = checklists.add_item(ticket, "Phones tested", by=by, evidence="note", for_customer=True)
    path = f"{HOME}requests/{ticket.number}/"
    assert "Open" in browser(cleo).get(path).content.decode().partition("Phones tested")[2][:80]
    with acting(max) as by:
        checklists.tick(shown, by=by, proof="by Gunta of Baltic")
    page = browser(cleo).get(path).content.decode()
    assert "Phones tested" in page and "#square-check" in page.partition('id="steps"')[2]
    assert "internal step" not in page and "Gunta" not in page and max.name not in page.partition('id="steps"')[2]


def test_deleted_and_insourced_requests_are_gone(cleo: Contact, max: Membership) -> None:
    gone, received = ask(cleo), ask(cleo)
    with scope.tenant(cleo.tenant_id):
        Ticket.objects.filter(pk=gone.pk).update(deleted_at=gone.created_at)
        Ticket.objects.filter(pk=received.pk).update(source="insourced")
    client = browser(cleo)
    assert [client.get(f"{HOME}requests/{one.number}/").status_code for one in (gone, received)] == [404, 404]
    assert "The phones are dead" not in client.get(f"{HOME}requests/?state=all").content.decode()


def test_both_numbers_lead_to_the_survivor_and_a_merge_widens_nothing(
    cleo: Contact, eva: Contact, max: Membership
) -> None:
    first, second = ask(cleo, "One"), ask(cleo, "Two", shared=True)
    merged(first, second, max)
    client = browser(cleo)
    assert client.get(f"{HOME}requests/{first.number}/")["Location"] == f"{HOME}requests/{second.number}/"
    assert browser(eva).get(f"{HOME}requests/{second.number}/").status_code == 404
    with scope.tenant(cleo.tenant_id):
        assert not SharedRequest.objects.exists()


# W5 -------------------------------------------------------------------------------------------------------------------
def test_w5_without_the_right_or_over_the_limit_the_page_says_why_and_refuses(
    cleo: Contact, dirk: Contact, hanna: Contact, max: Membership
) -> None:
    ticket = ask(cleo)
    approver(max, hanna)
    estimate = offered(ticket, max)
    path = f"{HOME}requests/{ticket.number}/estimate/"
    for limit in ("", "300"):
        if limit:
            approver(max, cleo, limit)
        client = browser(cleo)
        page = client.get(path).content.decode()
        assert "You cannot accept it" in page and f"{path}accept/" not in page
        assert client.post(f"{path}accept/", {"version": 1, "sha256": estimate.sha256}).status_code == 409
    assert browser(dirk).get(path).status_code == 404  # no approver, and not his request
    with scope.tenant(cleo.tenant_id):
        assert Ticket.objects.get().status == Status.ESTIMATED
        assert not Decision.objects.exists()


def test_w5_the_right_to_accept_work_is_asked(cleo: Contact, eva: Contact, max: Membership) -> None:
    ticket = in_state(ask(cleo, shared=True), max, "accept", "start", "submit")
    client = browser(eva)
    path = f"{HOME}requests/{ticket.number}/review/"
    assert "You cannot accept the solution" in client.get(path).content.decode()
    assert client.post(f"{path}accept/", {"stay": ticket.stay}).status_code == 409
    with scope.tenant(cleo.tenant_id):
        assert Ticket.objects.get().status == Status.WAITING_SOLUTION_REVIEW
        assert not Acceptance.objects.exists()


def test_w4_reading_the_pages_decides_nothing(cleo: Contact, max: Membership) -> None:
    approver(max, cleo)
    asked, done = ask(cleo), in_state(ask(cleo), max, "accept", "start", "submit")
    offered(asked, max)
    client = browser(cleo)
    with scope.tenant(cleo.tenant_id):
        before = rows()
    for one in addresses():
        if "number" in one.pattern.converters and "key" not in one.pattern.converters:
            for method in ("get", "head", "options"):
                for ticket in (asked, done):
                    getattr(client, method)(path_of(one, {"number": ticket.number, "pk": 1}))
    with scope.tenant(cleo.tenant_id):
        assert rows() == before


# Who manages access ---------------------------------------------------------------------------------------------------
def test_only_who_looks_after_contacts_gives_access(
    cleo: Contact, fred: Contact, dirk: Contact, ada: Membership
) -> None:
    with acting(ada) as by, pytest.raises(Denied):
        portal_access.take(cleo, by=by)
    with scope.tenant(cleo.tenant_id):
        for who, whom in ((cleo, dirk), (dirk, fred)):
            with pytest.raises(Denied):
                portal_access.change(whom, by=as_customer(who), sees="company")
        with pytest.raises(Denied):
            portal_access.serve(cleo, [(fred.company, "company")], by=as_customer(dirk))
        assert not Entry.objects.filter(kind__in=("contact.portal_changed", "contact.portal_taken")).exists()


# X1 -------------------------------------------------------------------------------------------------------------------
CORPUS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "data:text/html,<script>alert(1)</script>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "{{ 7*7 }}{% load x %}",
    "\u202egnp.exe",
    "a" * 1000,
)


@pytest.mark.parametrize("payload", CORPUS)
def test_x1_what_is_typed_in_the_portal_is_only_text(cleo: Contact, dirk: Contact, payload: str) -> None:
    with scope.tenant(cleo.tenant_id):
        Contact.objects.filter(pk=cleo.pk).update(name=payload[:120])
    cleo.name = payload[:120]
    client = browser(cleo)
    upload = SimpleUploadedFile("a" + payload[:60].replace("/", "_") + ".txt", b"x", "text/plain")
    new = {"title": payload[:200], "text": payload, "share": "", "upload": upload}
    number = client.post(f"{HOME}requests/new/", new)["Location"].rsplit("/", 2)[1]
    client.post(f"{HOME}requests/{number}/messages/", {"text": payload})
    for path in (
        "",
        "requests/",
        f"requests/{number}/",
        f"requests/{number}/cancel/",
        "profile/",
        f"requests/?q={payload[:50]}",
    ):
        page = client.get(HOME + path).content.decode()
        for raw in ("<script>alert", "<img src=x", "<svg/onload", 'href="javascript:', "<math"):
            assert raw not in page, (path, raw)
    with scope.tenant(cleo.tenant_id):
        assert "\u202e" not in Ticket.objects.get().title
        for mail in OutgoingMail.objects.exclude(code="portal_invitation"):
            assert "<script>alert" not in mail.html and "<img src=x" not in mail.html and "\n" not in mail.subject


def test_a_place_for_the_customer_is_no_place_for_members(max: Membership, nordlicht: Tenant) -> None:
    """The role "contact" that a tenant has for members opens no portal either."""
    tenants.add_member(nordlicht, "who@nordlicht.example", "Who", "contact")
    client = Client()
    client.post(f"{HOME}sign-in/", {"email": "who@nordlicht.example"})
    with scope.tenant(nordlicht):
        assert not OutgoingMail.objects.filter(code="portal_code").exists()
