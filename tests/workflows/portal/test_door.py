"""The portal's door: codes, links, sessions (hostile tests B2, B4, B5, B6, B11, W4, A7)."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from psa.directory import erasing
from psa.directory import services as book
from psa.directory.models import Contact
from psa.journal.models import Entry
from psa.mail.models import OutgoingMail
from psa.tenancy import scope
from psa.tenancy.models import Membership, Tenant
from tests.conftest import acting, sign_in
from tests.workflows.portal.conftest import HOME, ask, browser, code_of, in_state, offered, path_in, rows
from tests.workflows.stage import approver
from tickets.models import Ticket
from tickets.services import customer_mails
from workflows import links
from workflows.models import PortalAccess, PortalCode, PortalSession
from workflows.portal import door
from workflows.services import estimates, portal_access

SIGN_IN, CODE = f"{HOME}sign-in/", f"{HOME}sign-in/code/"


def is_in(client: Client) -> bool:
    return client.get(f"{HOME}profile/").status_code == 200


def link_for(contact: Contact, number: int, name: str = "request") -> str:
    with scope.tenant(contact.tenant_id):
        return links.page(name, "nordlicht", number, contact)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


# B2 -------------------------------------------------------------------------------------------------------------------
def test_b2_a_stranger_gets_the_same_answer_and_no_mail(cleo: Contact) -> None:
    answers = []
    for email in (cleo.email, "nobody@hansen.example"):
        client = Client()
        answer = client.post(SIGN_IN, {"email": email})
        page = client.get(CODE).content.decode().replace(email, "…")
        token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        answers.append((answer.status_code, answer["Location"], len(page.replace(token, ""))))
    assert answers[0] == answers[1]
    with scope.tenant(cleo.tenant_id):
        assert OutgoingMail.objects.filter(code="portal_code").count() == 1
        assert PortalCode.objects.count() == 1


def test_b2_a_stranger_waits_as_long(cleo: Contact, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "STEADY", 0.3)
    for email in (cleo.email, "nobody@hansen.example"):
        begun = time.monotonic()
        Client().post(SIGN_IN, {"email": email})
        assert time.monotonic() - begun >= 0.3


@pytest.mark.parametrize("code", ["", " ", "0", "None", "null"])
def test_b2_an_empty_code_matches_nothing(cleo: Contact, code: str) -> None:
    client = Client()
    for email in (cleo.email, "nobody@hansen.example"):
        client.post(SIGN_IN, {"email": email})
        assert client.post(CODE, {"code": code}).status_code == 422
        assert not is_in(client)


def test_b2_a_contact_without_an_address_is_nobody(cleo: Contact, max: Membership) -> None:
    with acting(max) as by:
        book.edit_contact(cleo, by=by, email="")
    client = Client()
    assert client.post(SIGN_IN, {"email": ""}).status_code == 422
    assert not is_in(client)


def test_b2_five_tries_and_the_code_is_void(cleo: Contact) -> None:
    client = Client()
    client.post(SIGN_IN, {"email": cleo.email})
    code = code_of(cleo)
    for _ in range(5):
        assert client.post(CODE, {"code": wrong(code)}).status_code == 422
    assert client.post(CODE, {"code": code}).status_code == 422
    assert not is_in(client)


def test_b2_a_code_lasts_fifteen_minutes_and_works_once(cleo: Contact) -> None:
    client = Client()
    client.post(SIGN_IN, {"email": cleo.email})
    code = code_of(cleo)
    with scope.tenant(cleo.tenant_id):
        row = PortalCode.objects.get()
        assert code not in row.hash and row.expires_at - row.sent_at == timedelta(minutes=15)
        PortalCode.objects.update(expires_at=timezone.now())
    assert client.post(CODE, {"code": code}).status_code == 422
    client.post(SIGN_IN, {"email": cleo.email})
    code = code_of(cleo)
    other = Client()
    other.cookies[door.PENDING] = client.cookies[door.PENDING].value
    assert client.post(CODE, {"code": f" {code[:3]} {code[3:]} "}).status_code == 303
    assert other.post(CODE, {"code": code}).status_code == 422
    assert not is_in(other)


# B11 ------------------------------------------------------------------------------------------------------------------
def test_b11_codes_are_counted_by_mailbox_known_or_not(cleo: Contact, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "portal_code": "2/h"}
    for email in (cleo.email.upper(), "nobody@hansen.example"):
        found = [Client().post(SIGN_IN, {"email": email}).status_code for _ in range(3)]
        assert found == [303, 303, 429]


def test_b11_knocking_is_counted_by_network_address(cleo: Contact, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "portal_door": "3/h"}
    found = [Client().post(SIGN_IN, {"email": f"x{n}@y.example"}).status_code for n in range(4)]
    assert found == [303, 303, 303, 429]
    assert Client(REMOTE_ADDR="192.0.2.9").post(SIGN_IN, {"email": cleo.email}).status_code == 303


def test_b11_requests_and_searches_are_counted(cleo: Contact, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "request": "1/h", "search": "2/m"}
    client = browser(cleo)
    form = {"title": "x", "text": "y", "share": ""}
    assert [client.post(f"{HOME}requests/new/", form).status_code for _ in range(2)] == [303, 429]
    assert [client.get(f"{HOME}requests/?q=x").status_code for _ in range(3)] == [200, 200, 429]
    assert client.get(f"{HOME}requests/?before=99999999999999999999&state=%27&whose=all").status_code == 429
    with scope.tenant(cleo.tenant_id):
        assert Ticket.objects.count() == 1


# W4 -------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_w4_opening_a_link_signs_nobody_in(cleo: Contact, method: str) -> None:
    ticket = ask(cleo)
    client = Client()
    with scope.tenant(cleo.tenant_id):
        before = Entry.objects.count(), OutgoingMail.objects.count(), PortalSession.objects.count()
    answer = getattr(client, method)(link_for(cleo, ticket.number))
    assert answer.status_code in {200, 405}
    assert ticket.title not in answer.content.decode()
    assert not is_in(client)
    with scope.tenant(cleo.tenant_id):
        assert (Entry.objects.count(), OutgoingMail.objects.count(), PortalSession.objects.count()) == before


# Every mail that takes a customer to a page of theirs, what brings it about, and the page.
MAILED = {
    "estimate_sent": ("estimate/", lambda ticket, max: offered(ticket, max)),
    "estimate_recorded": ("estimate/", lambda ticket, max: recorded(ticket, max)),
    "clarification_asked": ("", lambda ticket, max: in_state(ticket, max, "accept", "ask")),
    "public_note": ("", lambda ticket, max: mailed(ticket, max)),
    "review_notice": ("review/", lambda ticket, max: in_state(ticket, max, "accept", "start", "submit")),
    "request_news": ("", lambda ticket, max: in_state(ticket, max, "accept", "start", "submit", "take_back")),
}


def mailed(ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        customer_mails.send(ticket, "We come on Friday.", by=by)


def recorded(ticket: Ticket, max: Membership) -> None:
    found = offered(ticket, max)
    with acting(max) as by:
        estimates.record(found, "accepted", contact=ticket.contact, proof="call", text="On the phone.", by=by)


@pytest.mark.parametrize("code", MAILED)
def test_w4_the_link_in_each_mail_is_its_readers_own_and_a_scanner_changes_nothing(
    cleo: Contact, dirk: Contact, max: Membership, code: str
) -> None:
    """It leads to the door and not past it, however often a machine opens it; from the door to the page itself."""
    approver(max, cleo)
    ticket = ask(cleo)
    place, happens = MAILED[code]
    happens(ticket, max)
    link = path_in(cleo, code)
    with scope.tenant(cleo.tenant_id):
        before = rows()
    for method in ("head", "get", "options", "get"):
        scanner = Client()
        answer = getattr(scanner, method)(link)
        assert answer.status_code in {200, 405} and ticket.title not in answer.content.decode()
        assert not is_in(scanner)
    with scope.tenant(cleo.tenant_id):
        assert rows() == before
    assert browser(dirk).get(link).status_code == 200, "signed in as somebody else: the code is asked for again"
    client = Client()
    assert client.post(link)["Location"] == CODE
    assert client.post(CODE, {"code": code_of(cleo)})["Location"] == f"{HOME}requests/{ticket.number}/{place}"
    assert client.get(f"{HOME}requests/{ticket.number}/{place}").status_code == 200


def test_w4_every_reader_of_a_mail_has_a_link_of_their_own(cleo: Contact, dirk: Contact, max: Membership) -> None:
    approver(max, cleo), approver(max, dirk)
    offered(ask(cleo), max)
    own, others = path_in(cleo, "estimate_sent"), path_in(dirk, "estimate_sent")
    client = browser(cleo)
    assert client.get(own)["Location"].endswith("/estimate/")
    page = client.get(others).content.decode()
    assert "d•••@" in page and dirk.email not in page


def test_w4_a_forwarded_link_asks_the_mailbox_it_went_to(cleo: Contact, eva: Contact) -> None:
    ticket = ask(cleo)
    link = link_for(cleo, ticket.number)
    client = Client()
    page = client.get(link).content.decode()
    assert cleo.email not in page and "c•••@" in page
    assert client.post(link)["Location"] == CODE
    assert not is_in(client)
    with scope.tenant(cleo.tenant_id):
        assert set(OutgoingMail.objects.filter(code="portal_code").values_list("to_address")) == {(cleo.email,)}
    assert client.post(CODE, {"code": code_of(cleo)})["Location"] == f"{HOME}requests/{ticket.number}/"
    assert is_in(client)
    theirs = browser(eva)
    assert theirs.get(link).status_code == 200  # somebody else here: asked for a code, too
    assert theirs.get(f"{HOME}requests/{ticket.number}/").status_code == 404


def test_w4_a_link_of_ones_own_leads_on(cleo: Contact) -> None:
    ticket = ask(cleo)
    answer = browser(cleo).get(link_for(cleo, ticket.number, "estimate"))
    assert answer["Location"] == f"{HOME}requests/{ticket.number}/estimate/"


def test_w4_a_link_ends_with_its_month_its_signature_and_its_company(
    cleo: Contact, atlas: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = link_for(cleo, ask(cleo).number)
    client = Client()
    for path in (f"{link[:-2]}x/", link.replace("/nordlicht/", "/atlas/"), f"{HOME}enter/x/"):
        assert client.get(path).status_code == 303
        client.post(path)
    monkeypatch.setattr(links, "GOOD_FOR", -1)
    assert client.get(link)["Location"] == SIGN_IN
    client.post(link)
    with scope.tenant(cleo.tenant_id):
        assert not OutgoingMail.objects.filter(code="portal_code").exists()


# A7, B6 ---------------------------------------------------------------------------------------------------------------
ENDINGS: dict[str, Callable[[Contact, Any], Any]] = {
    "taken": lambda contact, by: portal_access.take(contact, by=by),
    "rights": lambda contact, by: portal_access.change(contact, by=by, accepts=False),
    "sessions": lambda contact, by: portal_access.end_sessions(contact, by=by),
    "address": lambda contact, by: book.edit_contact(contact, by=by, email="new@hansen.example"),
    "inactive": lambda contact, by: book.edit_contact(contact, by=by, is_active=False),
    "erased": lambda contact, by: erasing.anonymise(contact, by=by),
    "company": lambda contact, by: book.edit_company(contact.company, by=by, is_active=False),
}


@pytest.mark.parametrize("how", ENDINGS)
def test_a7_a_contact_whose_access_changed_keeps_nothing(cleo: Contact, max: Membership, how: str) -> None:
    ticket = ask(cleo)
    client, waiting = browser(cleo), Client()
    link = link_for(cleo, ticket.number)
    waiting.post(SIGN_IN, {"email": cleo.email})
    code = code_of(cleo)
    assert is_in(client)
    with acting(max) as by:
        ENDINGS[how](cleo, by)
    assert not is_in(client)
    answer = client.post(f"{HOME}requests/{ticket.number}/messages/", {"text": "Still me?"})
    assert answer["Location"].startswith(SIGN_IN)
    if how != "company":
        assert client.get(link)["Location"] == SIGN_IN
    assert waiting.post(CODE, {"code": code}).status_code == 422
    with scope.tenant(cleo.tenant_id):
        assert not Entry.objects.filter(kind="ticket.customer_wrote").exclude(data__note=None).exists()


def test_a7_access_given_again_does_not_revive_the_old(cleo: Contact, max: Membership) -> None:
    client, link = browser(cleo), link_for(cleo, 1)
    with acting(max) as by:
        portal_access.take(cleo, by=by)
        portal_access.give(cleo, by=by)
    assert not is_in(client)
    assert client.get(link)["Location"] == SIGN_IN


def test_a7_a_member_who_is_a_contact_stays_two_people(cleo: Contact, max: Membership, ada: Membership) -> None:
    member = sign_in(max)
    assert member.get(HOME).status_code == 303
    member.post(SIGN_IN, {"email": cleo.email})
    member.post(CODE, {"code": code_of(cleo)})
    assert member.get(HOME).status_code == 200 and member.get("/nordlicht/tickets/").status_code == 200
    assert max.name not in member.get(HOME).content.decode()
    member.post(f"{HOME}sign-out/")
    assert not is_in(member) and member.get("/nordlicht/tickets/").status_code == 200
    assert browser(cleo).get("/nordlicht/tickets/").status_code == 302


def test_b6_the_key_is_new_with_every_sign_in_and_kept_as_a_hash(cleo: Contact) -> None:
    client = Client()
    client.cookies[door.KEY] = "chosen-by-somebody-else"
    client.post(SIGN_IN, {"email": cleo.email})
    client.post(CODE, {"code": code_of(cleo)})
    first = client.cookies[door.KEY]
    assert first.value != "chosen-by-somebody-else"
    assert first["httponly"] and first["samesite"] == "Lax" and first["path"] == HOME
    with scope.tenant(cleo.tenant_id):
        assert first.value not in PortalSession.objects.get().hash
    client.post(SIGN_IN, {"email": cleo.email})
    client.post(CODE, {"code": code_of(cleo)})
    assert client.cookies[door.KEY].value != first.value
    old = Client()
    old.cookies[door.KEY] = first.value
    assert not is_in(old)


def test_b6_the_cookie_is_secure_where_the_site_is(cleo: Contact) -> None:
    client = Client()
    client.post(SIGN_IN, {"email": cleo.email}, secure=True)
    client.post(CODE, {"code": code_of(cleo)}, secure=True)
    assert client.cookies[door.KEY]["secure"]


def test_b6_signing_out_ends_the_session_itself(cleo: Contact) -> None:
    client = browser(cleo)
    key = client.cookies[door.KEY].value
    assert client.get(f"{HOME}sign-out/").status_code == 405
    client.post(f"{HOME}sign-out/")
    client.cookies[door.KEY] = key
    assert not is_in(client)


def test_b6_nobody_in_front_ends_it_and_so_does_a_fortnight(cleo: Contact, nordlicht: Tenant) -> None:
    for column, passed in (("seen_at", timedelta(minutes=14 * 60)), ("began_at", timedelta(days=15))):
        client = browser(cleo)
        assert is_in(client)
        with scope.tenant(nordlicht):
            PortalSession.objects.update(**{column: timezone.now() - passed})
        assert not is_in(client), column


# B4, B5 ---------------------------------------------------------------------------------------------------------------
def addresses() -> list[Any]:
    return next(one for one in get_resolver().url_patterns if getattr(one, "app_name", "") == "portal").url_patterns


def test_b4_every_unsafe_address_takes_the_token(cleo: Contact) -> None:
    ticket = ask(cleo)
    client = browser(cleo)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    given = {"number": ticket.number, "pk": cleo.pk, "key": ticket.key, "approver": 1, "deputy": 1}
    tried = 0
    for one in addresses():
        args = {name: given[name] for name in one.pattern.converters}
        answer = strict.post(
            HOME
            + one.pattern._route.replace("<int:", "{")
            .replace("<uuid:", "{")
            .replace("<str:", "{")
            .replace(">", "}")
            .format(**args)
        )
        assert answer.status_code == 403, one.name
        tried += 1
    assert tried > 25
    with scope.tenant(cleo.tenant_id):
        assert PortalAccess.objects.get(contact=cleo).is_active and not Entry.objects.filter(kind="note.added").exists()


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/nordlicht/tickets/",
        "/nordlicht/portal/../tickets/",
        "/baltic/portal/",
        "\t//evil.example",
    ],
)
def test_b5_the_door_leads_nowhere_else(cleo: Contact, wanted: str) -> None:
    client = Client()
    client.post(SIGN_IN, {"email": cleo.email, "next": wanted})
    assert client.post(CODE, {"code": code_of(cleo)})["Location"] == HOME
    answer = client.post(f"{HOME}profile/language/", {"language": "de", "next": wanted})
    assert answer["Location"] == HOME


def test_the_door_of_a_suspended_company_is_shut(cleo: Contact, nordlicht: Tenant) -> None:
    client = browser(cleo)
    with scope.platform("test"):
        Tenant.objects.filter(pk=nordlicht.pk).update(suspended_at=timezone.now())
    assert client.get(HOME).status_code == 404
    assert Client().get("/nobody/portal/sign-in/").status_code == 404
