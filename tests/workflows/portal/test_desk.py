"""The desk's page of a contact's access: given, changed, invited again, ended, taken away; each with its entry."""

from __future__ import annotations

from psa.directory.models import Company, Contact
from psa.journal.models import Entry
from psa.mail.models import OutgoingMail
from psa.tenancy import scope
from psa.tenancy.models import Membership
from tests.conftest import sign_in
from tests.workflows.portal.conftest import browser, person
from workflows.models import PortalAccess, PortalSession, ServedCompany

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
