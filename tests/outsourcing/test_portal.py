"""The subcontractor portal (outsourcing spec §10): a company out of an invitation, with a small set of pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone, translation
from django.utils.html import escape

from outsourcing import portal
from outsourcing.models import Handover, Invitation, Partnership, PartnershipSide
from outsourcing.services import partners, sending
from outsourcing.terms import Draft
from psa.directory.models import Company
from psa.journal.models import Entry
from psa.mail.models import OutgoingMail
from psa.tenancy import doors, plans, scope
from psa.tenancy import services as tenants
from psa.tenancy.models import Membership, Tenant, User
from psa.web import refusals
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import HOURLY, drain
from tickets.models import Charge, Note, Queue, QueueMember, Ticket, TimeEntry

FORM = {
    "company": "Ozols Montāža", "country": "LV", "language": "lv", "time_zone": "Europe/Riga", "currency": "EUR",
    "name": "Ivo Ozols", "password": "a-long-enough-secret",
}  # fmt: skip
HOURS = {**HOURLY, "complete_by": None}
OURS = "internal::Ozols Montāža"

# Addresses a portal company does not have, whoever asks. A new address belongs here or in outsourcing/portal.py.
FULL_DESK = {
    "outsourcing:agreement",
    "outsourcing:agreement_withdraw",
    "outsourcing:partners",
    "outsourcing:add_candidate",
    "outsourcing:invite",
    "outsourcing:withdraw_invitation",
    "outsourcing:pause_partner",
    "outsourcing:resume_partner",
    "outsourcing:end_partner",
    "outsourcing:offer",
    "outsourcing:offer_preview",
    "outsourcing:end_and_close",
    "outsourcing:approve",
    "outsourcing:reject",
    "outsourcing:complete",
    "outsourcing:cancel",
    "outsourcing:discard",
    "outsourcing:take_back",
    "directory:list",
    "directory:new",
    "directory:page",
    "directory:edit",
    "directory:new_part",
    "directory:edit_part",
    "mail:outbox",
    "mail:page",
    "mail:html",
    "mail:send_again",
    "tickets:new",
    "tickets:properties",
    "directory:erase_contact",
    "outsourcing:edit_invitation",
    "outsourcing:invitation_preview",
    "outsourcing:networks",
    "outsourcing:edit_network",
    "outsourcing:company_rule",
    "outsourcing:partner",
    "outsourcing:report_outsourced",
    "outsourcing:scorecards",
    "outsourcing:scorecard",
    "outsourcing:release",
    "outsourcing:release_approve",
    "outsourcing:release_complete",
    "outsourcing:give_release",
    "outsourcing:refuse_release",
    "outsourcing:withdraw_release",
    "outsourcing:permissions",
    "outsourcing:presets",
    "outsourcing:second_person",
    "outsourcing:ledger",
    "outsourcing:stuck",
    "outsourcing:extend",
    "outsourcing:invoice",
    "outsourcing:invoice_paid",
    "outsourcing:ourselves",
    "outsourcing:refer",
    "outsourcing:referral_complete",
    "outsourcing:referral_cancel",
    "outsourcing:publish",
    "outsourcing:pass_on",
    "members:people",
    "members:member",
    "members:security",
    "members:permit",
    "members:why",
    "members:roles",
    "members:add_role",
    "members:rename_role",
    "members:reset_role",
    "members:delete_role",
    "members:audit",
    "members:leave",
    "accounts:rules",
    "accounts:sign_ins",
    "accounts:invite",
    "accounts:invite_again",
    "accounts:let_in_again",
    "accounts:unlink",
}


@pytest.fixture
def link(max: Membership, desk_of_nordlicht: Company, monkeypatch: pytest.MonkeyPatch) -> str:
    """Nordlicht's invitation to a craftsman nobody here knows."""
    secrets, issue = [], doors.issue
    monkeypatch.setattr(partners.doors, "issue", lambda *args: secrets.append(issue(*args)) or secrets[-1])
    with acting(max) as by:
        company = Company.objects.create(name="Ozols", kind="partner")
        partners.invite(company, "Ivo@ozols.example", "Ivo Ozols", by=by)
    return f"/invitations/{secrets[0]}/"


@dataclass
class Portal:
    """A portal company, its administrator, and a browser in which he is signed in."""

    ivo: Membership
    client: Client

    @property
    def tenant(self) -> Tenant:
        found = doors.tenant_named("ozols-montaza")
        assert found is not None
        return found


@pytest.fixture
def ozols(link: str) -> Portal:
    """Ivo set his company up from the invitation."""
    client = Client()
    assert client.post(f"{link}company/", FORM).status_code == 302
    drain()
    tenant = doors.tenant_named("ozols-montaza")
    assert tenant is not None
    with scope.tenant(tenant):
        return Portal(Membership.objects.select_related("role", "tenant").get(), client)


@pytest.fixture
def offered(ozols: Portal, max: Membership, ticket: Ticket) -> Handover:
    """Nordlicht offers it a ticket."""
    with acting(max) as by:
        made = sending.send(ticket, Partnership.objects.get(), Draft(**HOURS), by=by)  # type: ignore[arg-type]
    drain()
    return made


@pytest.fixture
def accepted(ozols: Portal, offered: Handover) -> Ticket:
    """And Ivo accepted, on the page."""
    at = f"/ozols-montaza/handovers/{offered.key}/accept/"
    answer = ozols.client.post(at, {"title": "Switch in Riga", "priority": "3"})
    assert answer.status_code == 302, answer.content.decode()
    drain()
    with scope.tenant(ozols.tenant):
        return Ticket.objects.get()


# Setting it up --------------------------------------------------------------------------------------------------------
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


# Its pages ------------------------------------------------------------------------------------------------------------
def named(patterns: Any = None, prefix: str = "", path: str = "") -> Iterator[tuple[str, str, URLPattern]]:
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(one, URLResolver):
            inner = f"{prefix}{one.namespace}:" if one.namespace else prefix
            yield from named(one.url_patterns, inner, path + str(one.pattern))
        else:
            yield f"{prefix}{one.name}", path + str(one.pattern), one


IN_A_TENANT = {name for name, path, _ in named() if path.startswith("<slug:tenant>/")}


def test_every_address_is_a_portals_or_the_full_desks() -> None:
    assert IN_A_TENANT == plans.pages() | FULL_DESK, "Say in outsourcing/portal.py or in FULL_DESK where it belongs."
    assert not plans.pages() & FULL_DESK


def example(name: str, ticket: Ticket, handover: Handover, person: int) -> dict[str, Any]:
    """Arguments that name something real for an address."""
    pattern = next(path for one, path, _ in named() if one == name)
    known: dict[str, Any] = {
        "tenant": "ozols-montaza", "number": ticket.number, "key": handover.key, "pk": person, "part": "contacts",
        "part_pk": 1, "kind": "note", "move": "start", "view": "mine", "item": handover.key,
    }  # fmt: skip
    return {one: known[one] for one in re.findall(r"<(?:\w+:)?(\w+)>", pattern)}


def test_a_forged_address_of_the_full_desk_is_not_found(ozols: Portal, accepted: Ticket, offered: Handover) -> None:
    """The administrator himself, by GET and by POST, at his own company; nothing happens."""
    with scope.tenant(ozols.tenant):
        company, before = Company.objects.get().pk, Entry.objects.count()
    for name in sorted(FULL_DESK):
        url = reverse(name, kwargs=example(name, accepted, offered, company))
        for method in ("get", "post"):
            assert getattr(ozols.client, method)(url).status_code == 404, name
    with scope.tenant(ozols.tenant):
        assert Entry.objects.count() == before and not Handover.objects.filter(lead=ozols.tenant).exists()


def test_the_navigation_leads_to_its_own_pages_only(ozols: Portal, accepted: Ticket, offered: Handover) -> None:
    """Every link of every page opens."""
    ours = re.compile(r'(?:href|hx-get|action)="(/ozols-montaza/[^"?#]*)')
    todo, seen = ["/ozols-montaza/outsourcing/"], set()
    while todo:
        at = todo.pop()
        seen.add(at)
        answer = ozols.client.get(at)
        assert answer.status_code in {200, 204, 302, 405, 409}, at
        if answer.status_code == 200 and "html" in answer["Content-Type"]:
            found = set(ours.findall(answer.content.decode()))
            todo += sorted(found - seen - set(todo))
    assert {f"/ozols-montaza/{path}" for path in ("portal/", "portal/people/", "portal/company/", "tickets/")} <= seen
    assert not any("companies" in at or "partners" in at or "outbox" in at for at in seen)


def test_the_dashboard_shows_received_work_only_and_no_agreement(ozols: Portal, offered: Handover) -> None:
    page = ozols.client.get("/ozols-montaza/outsourcing/").content.decode()
    assert "Replace the switch in Riga" in page
    assert "Be fair to each other." not in page and "folder=mine" not in page
    assert ozols.client.post("/ozols-montaza/outsourcing/", {"agree": "on", "text": "1"}).status_code in {404, 409, 422}
    with scope.tenant(ozols.tenant):
        assert not Entry.objects.filter(kind="agreement.accepted").exists()


def test_every_page_has_its_help_text(ozols: Portal, accepted: Ticket, offered: Handover) -> None:
    for name in sorted(portal.HELP):
        answer = ozols.client.get(reverse(name, kwargs=example(name, accepted, offered, ozols.ivo.pk)))
        if answer.status_code == 200:
            assert 'class="help-line"' in answer.content.decode(), name
        else:  # there is nothing to answer, skip, recall or edit on this ticket now
            assert answer.status_code in {302, 404, 409}, name
            assert name in {
                "outsourcing:accept", "outsourcing:decline", "outsourcing:skip", "outsourcing:recall",
                "tickets:edit_item", "tickets:remove_item", "tickets:search",
            }, name  # fmt: skip


def test_an_offers_pages_open_with_their_help_and_without_a_queue_to_choose(ozols: Portal, offered: Handover) -> None:
    for path in ("", "accept/", "decline/"):
        page = ozols.client.get(f"/ozols-montaza/handovers/{offered.key}/{path}")
        assert page.status_code == 200, path
        assert 'class="help-line"' in page.content.decode()
        assert 'name="queue"' not in page.content.decode() and 'name="company"' not in page.content.decode()


def test_a_full_company_has_no_portal_pages(max: Membership, ticket: Ticket) -> None:
    client = sign_in(max)
    for path in ("portal/", "portal/people/", "portal/company/"):
        assert client.get(f"/nordlicht/{path}").status_code == 404
    assert 'class="help-line"' not in client.get("/nordlicht/tickets/").content.decode()


@pytest.mark.parametrize(("language", "word"), [("en", "How it works"), ("de", "<h1>"), ("lv", "<h1>")])
def test_the_guide_is_one_page_to_print_in_each_language(ozols: Portal, language: str, word: str) -> None:
    with scope.platform("test"):
        User.objects.filter(email="ivo@ozols.example").update(language=language)
    page = ozols.client.get("/ozols-montaza/portal/").content.decode()
    assert f'lang="{language}"' in page and word in page and "data-print" in page


# Rights (§7, last row) ------------------------------------------------------------------------------------------------
DOES = {
    "write a note": lambda at, t: (f"{at}notes/add/", {"reader": OURS, "text": "New", "kind_of": "note"}),
    "log time": lambda at, t: (
        f"{at}time/add/", {"reader": OURS, "minutes": "0:30", "worked_on": timezone.localdate().isoformat()}),
    "add a charge": lambda at, t: (
        f"{at}charges/add/", {"reader": OURS, "name": "Cable", "quantity": "1", "unit_price": "5"}),
    "edit a note": lambda at, t: (
        f"{at}notes/{t['note'].key}/edit/",
        {"reader": OURS, "text": "Other", "kind_of": "note", "version": t["note"].version}),
    "remove a note": lambda at, t: (f"{at}notes/{t['note'].key}/remove/", {"version": t["note"].version}),
    "ask": lambda at, t: (f"{at}notes/add/", {"reader": OURS, "text": "Which rack?", "kind_of": "question"}),
    "assign": lambda at, t: (f"{at}assign/", {"assignee": t["ivo"].pk}),
    "recall": lambda at, t: (f"{at}recall/", {}),
    "return": lambda at, t: (f"{at}return/", {"reason": "Too far"}),
}  # fmt: skip
RIGHTS = """
                running  waiting  complete returned
write a note    yes      no       no       no
log time        yes      no       no       no
add a charge    yes      no       no       no
edit a note     yes      no       no       no
remove a note   yes      no       no       no
ask             yes      yes      no       no
assign          yes      no       no       no
recall          no       yes      no       no
return          yes      yes      no       no
read            yes      yes      yes      yes
print           yes      yes      yes      yes
"""


def rights() -> list[Any]:
    head, *lines = RIGHTS.strip("\n").split("\n")
    return [
        pytest.param(line[:16].strip(), status, may == "yes", id=f"{line[:16].strip()}-{status}".replace(" ", "_"))
        for line in lines
        for status, may in zip(head.split(), line[16:].split(), strict=True)
    ]


@pytest.mark.parametrize(("what", "status", "may"), rights())
def test_what_a_portal_company_may_at_each_status(
    ozols: Portal,
    accepted: Ticket,
    offered: Handover,
    max: Membership,
    ticket: Ticket,
    what: str,
    status: str,
    may: Any,
) -> None:
    at = f"/ozols-montaza/tickets/{accepted.number}/"
    things = _things(ozols, accepted)
    if status in {"waiting", "complete"}:
        assert ozols.client.post(f"{at}submit/").status_code == 302
    if status == "returned":
        assert ozols.client.post(f"{at}return/", {"reason": "Too far"}).status_code == 302
    drain()
    if status == "complete":
        assert sign_in(max).post(f"/nordlicht/tickets/{ticket.number}/approve/").status_code == 302
        drain()
    if what in {"read", "print"}:
        url = at if what == "read" else f"/ozols-montaza/handovers/{offered.key}/work-order/"
        assert ozols.client.get(url).status_code == 200
        return
    with scope.tenant(ozols.tenant):
        before = _state(accepted)
    url, data = DOES[what](at, things)
    answer = ozols.client.post(url, data)
    with scope.tenant(ozols.tenant):
        if may:
            assert answer.status_code == 302, answer.content.decode()
            assert _state(accepted) != before
        else:
            assert _state(accepted) == before
            if answer.status_code != 302:  # a button's POST goes back to the ticket with a message
                assert answer.status_code in {409, 422}
                codes = ("portal_waits_for_approval", "portal_work_has_ended", "handover_moved_on")
                now = Handover.objects.values_list("status", flat=True).get()
                with translation.override("lv"):
                    said = [refusals.sentence(code, {"partner": "Nordlicht IT", "status": now}) for code in codes]
                    said.append(refusals.sentence("handover_moved_on"))
                assert any(escape(one) in answer.content.decode() for one in said)


def _things(ozols: Portal, accepted: Ticket) -> dict[str, Any]:
    at = f"/ozols-montaza/tickets/{accepted.number}/notes/add/"
    answer = ozols.client.post(at, {"reader": OURS, "text": "Began", "kind_of": "note"})
    assert answer.status_code == 302
    with scope.tenant(ozols.tenant):
        return {"note": Note.objects.get(text="Began"), "ivo": ozols.ivo}


def _state(ticket: Ticket) -> list[Any]:
    rows: list[Any] = [list(model.objects.order_by("pk").values()) for model in (Note, TimeEntry, Charge)]
    return [*rows, Ticket.objects.values().get(pk=ticket.pk), Handover.objects.values_list("status").get()]


def test_an_ended_ticket_can_be_filed_away(ozols: Portal, accepted: Ticket) -> None:
    at = f"/ozols-montaza/tickets/{accepted.number}/"
    for path in ("accept/", "start/"):
        ozols.client.post(f"{at}{path}")
    ozols.client.post(f"{at}return/", {"reason": "Too far"})
    assert ozols.client.post(f"{at}close/", {"text": "Over"}).status_code == 302
    with scope.tenant(ozols.tenant):
        assert not Ticket.objects.get().is_open


# Its people -----------------------------------------------------------------------------------------------------------
NEW = {"name": "Līga Ozola", "email": "Liga@ozols.example", "role": "technician", "language": "lv"}


def mails(tenant: Tenant) -> list[OutgoingMail]:
    with scope.tenant(tenant):
        return list(OutgoingMail.objects.filter(code="member_welcome"))


def test_the_administrator_adds_people_and_the_mail_lets_them_set_a_password(ozols: Portal, accepted: Ticket) -> None:
    answer = ozols.client.post("/ozols-montaza/portal/people/", NEW)
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
    ozols.client.post("/ozols-montaza/portal/people/", NEW)
    found = re.search(r"/accounts/password/reset/key/\S+", mails(ozols.tenant)[0].text)
    assert found is not None
    with doors.sign_in_pages():
        user = User.objects.get(email="liga@ozols.example")
        user.set_password("something-else-entirely")
        user.save()
    assert "password1" not in Client().get(found[0], follow=True).content.decode()


def test_nobody_is_added_twice_and_a_colleague_elsewhere_keeps_the_password(ozols: Portal, sam: Membership) -> None:
    assert ozols.client.post("/ozols-montaza/portal/people/", {**NEW, "email": "ivo@ozols.example"}).status_code == 422
    assert ozols.client.post("/ozols-montaza/portal/people/", {**NEW, "email": "sam@atlas.example"}).status_code == 302
    (letter,) = mails(ozols.tenant)
    assert "/accounts/password/" not in letter.text or sam.user.has_usable_password() is False


def test_who_is_deactivated_finds_nothing_from_the_next_click_on(ozols: Portal) -> None:
    ozols.client.post("/ozols-montaza/portal/people/", NEW)
    with scope.tenant(ozols.tenant):
        liga = Membership.objects.get(email="liga@ozols.example")
    with scope.platform("test"):
        liga = Membership.objects.select_related("user").get(pk=liga.pk)
    browser = sign_in(liga)
    assert browser.get("/ozols-montaza/tickets/").status_code == 200
    assert ozols.client.post(f"/ozols-montaza/portal/people/{liga.pk}/deactivate/").status_code == 302
    assert browser.get("/ozols-montaza/tickets/")["Location"].startswith("/accounts/login/"), "the session is over"
    with scope.platform("test"):
        liga.user.refresh_from_db()
    assert sign_in(liga).get("/ozols-montaza/tickets/").status_code == 404
    assert ozols.client.post(f"/ozols-montaza/portal/people/{liga.pk}/link/").status_code == 409
    assert ozols.client.post(f"/ozols-montaza/portal/people/{liga.pk}/reactivate/").status_code == 302
    assert sign_in(liga).get("/ozols-montaza/tickets/").status_code == 200


def test_one_administrator_stays(ozols: Portal) -> None:
    answer = ozols.client.post(f"/ozols-montaza/portal/people/{ozols.ivo.pk}/deactivate/")
    assert answer.status_code == 409
    with scope.tenant(ozols.tenant):
        assert Membership.objects.get(pk=ozols.ivo.pk).is_active


def test_a_technician_manages_nobody_and_is_told_who_does(ozols: Portal, max: Membership) -> None:
    ozols.client.post("/ozols-montaza/portal/people/", NEW)
    with scope.platform("test"):
        liga = Membership.objects.select_related("user").get(email="liga@ozols.example")
    browser = sign_in(liga)
    for path in ("people/", "company/"):
        page = browser.get(f"/ozols-montaza/portal/{path}")
        assert page.status_code == 403 and "Ivo Ozols" in page.content.decode()
    assert browser.post(f"/ozols-montaza/portal/people/{ozols.ivo.pk}/deactivate/").status_code == 403
    # another company's person is not there at all
    assert ozols.client.post(f"/ozols-montaza/portal/people/{max.pk}/deactivate/").status_code == 404
    assert (
        ozols.client.post(
            "/ozols-montaza/portal/people/", {**NEW, "email": "x@y.example", "role": "billing"}
        ).status_code
        == 422
    )


def test_the_company_changes_its_settings_and_old_and_new_are_kept(ozols: Portal) -> None:
    form = {"country": "EE", "language": "en", "time_zone": "Europe/Tallinn", "currency": "EUR"}
    assert ozols.client.post("/ozols-montaza/portal/company/", form).status_code == 302
    with scope.tenant(ozols.tenant):
        entry = Entry.objects.get(kind="tenant.changed")
        assert entry.data["old"] == {"country": "LV", "language": "lv", "time_zone": "Europe/Riga"}
    assert ozols.tenant.time_zone == "Europe/Tallinn"
    wrong = {**form, "time_zone": "Mars/Crater", "is_portal": "", "name": "Stolen"}
    assert ozols.client.post("/ozols-montaza/portal/company/", wrong).status_code == 422
    assert ozols.tenant.is_portal and ozols.tenant.name == "Ozols Montāža"


def test_the_people_page_asks_the_same_number_of_questions_for_many(
    ozols: Portal, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        tenants.add_member(ozols.tenant, f"p{number}@ozols.example", f"Person {number}", "technician")
    with django_assert_max_num_queries(14):
        assert ozols.client.get("/ozols-montaza/portal/people/").status_code == 200


# From the offer to the end --------------------------------------------------------------------------------------------
def test_from_the_offer_to_approval_through_the_pages(
    ozols: Portal, accepted: Ticket, ticket: Ticket, max: Membership
) -> None:
    at = f"/ozols-montaza/tickets/{accepted.number}/"
    page = ozols.client.get(at).content.decode()
    assert "Nordlicht IT" in page and "/companies/" not in page
    note = {"reader": _reader(page), "text": "The switch is replaced.", "kind_of": "note"}
    assert ozols.client.post(f"{at}notes/add/", note).status_code == 302
    drain()
    assert "The switch is replaced." in sign_in(max).get(f"/nordlicht/tickets/{ticket.number}/").content.decode()
    assert ozols.client.post(f"{at}submit/").status_code == 302
    drain()
    assert sign_in(max).post(f"/nordlicht/tickets/{ticket.number}/approve/").status_code == 302
    drain()
    with scope.tenant(ozols.tenant):
        assert Handover.objects.get().status == "complete"


def _reader(page: str) -> str:
    found = re.search(r'value="(partner:[^"]+)"', page)
    assert found is not None
    return found[1]


def test_upgrade_is_a_flag_and_nothing_is_migrated(ozols: Portal, accepted: Ticket) -> None:
    with scope.platform("test: the operator's switch"):
        Tenant.objects.filter(slug="ozols-montaza").update(is_portal=False)
    for path in ("companies/", "outbox/", "tickets/new/", "outsourcing/", f"tickets/{accepted.number}/"):
        assert ozols.client.get(f"/ozols-montaza/{path}").status_code == 200
    assert "Be fair to each other." in ozols.client.get("/ozols-montaza/outsourcing/").content.decode()
    assert ozols.client.get("/ozols-montaza/portal/people/").status_code == 404
    with scope.tenant(ozols.tenant):
        assert Ticket.objects.get() == accepted and timezone.now() - accepted.created_at < timedelta(minutes=5)
    assert HOURLY["cost_rate"] == Decimal(60)
