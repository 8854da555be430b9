"""The pages of approving, posting and contracts: every list, decisions on many, each row's own result."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from billing.models import BillingItem, ContractLine, HourBlock, ReturnedEntry, Surcharge
from billing.services import approving, billing_settings, posting
from psa.batches.models import Batch, BatchLine
from psa.directory.models import Contract
from psa.tenancy import scope
from psa.tenancy.models import Membership, Role
from tests.conftest import acting
from tests.tickets.pages import sign_in_english
from tickets.models import Charge, Ticket, TimeEntry

AT = "/nordlicht/approve/"
Log = Callable[..., TimeEntry]


@pytest.fixture
def browser(bea: Membership) -> Client:
    return sign_in_english(bea)


def body(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return str(answer.content.decode())


def results(member: Membership) -> list[tuple[str, str]]:
    with scope.tenant(member.tenant_id):
        batch = Batch.objects.latest("pk")
        return list(BatchLine.objects.filter(batch=batch).order_by("position").values_list("state", "code"))


def test_each_list_has_what_belongs_there(
    log: Log, charge: Callable[..., Charge], browser: Client, bea: Membership
) -> None:
    log(text="Ready work"), log(text="Bare work", contract=None), log(text="Too much"), log(text="Sent back")
    charge(name="Patch cable")
    with acting(bea) as by:
        TimeEntry.objects.filter(text="Too much").update(is_over_estimate=True)
        approving.give_back(TimeEntry.objects.get(text="Sent back"), "Which port?", by=by)
    wanted = {"": "Ready work", "no-contract/": "Bare work", "over-estimate/": "Too much", "returned/": "Sent back"}
    for tab, text in wanted.items():
        shown = body(browser, AT + tab)
        assert [one for one in wanted.values() if one in shown] == [text], tab
    assert "Which port?" in body(browser, AT + "returned/")
    assert "Patch cable" in body(browser, AT + "charges/") and "€40.00" in body(browser, AT + "charges/")
    assert "€95.00" in body(browser, AT)


def test_a_list_is_narrowed_by_day_person_customer_contract_and_words(
    log: Log, browser: Client, bea: Membership, max: Membership
) -> None:
    """It-house spec, "Approve and post": filters."""
    log(text="Ready work", worked_on=date(2026, 3, 2))
    log(text="Later work", worked_on=date(2026, 3, 9), member=bea)
    wanted = {
        "": {"Ready work", "Later work"}, "day_from=2026-03-05": {"Later work"}, "day_to=2026-03-05": {"Ready work"},
        f"person={max.pk}": {"Ready work"}, "customer=hansen": {"Ready work", "Later work"}, "customer=other": set(),
        "contract=care": {"Ready work", "Later work"}, "contract=none": set(), "q=later": {"Later work"},
    }  # fmt: skip
    for asked, texts in wanted.items():
        shown = body(browser, f"{AT}?{asked}")
        assert {one for one in ("Ready work", "Later work") if one in shown} == texts, asked


def test_a_partners_work_has_a_list_of_its_own(log: Log, job: Ticket, browser: Client, bea: Membership) -> None:
    log(text="Ready work"), log(text="Their work")
    with acting(bea):
        TimeEntry.objects.filter(text="Their work").update(received_at=timezone.now())
    assert "Their work" in body(browser, f"{AT}partners/") and "Ready work" not in body(browser, f"{AT}partners/")
    assert "Their work" not in body(browser, AT)


def test_many_are_approved_then_posted_and_each_says_what_came_of_it(
    log: Log, browser: Client, bea: Membership
) -> None:
    entries = [log(), log(text="")]
    gone = browser.post(AT + "time/decide/", {"do": "approve", "pick": [one.pk for one in entries]})
    assert gone.status_code == 302
    assert results(bea) == [("done", ""), ("refused", "entry_without_text")]
    assert "It does not say what was done." in body(browser, gone["Location"])
    browser.post(AT + "approved/decide/", {"do": "post", "all": "1"})
    assert results(bea) == [("done", "")]
    with acting(bea):
        assert [one.status for one in BillingItem.objects.all()] == ["posted"]
    assert "€95.00" in body(browser, "/nordlicht/posted/")


def test_n3_what_was_decided_already_is_not_refused_and_says_so(log: Log, browser: Client, bea: Membership) -> None:
    """The same form sent three times: the second and the third say so, row by row."""
    ids = [log().pk, log().pk]
    for said in ("", "approved_already", "approved_already"):
        answer = browser.post(AT + "time/decide/", {"do": "approve", "pick": ids})
        state = "already" if said else "done"
        assert results(bea) == [(state, said), (state, said)]
    page = body(browser, answer["Location"])
    assert "This was approved already." in page and "Was so already" in page
    assert "<dd>2</dd>" in page.partition("Was so already")[2][:60] and "<dd>0</dd>" in page.partition("Done")[2][:60]
    with acting(bea):
        items = list(BillingItem.objects.values_list("pk", flat=True))
        assert len(items) == 2
    for said in ("", "posted_already"):
        browser.post(AT + "approved/decide/", {"do": "post", "pick": items})
        state = "already" if said else "done"
        assert results(bea) == [(state, said), (state, said)]
    browser.post(AT + "time/decide/", {"do": "return", "pick": ids, "reason": "Late"})
    with acting(bea):
        assert not ReturnedEntry.objects.exists(), "what left the list is not given back by an old form"


def test_giving_back_asks_why_first(log: Log, browser: Client, bea: Membership) -> None:
    entry = log()
    asked = browser.post(AT + "time/decide/", {"do": "return", "pick": entry.pk})
    assert asked.status_code == 200 and "Give back 1 entry" in asked.content.decode()
    with acting(bea):
        assert not ReturnedEntry.objects.exists()
    browser.post(AT + "time/decide/", {"do": "return", "pick": entry.pk, "reason": "Which port?"})
    with acting(bea):
        assert ReturnedEntry.objects.get().reason == "Which port?"


def test_a_contract_is_put_on_many(log: Log, browser: Client, bea: Membership, contract: Contract) -> None:
    entry = log(contract=None)
    browser.post(AT + "no-contract/decide/", {"do": "contract", "pick": entry.pk})
    with acting(bea):
        assert TimeEntry.objects.get(pk=entry.pk).contract_id == contract.pk


@pytest.mark.parametrize("wrong", [{"do": "post"}, {"do": "Mars"}, {}])
def test_what_a_list_does_not_do_is_not_there(
    log: Log, browser: Client, bea: Membership, wrong: dict[str, str]
) -> None:
    entry = log()
    assert browser.post(AT + "time/decide/", {**wrong, "pick": entry.pk}).status_code == 404
    assert browser.get(AT + "olympus/").status_code == 404
    with acting(bea):
        assert not BillingItem.objects.exists()


def test_amounts_are_for_who_sees_prices(log: Log, bea: Membership, people: Callable[[str], Membership]) -> None:
    log()
    member = people("technician")
    with acting(bea):
        Role.objects.filter(code="technician").update(capabilities={"ticket.view": "all", "time.approve": "all"})
    browser = sign_in_english(member)
    shown = body(browser, AT)
    assert "1:00 h" in shown and "€" not in shown
    assert browser.get("/nordlicht/posted/").status_code == 403


def test_an_item_is_taken_back_on_its_page(log: Log, browser: Client, bea: Membership) -> None:
    entry = log()
    with acting(bea) as by:
        item = approving.approve(TimeEntry.objects.get(pk=entry.pk), by=by)
        posting.post([item], by=by)
    at = f"/nordlicht/posted/{item.pk}/"
    assert "Correct it" in body(browser, at)
    assert browser.post(at, {"reason": ""}).status_code == 422
    assert browser.post(at, {"reason": "Half.", "quantity": "0.5", "unit_price": "95"}).status_code == 302
    with acting(bea):
        back, instead = BillingItem.objects.get(reverses=item), BillingItem.objects.get(instead_of=item)
    for page, told in (
        (item, {"Was taken back by": back, "Billed instead": instead}),
        (back, {"Takes back": item, "Billed instead": instead}),
        (instead, {"Stands instead of": item}),
    ):
        shown = body(browser, f"/nordlicht/posted/{page.pk}/")
        for words, other in told.items():
            assert f'/nordlicht/posted/{other.pk}/"' in shown.partition(f"<dt>{words}</dt>")[2][:120]
    assert "Correct it" in body(browser, f"/nordlicht/posted/{instead.pk}/")
    again = browser.post(at, {"reason": "Again."})
    assert again.status_code == 422 and 'role="alert"' in again.content.decode()
    with acting(bea):
        assert sum(one.amount for one in BillingItem.objects.all()) == Decimal("47.50")


def test_a_contract_has_a_page_of_its_own(browser: Client, bea: Membership, contract: Contract) -> None:
    assert "Care" in body(browser, "/nordlicht/contracts/")
    at = f"/nordlicht/contracts/{contract.pk}/"
    block = {"name": "Ten hours", "minutes": "10:00", "price": "800", "bought_on": "2026-01-01"}
    night = {"name": "Night", "percent": "25", "begins": "22:00", "until": "06:00", "weekdays": ["0", "4"]}
    line = {
        "name": "Care", "quantity": "2", "unit_price": "30", "vat_kind": "standard", "months": "1",
        "starts_on": "2026-01-01",
    }  # fmt: skip
    for part, form in (("blocks", block), ("surcharges", night), ("lines", line)):
        assert browser.get(f"{at}{part}/new/").status_code == 200
        answer = browser.post(f"{at}{part}/new/", form)
        assert answer.status_code == 302, answer.content.decode()
    with acting(bea):
        window = Surcharge.objects.get()
        assert (window.starts, window.ends, window.weekdays) == (22 * 60, 30 * 60, [0, 4])
        assert HourBlock.objects.get().minutes == 600
        assert ContractLine.objects.get().next_on == date(2026, 1, 1)
        keys: dict[str, Any] = {"blocks": HourBlock.objects.get().pk, "surcharges": window.pk}
    shown = body(browser, at)
    assert "10:00 h" in shown and "Night" in shown and "€95.00" in shown
    for part, form in (("blocks", {"name": "Ten", "minutes": "12:00"}), ("surcharges", {**night, "percent": "0"})):
        expected = 302 if part == "blocks" else 422
        assert browser.post(f"{at}{part}/{keys[part]}/", form).status_code == expected
    browser.post(f"{at}surcharges/{keys['surcharges']}/remove/")
    with acting(bea):
        assert not Surcharge.objects.exists() and HourBlock.objects.get().minutes == 720


def test_the_rules_of_approving_are_an_administrators(max: Membership) -> None:
    browser = sign_in_english(max)
    assert "what was done" in body(browser, AT + "checks/")
    browser.post(AT + "checks/", {"role_technician": ["text", "time"], "settles_tickets": ""})
    with acting(max):
        kept = billing_settings.of_tenant()
        assert kept.checks["technician"] == ["text", "time"] and not kept.settles_tickets


def test_the_first_page_counts_what_waits(log: Log, browser: Client) -> None:
    assert "Approve and post" not in body(browser, "/nordlicht/").partition("<main")[2]
    log()
    assert "Approve and post" in body(browser, "/nordlicht/").partition("<main")[2]


def test_the_lists_ask_no_more_for_more_rows(
    log: Log, charge: Callable[..., Charge], browser: Client, bea: Membership
) -> None:
    def asked() -> list[int]:
        made = []
        for tab in ("", "charges/", "approved/"):
            browser.get(AT + tab)
            with CaptureQueriesContext(connection) as found:
                browser.get(AT + tab)
            made.append(len(found))
        return made

    def some() -> None:
        for _ in range(3):
            log(), charge()
            with acting(bea) as by:
                approving.approve(TimeEntry.objects.get(pk=log().pk), by=by)

    some()
    before = asked()
    some()
    assert asked() == before
