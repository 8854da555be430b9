"""Inviting (outsourcing spec §3): whom, in which words, and that only the invited mailbox accepts (hostile test B3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from outsourcing import letters
from outsourcing.models import Invitation, OutsourcingSettings, Partnership
from outsourcing.services import mailbox, partners
from psa.directory.models import Company, Contact
from psa.journal.models import Entry
from psa.mail.models import Delivery, OutgoingMail
from psa.tenancy import doors, services
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in

PAGE = "/nordlicht/outsourcing/partners/"
WORDS = "/nordlicht/outsourcing/invitation/"
OWN = {
    "subject": "{lead_name} asks {recipient_name}",
    "body": "Dear {recipient_name},\nyes: {accept_url}\nno: {decline_url}\nuntil {expires_at}. {inviter_name}",
    "do": "save",
}


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The secrets of the links that were mailed, in order."""
    made: list[str] = []
    issue = doors.issue
    monkeypatch.setattr(partners.doors, "issue", lambda *args: made.append(issue(*args)) or made[-1])
    return made


@pytest.fixture
def invite(max: Membership, desk_of_nordlicht: Company) -> Callable[..., Invitation]:
    """Nordlicht invites a company."""

    def of(name: str = "Atlas", email: str = "sam@atlas.example", **fields: Any) -> Invitation:
        with acting(max) as by:
            company, _ = Company.objects.get_or_create(name=name, defaults={"kind": "partner", **fields})
            return partners.invite(company, email, "Sam Okafor", by=by)

    return of


def last_mail(max: Membership, code: str = "invitation") -> OutgoingMail:
    with acting(max):
        return OutgoingMail.objects.filter(code=code).latest("pk")


# The tenant's own words -----------------------------------------------------------------------------------------------
def test_the_invitation_goes_out_in_the_tenants_own_words(
    max: Membership, invite: Any, secrets: list[str], settings: Any
) -> None:
    assert sign_in(max).post(WORDS, OWN).status_code == 302
    invite(language="de")
    mail = last_mail(max)
    assert mail.subject == "Nordlicht IT asks Sam Okafor"
    link = f"{settings.SITE_URL}/invitations/{secrets[-1]}/"
    assert re.search(rf"yes:\s{link}\nno:\s{link}#decline\nuntil ", mail.text), mail.text
    assert "Max Petersen" in mail.text and "{" not in mail.text
    assert f'href="{link}"' in mail.html


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("body", "{accept_url} {decline_url} {company_name}", "{company_name}"),
        ("body", "{accept_url} {decline_url} {lead_name.tenant}", "{lead_name.tenant}"),
        ("body", "{accept_url} {decline_url} {}", "{}"),
        ("subject", "See {accept_url}", "{accept_url}"),
        ("body", "Only yes: {accept_url}", "{decline_url}"),
        ("body", "No links at all", "{accept_url}, {decline_url}"),
    ],
)
def test_unknown_placeholders_and_missing_links_are_refused_and_the_text_stays(
    max: Membership, desk_of_nordlicht: Company, field: str, text: str, said: str
) -> None:
    answer = sign_in(max).post(WORDS, {**OWN, field: text})
    form = answer.context["form"]
    assert answer.status_code == 422 and said in str(form.errors[field])
    assert form[field].value() == text and form["subject" if field == "body" else "body"].value()
    with acting(max):
        assert not OutsourcingSettings.objects.exists()


def test_a_value_that_looks_like_a_placeholder_stays_what_it_is() -> None:
    filled = letters.fill("{lead_name}: {accept_url}", {"lead_name": "{accept_url}", "accept_url": "/x/"})
    assert filled == "{accept_url}: /x/"


def test_the_preview_shows_what_is_typed_and_saves_nothing(max: Membership, desk_of_nordlicht: Company) -> None:
    client = sign_in(max)
    for answer in (client.post(f"{WORDS}preview/", OWN), client.post(WORDS, {**OWN, "do": "look"})):
        page = answer.content.decode()
        assert answer.status_code == 200 and "Nordlicht IT asks" in page and "/invitations/…/" in page
    with acting(max):
        assert not OutsourcingSettings.objects.exists()


def test_the_default_can_be_restored(max: Membership, invite: Any) -> None:
    client = sign_in(max)
    client.post(WORDS, OWN)
    assert client.post(WORDS, {"do": "restore"}).status_code == 302
    invite()
    assert "asks Sam" not in last_mail(max).subject
    with acting(max):
        assert Entry.objects.filter(kind="invitation.worded").count() == 2
        assert OutsourcingSettings.objects.get().invitation_body == ""


# Invite & manage ------------------------------------------------------------------------------------------------------
def test_partners_vendors_and_customers_are_listed_and_nobody_else(max: Membership, desk_of_nordlicht: Company) -> None:
    with acting(max) as by:
        for kind in ("partner", "vendor", "customer", "prospect"):
            made = Company.objects.create(name=f"A {kind}", kind=kind, email=f"{kind}@example.com")
        with pytest.raises(partners.Refused, match="company_is_no_candidate"):
            partners.invite(made, "prospect@example.com", "", by=by)
    page = sign_in(max).get(PAGE).content.decode()
    assert all(f"A {kind}" in page for kind in ("partner", "vendor", "customer")) and "A prospect" not in page


def test_a_row_without_a_usable_address_cannot_be_ticked_and_says_why(
    max: Membership, desk_of_nordlicht: Company
) -> None:
    with acting(max):
        good = Company.objects.create(name="Good", kind="partner", email="good@example.com")
        none = Company.objects.create(name="None", kind="partner")
        bad = Company.objects.create(name="Bad", kind="partner")
        Contact.objects.create(company=bad, name="Bo", email="not an address")
    page = sign_in(max).get(PAGE).content.decode()

    def box(company: Company) -> str:
        found = re.search(rf'<input type="checkbox" name="company" value="{company.pk}"[^>]*>', page)
        assert found
        return found[0]

    assert "disabled" not in box(good)
    assert "disabled" in box(none) and "title=" in box(none)
    assert "disabled" in box(bad) and "not an address" in box(bad)
    answer = sign_in(max).post(f"{PAGE}invite/", {"company": [bad.pk], f"c{bad.pk}-to_email": ""})
    assert answer.status_code == 422
    with acting(max):
        assert not Invitation.objects.exists()


def test_many_are_invited_at_once_each_by_its_contact_or_somebody_else(
    max: Membership, desk_of_nordlicht: Company
) -> None:
    with acting(max):
        one = Company.objects.create(name="One", kind="partner")
        bo = Contact.objects.create(company=one, name="Bo", email="bo@one.example")
        two = Company.objects.create(name="Two", kind="vendor", email="info@two.example")
    client = sign_in(max)
    page = client.get(f"{PAGE}invite/?company={one.pk}&company={two.pk}").content.decode()
    assert "bo@one.example" in page and "info@two.example" in page
    typed = {
        "company": [one.pk, two.pk],
        f"c{one.pk}-who": bo.pk,
        f"c{two.pk}-to_name": "Tea",
        f"c{two.pk}-to_email": "tea@two.example",
    }
    assert client.post(f"{PAGE}invite/", typed).status_code == 302
    with acting(max):
        sent = {(row.company_id, row.contact_id, row.to_name, row.to_email) for row in Invitation.objects.all()}
        assert sent == {(one.pk, bo.pk, "Bo", "bo@one.example"), (two.pk, None, "Tea", "tea@two.example")}


def test_a_candidate_is_kept_whether_or_not_it_is_invited(max: Membership, desk_of_nordlicht: Company) -> None:
    typed = {"name": "Rheintal", "kind": "vendor", "contact": "Uta", "email": "uta@rheintal.example"}
    assert sign_in(max).post(f"{PAGE}add/", typed).status_code == 302
    with acting(max):
        company = Company.objects.get(name="Rheintal")
        assert company.kind == "vendor" and Contact.objects.get(company=company).name == "Uta"
        assert not Invitation.objects.exists()


def test_the_list_costs_the_same_however_many_companies(
    max: Membership, desk_of_nordlicht: Company, django_assert_max_num_queries: Any
) -> None:
    client = sign_in(max)
    client.get(PAGE)
    with acting(max) as by:
        for number in range(12):
            company = Company.objects.create(name=f"C{number}", kind="partner", email=f"c{number}@example.com")
            if number % 2:
                partners.invite(company, company.email, "", by=by)
    with django_assert_max_num_queries(22):
        assert client.get(PAGE).status_code == 200


# B3: the link, one use, revoked, bound to the mailbox -----------------------------------------------------------------
def test_b3_sending_again_voids_the_older_link(max: Membership, invite: Any, secrets: list[str]) -> None:
    invite()
    invite()
    assert Client().get(f"/invitations/{secrets[0]}/").status_code == 410
    assert Client().get(f"/invitations/{secrets[1]}/").status_code == 200
    with acting(max):
        assert sorted(Invitation.objects.values_list("status", flat=True)) == ["sent", "withdrawn"]


@pytest.fixture
def link(invite: Any, secrets: list[str]) -> str:
    """The link of the invitation to sam@atlas.example."""
    invite()
    return f"/invitations/{secrets[-1]}/"


@pytest.fixture
def other(atlas: Any, sam: Membership) -> Client:
    """Another administrator of Atlas, who got the link forwarded."""
    return sign_in(services.add_member(atlas, "olga@atlas.example", "Olga", "administrator"))


def nothing_happened(max: Membership) -> bool:
    with acting(max):
        return Invitation.objects.get().status == "sent" and not Partnership.objects.exists()


def code_sent(max: Membership) -> str:
    mail = last_mail(max, "invitation_code")
    assert mail.to_address == "sam@atlas.example"
    found = re.search(r"\b\d{6}\b", mail.text)
    assert found
    return found[0]


def test_b3_the_link_proves_the_mailbox(link: str, sam: Membership, max: Membership) -> None:
    assert "code" not in sign_in(sam).get(link).context["form"].errors
    assert sign_in(sam).post(f"{link}accept/", {"desk": "atlas"}).status_code == 302
    with acting(max):
        assert not OutgoingMail.objects.filter(code="invitation_code").exists()


def test_b3_signed_in_under_another_address_a_code_goes_to_the_invited_mailbox(
    link: str, other: Client, max: Membership
) -> None:
    assert other.post(f"{link}accept/", {"desk": "atlas"}).status_code == 409
    assert other.get(f"{link}code/").status_code == 405
    assert nothing_happened(max)
    assert other.post(f"{link}code/").status_code == 302
    code = code_sent(max)
    with acting(max):
        kept = Invitation.objects.get()
        assert code not in kept.code_hash and len(kept.code_hash) == 64
        assert code not in str(list(Entry.objects.values_list("data", flat=True)))
    assert other.post(f"{link}accept/", {"desk": "atlas", "code": f" {code[:3]} {code[3:]} "}).status_code == 302
    with acting(max):
        assert Partnership.objects.get().service_name == "Atlas Support"


def test_b3_five_wrong_codes_and_even_the_right_one_is_void(link: str, other: Client, max: Membership) -> None:
    other.post(f"{link}code/")
    code = code_sent(max)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(mailbox.TRIES):
        assert other.post(f"{link}accept/", {"desk": "atlas", "code": wrong}).status_code == 409
    answer = other.post(f"{link}accept/", {"desk": "atlas", "code": code})
    assert answer.status_code == 409 and "code" in answer.context["form"].errors
    assert nothing_happened(max)


def test_b3_a_code_is_over_after_fifteen_minutes(link: str, other: Client, max: Membership) -> None:
    other.post(f"{link}code/")
    code = code_sent(max)
    with time_machine.travel(timezone.now() + mailbox.GOOD_FOR + timedelta(seconds=1)):
        assert other.post(f"{link}accept/", {"desk": "atlas", "code": code}).status_code == 409
    assert nothing_happened(max)


def test_b3_a_code_counts_for_whoever_asked_for_it_only(link: str, other: Client, max: Membership, atlas: Any) -> None:
    other.post(f"{link}code/")
    third = sign_in(services.add_member(atlas, "ole@atlas.example", "Ole", "administrator"))
    assert third.post(f"{link}accept/", {"desk": "atlas", "code": code_sent(max)}).status_code == 409
    assert nothing_happened(max)


def test_b3_codes_are_few_and_far_between(link: str, other: Client, max: Membership) -> None:
    start = timezone.now()
    for number in range(mailbox.CODES + 2):
        with time_machine.travel(start + number * mailbox.PAUSE + timedelta(seconds=number), tick=False):
            other.post(f"{link}code/")
            other.post(f"{link}code/")
    with acting(max):
        assert OutgoingMail.objects.filter(code="invitation_code").count() == mailbox.CODES


def test_b3_no_code_without_signing_in_and_none_for_a_void_link(link: str, other: Client, max: Membership) -> None:
    assert "/accounts/login/" in Client().post(f"{link}code/")["Location"]
    with acting(max) as by:
        partners.withdraw(Invitation.objects.get(), by=by)
    other.post(f"{link}code/")
    other.post("/invitations//code/")
    with acting(max):
        assert not OutgoingMail.objects.filter(code="invitation_code").exists()


def test_b3_an_empty_code_never_matches(link: str, other: Client, max: Membership) -> None:
    for typed in ("", "   ", "000000"):
        assert other.post(f"{link}accept/", {"desk": "atlas", "code": typed}).status_code == 409
    assert nothing_happened(max)


def test_the_code_is_not_read_in_the_outbox(link: str, other: Client, max: Membership) -> None:
    other.post(f"{link}code/")
    code, mail = code_sent(max), last_mail(max, "invitation_code")
    with acting(max):
        pk = Delivery.objects.get(mail=mail).pk
    client = sign_in(max)
    pages = [client.get(f"/nordlicht/outbox/{pk}/{part}") for part in ("", "html/")]
    assert all(code not in page.content.decode() for page in pages)
