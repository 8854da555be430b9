"""The desk's pages of the portal: a contact's access, given and taken, and who reads a request; each with its entry."""

from __future__ import annotations

from typing import Any

import pytest

from psa.directory.models import Company, Contact
from psa.journal.models import Entry
from psa.mail.models import OutgoingMail
from psa.tenancy import scope
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.tickets.pages import sign_in_english, text_of
from tests.workflows.portal.conftest import HOME, ask, browser, person
from tickets.models import Ticket
from workflows.models import PortalAccess, PortalSession, ServedCompany, SharedRequest
from workflows.services import customer_words, portal_access

FORM = {"sees": "company", "accepts": "on", "invites": "on"}


def page_of(contact: Contact) -> str:
    return f"/nordlicht/companies/{contact.company_id}/contacts/{contact.pk}/portal/"


def test_access_is_given_with_an_invitation_and_for_another_company(
    max: Membership, company: Company, other_company: Company
) -> None:
    contact = person(company, "Greta Hansen")
    desk = sign_in(max)
    assert page_of(contact) in desk.get(page_of(contact).removesuffix("portal/")).content.decode()
    answer = desk.post(page_of(contact), {**FORM, "served_own": [other_company.pk]})
    assert answer.status_code == 302
    with scope.tenant(max.tenant_id):
        access = PortalAccess.objects.get(contact=contact)
        assert (access.sees, access.accepts, access.is_administrator) == ("company", True, False)
        assert ServedCompany.objects.get(access=access).company == other_company
        mail = OutgoingMail.objects.get(code="portal_invitation")
        assert mail.to_address == contact.email and "/nordlicht/portal/" in mail.html
        kinds = set(Entry.objects.filter(subject_type="contact").values_list("kind", "by_name"))
        assert kinds == {("contact.portal_given", max.name), ("contact.portal_served", max.name)}
    assert browser(contact).get("/nordlicht/portal/requests/new/").content.decode().count("Kanzlei Freitag") == 1


def test_nobody_is_let_in_twice_or_without_a_mailbox(max: Membership, cleo: Contact, company: Company) -> None:
    with scope.tenant(max.tenant_id):
        mute = Contact.objects.create(company=company, name="No Mail")
        twin = Contact.objects.create(company=company, name="Twin", email=cleo.email.upper())
    desk = sign_in(max)
    for contact, said in ((mute, "keine E-Mail-Adresse"), (twin, "meldet sich bereits jemand anderes an")):
        answer = desk.post(page_of(contact), FORM)
        assert answer.status_code == 422 and said in answer.content.decode()
    with scope.tenant(max.tenant_id):
        assert PortalAccess.objects.count() == 1
        assert OutgoingMail.objects.filter(code="portal_invitation").count() == 1


def test_what_was_given_is_ended_and_taken_at_once(max: Membership, cleo: Contact) -> None:
    desk = sign_in(max)
    client = browser(cleo)
    for verb, kind in (("invite", "invited"), ("sessions/end", "sessions_ended"), ("take", "taken")):
        assert desk.get(f"{page_of(cleo)}{verb}/").status_code == 405
        assert desk.post(f"{page_of(cleo)}{verb}/").status_code == 302
        with scope.tenant(max.tenant_id):
            assert Entry.objects.get(kind=f"contact.portal_{kind}").by_name == max.name
            assert PortalSession.objects.exists() == (verb == "invite")
        assert (client.get("/nordlicht/portal/").status_code == 200) == (verb == "invite")
    assert desk.post(f"{page_of(cleo)}invite/").status_code == 409
    assert "ins Portal gelassen" in desk.get("/nordlicht/audit/").content.decode()


def test_a6_the_desk_shares_a_request_with_its_company_and_names_who_reads_it(
    cleo: Contact, eva: Contact, dirk: Contact, fred: Contact, max: Membership, ada: Membership, give: Any
) -> None:
    """Eva sees the company's requests, Dirk only his own, Fred is another customer's and speaks for this one."""
    ticket = ask(cleo)
    with acting(max) as by:
        portal_access.serve(fred, [(cleo.company, "company")], by=by)
    desk, page = sign_in_english(max), f"/nordlicht/requests/{ticket.number}/share/"
    assert page in desk.get(f"/nordlicht/tickets/{ticket.number}/").content.decode()
    before = text_of(desk.get(page))
    assert "only Cleo Hansen" in before and "These people would read it:" in before
    assert eva.name in before and fred.name in before and dirk.name not in before
    path = f"{HOME}requests/{ticket.number}/"
    for word, status, said in (("company", 200, "Cleo Hansen and the company"), ("", 404, "Cleo Hansen alone")):
        assert desk.post(page, {"share": word}).status_code == 302
        assert [browser(one).get(path).status_code for one in (eva, fred)] == [status, status]
        assert browser(dirk).get(path).status_code == 404
        assert said in text_of(desk.get(f"/nordlicht/tickets/{ticket.number}/"))
    with scope.tenant(max.tenant_id):
        entries = Entry.objects.filter(kind="ticket.shared").order_by("pk")
        assert [(one.by_name, one.data["shared"]) for one in entries] == [(max.name, True), (max.name, False)]


def test_a6_sharing_twice_is_once_and_work_received_from_a_partner_has_no_customer(
    cleo: Contact, max: Membership
) -> None:
    ticket = ask(cleo, shared=True)
    with acting(max) as by:
        customer_words.share(ticket, True, by=by)
        assert Entry.objects.filter(kind="ticket.shared").count() == 1
        Ticket.objects.filter(pk=ticket.pk).update(source="insourced")
        with pytest.raises(Refused, match="no_customer_here"):
            customer_words.share(ticket, False, by=by)
        assert SharedRequest.objects.exists()
