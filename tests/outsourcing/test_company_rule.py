"""What a customer says of outsourcing (outsourcing spec §3): allowed, ask first, never."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from outsourcing.models import Handover, LeadSide, Network, OutsourcingRule, Referral, Terms
from outsourcing.services import referring, ruling, sending
from outsourcing.terms import Draft
from psa.directory.models import Company, Contact, Contract
from psa.journal.models import Entry
from psa.tenancy import services
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import HOURLY, drain
from tests.outsourcing.test_pages_reading import at_most
from tests.tickets.pages import sign_in_english
from tickets.models import Ticket
from tickets.services import fields

TYPED = {
    "rate_type": "hourly", "currency": "EUR", "cost_rate": "60", "bill_rate": "95", "authorised_hours": "5",
    "answer_hours": "24", "detail": "site", "do": "send",
}  # fmt: skip


def rule(max: Membership, subject: Any, permission: str) -> None:
    with acting(max) as by:
        ruling.rule(subject, permission, by=by)


def offer(max: Membership, ticket: Ticket, partnership: Any, **more: Any) -> Any:
    typed = {**TYPED, "partner": str(partnership.key), **more}
    return sign_in(max).post(f"/nordlicht/tickets/{ticket.number}/outsource/", typed)


def test_never_refuses_the_offer_page_and_every_way_around_it(
    max: Membership, ticket: Ticket, desk_of_nordlicht: Company, partnership: Any
) -> None:
    rule(max, desk_of_nordlicht, "never")
    page = sign_in(max).get(f"/nordlicht/tickets/{ticket.number}/outsource/")
    assert page.status_code == 409 and desk_of_nordlicht.name in page.content.decode()
    assert offer(max, ticket, partnership).status_code == 409
    with acting(max) as by:
        network = Network.objects.create(name="Pool", action="nothing")
        for call in (sending.send, sending.prepare):
            with pytest.raises(Refused, match="outsourcing_is_never"):
                call(ticket, partnership, Draft(**HOURLY, rule_reason="He said yes"), by=by)  # type: ignore[arg-type]
        with pytest.raises(Refused, match="outsourcing_is_never"):
            referring.send(ticket, network, None, "", "He said yes", by=by)
        assert not Handover.objects.exists() and not Referral.objects.exists()


@pytest.mark.parametrize("is_begun", [False, True])
def test_the_tickets_page_says_never_before_anybody_presses(
    max: Membership, ticket: Ticket, desk_of_nordlicht: Company, partnership: Any, is_begun: bool
) -> None:
    browser, url = sign_in_english(max), f"/nordlicht/tickets/{ticket.number}/"
    if is_begun:
        assert offer(max, ticket, partnership, do="save").status_code == 302
    before = browser.get(url).content.decode()
    assert f'{url}outsource/"' in before and "is never outsourced" not in before
    rule(max, desk_of_nordlicht, "never")
    after = browser.get(url).content.decode()
    assert f"{url}outsource/" not in after and f"{url}refer/" not in after, "nothing leads to the refusal"
    assert f"Work for {desk_of_nordlicht.name} is never outsourced" in after
    name = "Edit and send the offer" if is_begun else "Outsource …"
    locked = rf'<button[^>]* aria-disabled="true"[^>]*>(?:(?!</button>).)*{name}'
    assert re.search(locked, after), "missing with its reason"
    with at_most(20):
        browser.get(url)


def test_ask_first_demands_the_reason_and_keeps_it_on_our_side(
    max: Membership, gunta: Membership, ticket: Ticket, desk_of_nordlicht: Company, partnership: Any
) -> None:
    rule(max, desk_of_nordlicht, "ask_first")
    answer = offer(max, ticket, partnership, instructions="Typed with care.")
    assert answer.status_code == 422 and list(answer.context["form"].errors) == ["rule_reason"]
    assert "Typed with care." in answer.content.decode()
    with acting(max) as by, pytest.raises(Refused, match="outsourcing_needs_reason"):
        sending.send(ticket, partnership, Draft(**HOURLY, rule_reason="  "), by=by)  # type: ignore[arg-type]
    with acting(max):
        assert not Handover.objects.exists()
    assert offer(max, ticket, partnership, rule_reason="CANARY Cleo agreed by phone").status_code == 302
    drain()
    with acting(max):
        assert LeadSide.objects.get().rule_reason == "CANARY Cleo agreed by phone"
    with acting(gunta):
        key, terms = Handover.objects.get().key, Terms.objects.values()
        assert "CANARY" not in str(list(terms))
    assert "CANARY" not in sign_in(gunta).get(f"/baltic/handovers/{key}/").content.decode()


def test_ask_first_lets_a_draft_be_kept_without_the_reason(
    max: Membership, ticket: Ticket, desk_of_nordlicht: Company, partnership: Any
) -> None:
    rule(max, desk_of_nordlicht, "ask_first")
    assert offer(max, ticket, partnership, do="save").status_code == 302
    with acting(max):
        assert Handover.objects.get().status == "unsent"


def test_allowed_and_nothing_said_let_everything_pass(
    max: Membership, ticket: Ticket, desk_of_nordlicht: Company, partnership: Any
) -> None:
    rule(max, desk_of_nordlicht, "never")
    rule(max, desk_of_nordlicht, "allowed")
    with acting(max):
        assert not OutsourcingRule.objects.exists()
        said = Entry.objects.filter(kind="outsourcing.ruled").order_by("pk").values_list("data__old", "data__new")
        assert list(said) == [("allowed", "never"), ("never", "allowed")]
    assert offer(max, ticket, partnership).status_code == 302


def test_the_strictest_of_company_contact_and_contract_counts(
    max: Membership, ticket: Ticket, desk_of_nordlicht: Company
) -> None:
    today = timezone.localdate()
    with acting(max) as by:
        cleo = Contact.objects.create(company=desk_of_nordlicht, name="Cleo")
        over = Contract.objects.create(
            company=desk_of_nordlicht,
            name="Old",
            starts_on=today - timedelta(days=9),
            ends_on=today - timedelta(days=1),
        )
        care = Contract.objects.create(company=desk_of_nordlicht, name="Care", starts_on=today)
        ruling.rule(over, "never", by=by)
        assert ruling.of(ticket).permission == "allowed"
        ruling.rule(cleo, "ask_first", by=by)
        assert ruling.of(ticket).permission == "allowed"
        with_cleo = fields.edit(ticket, by=by, contact=cleo)
        assert ruling.of(with_cleo) == ruling.Ruling("ask_first", "Cleo")
        ruling.rule(care, "never", by=by)
        assert ruling.of(with_cleo) == ruling.Ruling("never", "Care")


def test_the_word_is_written_down_on_the_companys_page(
    max: Membership, ticket: Ticket, desk_of_nordlicht: Company
) -> None:
    client, company = sign_in(max), desk_of_nordlicht
    assert 'id="outsourcing-rule"' in client.get(f"/nordlicht/companies/{company.pk}/").content.decode()
    url = f"/nordlicht/outsourcing/rules/{company.pk}/"
    assert client.post(url, {"subject": "company", "permission": "never"}).status_code == 302
    with acting(max):
        assert OutsourcingRule.objects.get().company == company
    assert client.post(url, {"subject": "contact-999", "permission": "never"}).status_code == 422


def test_without_the_right_nothing_is_written_down(
    nordlicht: Any, max: Membership, ticket: Ticket, desk_of_nordlicht: Company
) -> None:
    rita = services.add_member(nordlicht, "rita@nordlicht.example", "Rita", "read-only")
    shown = sign_in(rita).get(f"/nordlicht/companies/{desk_of_nordlicht.pk}/").content.decode()
    assert "outsourcing-rule" in shown and 'name="permission"' not in shown
    url = f"/nordlicht/outsourcing/rules/{desk_of_nordlicht.pk}/"
    assert sign_in(rita).post(url, {"subject": "company", "permission": "never"}).status_code == 403
    with acting(rita) as by, pytest.raises(Denied, match=r"company\.manage"):
        ruling.rule(desk_of_nordlicht, "never", by=by)
    with acting(max):
        assert not OutsourcingRule.objects.exists()


def test_the_database_holds_a_rule_to_one_subject(max: Membership, ticket: Ticket, desk_of_nordlicht: Company) -> None:
    with acting(max):
        cleo = Contact.objects.create(company=desk_of_nordlicht, name="Cleo")
        for subjects in ({}, {"company": desk_of_nordlicht, "contact": cleo}):
            with pytest.raises(IntegrityError, match="an_outsourcing_rule_has_one_subject"), transaction.atomic():
                OutsourcingRule.objects.create(rule="never", **subjects)
        OutsourcingRule.objects.create(rule="never", company=desk_of_nordlicht)
        with pytest.raises(IntegrityError), transaction.atomic():
            OutsourcingRule.objects.create(rule="never", company=desk_of_nordlicht)
