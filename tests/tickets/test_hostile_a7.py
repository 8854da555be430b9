"""A7: who is demoted, or taken out of a queue, keeps nothing, from the next request on: no session's old rights, no
watcher's mail, no count, no draft, no stopwatch's title, and no bulk change or sheet that was begun before."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from psa.batches import batches
from psa.batches.models import Batch, BatchLine
from psa.directory.models import Company
from psa.mail import digests
from psa.mail.models import OutgoingMail
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, Role
from tests.conftest import acting
from tests.tickets.conftest import internal
from tests.tickets.pages import DESK, sign_in_english, text_of
from tickets import services
from tickets.kinds import ChangeTickets
from tickets.models import Draft, Note, QueueMember, Ticket
from tickets.services import drafts, items, saved_views, stopwatches, watching

CANARY = "VPN drops every morning"


def out_of_the_queue(ada: Membership) -> None:
    QueueMember.objects.filter(member=ada).delete()


def another_role(ada: Membership) -> None:
    Membership.objects.filter(pk=ada.pk).update(role=Role.objects.get(code="sales"))


def less_in_the_role(ada: Membership) -> None:
    cells = Role.objects.get(code="technician").capabilities
    Role.objects.filter(code="technician").update(capabilities={**cells, "ticket.view": "mine", "ticket.bulk": "mine"})


Demotion = Callable[[Membership], None]
DEMOTIONS = (out_of_the_queue, another_role, less_in_the_role)


@pytest.fixture(params=DEMOTIONS)
def demote(request: pytest.FixtureRequest) -> Demotion:
    """Each way to lose sight of the ticket in turn."""
    found: Demotion = request.param
    return found


@pytest.fixture
def session(ticket: Ticket, in_queue: Membership) -> Client:
    """Ada's browser, in which everything of the ticket was open before: watched, half typed, timed, filtered."""
    browser = sign_in_english(in_queue)
    with acting(in_queue) as by:
        watching.add(ticket, in_queue, by=by)
        drafts.save(ticket, "note", {"text": "Half a secret"}, None, by=by)
        stopwatches.start(ticket, by=by)
        saved_views.save("tickets", "My VPN", "q=vpn", by=by)
    assert CANARY in text_of(browser.get(DESK)) and CANARY in text_of(browser.get(f"{DESK}{ticket.number}/"))
    assert CANARY in text_of(browser.get(f"{DESK}drafts/"))
    assert counted(browser) > 0
    return browser


def counted(browser: Client) -> int:
    return sum(int(one) for one in re.findall(r">(\d+)\+?</span>", text_of(browser.get(f"{DESK}counts/"))))


def test_a7_the_open_session_shows_and_does_nothing_more(
    session: Client, ticket: Ticket, in_queue: Membership, max: Membership, demote: Demotion
) -> None:
    with acting(max) as by:
        demote(in_queue)
        services.edit(ticket, by=by, title=f"{CANARY} and evening")
        items.add(ticket, "note", internal(ticket), by=by, text="Said after it")
        before = [list(model.objects.order_by("pk").values()) for model in (Ticket, Note, Draft)]
    reads = ("", "view/mine/", "view/queues/", "view/open/", "board/", "week/", "search/?q=vpn", "?format=csv",
             "drafts/", "time/", "saved-views/")  # fmt: skip
    for path in reads:
        answer = session.get(DESK + path)
        said = b"".join(answer.streaming_content).decode() if answer.streaming else text_of(answer)
        assert "evening" not in said and "Said after" not in said and "Half a secret" not in said, path
    pages = ("", "news/", "properties/", "time/add/", "people/", "links/find/?q=v", "checklists/", "call/", "forward/")
    for path in pages:
        assert session.get(f"{DESK}{ticket.number}/{path}").status_code in {403, 404, 405}, path
    writes: tuple[tuple[str, dict[str, Any]], ...] = (
        ("notes/add/", {"text": "x", "reader": "internal::Nordlicht IT"}), ("accept/", {}),
        ("assign/", {"assignee": in_queue.pk}),
        ("drafts/note/", {"text": "More"}), ("watchers/add/", {"member": in_queue.pk}), ("stopwatch/", {}),
        ("notes/add/", {"text": "x", "opening": "00000000-0000-4000-8000-00000000000a"}),
    )  # fmt: skip
    for path, form in writes:
        assert session.post(f"{DESK}{ticket.number}/{path}", form).status_code in {403, 404}, path
    for path in ("", "palette/?q=vpn", "counts/"):
        assert "evening" not in text_of(session.get(f"/nordlicht/{path}")), path
    with acting(max):
        assert [list(model.objects.order_by("pk").values()) for model in (Ticket, Note, Draft)] == before


def test_a7_saved_views_count_nothing_of_it(
    session: Client, in_queue: Membership, max: Membership, demote: Demotion
) -> None:
    with acting(max):
        demote(in_queue)
    assert counted(session) == 0


def test_a7_a_watcher_hears_nothing_and_the_mail_of_the_day_leaves_it_out(
    session: Client, ticket: Ticket, in_queue: Membership, max: Membership, demote: Demotion
) -> None:
    with acting(max) as by:
        demote(in_queue)
        items.add(ticket, "note", internal(ticket), by=by, text="Secret. @Ada Brandt")
        services.accept(ticket, by=by)
        digests.send(in_queue.pk)
        assert not OutgoingMail.objects.filter(to_address=in_queue.email).exists()


def test_a7_the_stopwatchs_badge_learns_no_new_title(
    session: Client, ticket: Ticket, in_queue: Membership, max: Membership, demote: Demotion
) -> None:
    """The badge stands on every page: it goes on showing the number, and nothing that was written since."""
    with acting(max) as by:
        demote(in_queue)
        services.edit(ticket, by=by, title="Renamed in secret")
    assert "Renamed in secret" not in text_of(session.get("/nordlicht/"))
    with acting(in_queue) as by:
        (mine,) = stopwatches.of(by)
        stopwatches.pause(mine, by=by)
        stopwatches.resume(mine, by=by)
    assert "Renamed in secret" not in text_of(session.get("/nordlicht/"))


def test_a7_a_bulk_change_begun_before_changes_no_more_tickets(
    ticket: Ticket,
    in_queue: Membership,
    max: Membership,
    company: Company,
    monkeypatch: pytest.MonkeyPatch,
    demote: Demotion,
) -> None:
    """What was changed stays; every line after the demotion is refused with a reason, or the whole batch is."""
    with acting(max) as by:
        for at in range(3):
            services.create(by=by, title=f"More {at}", company=company, queue=ticket.queue)
        ids = list(Ticket.objects.order_by("pk").values_list("pk", flat=True))
    with acting(in_queue) as by:
        lines = (BatchLine(subject_id=pk, label=str(pk)) for pk in ids)
        change = {"field": "priority", "value": 1}
        batch = batches.start("tickets.change", by=by, lines=lines, params={"change": change, "back": ""})
    monkeypatch.setattr(ChangeTickets, "per_step", 1)
    with scope.tenant(max.tenant_id):
        assert batches.step(batch.pk)
        demote(in_queue)
    batches.work()
    with scope.tenant(max.tenant_id):
        assert list(Ticket.objects.filter(priority=1).values_list("pk", flat=True)) == [ids[0]]
        batch.refresh_from_db()
        states = list(BatchLine.objects.filter(batch=batch).order_by("position").values_list("state", flat=True))
        assert states[0] == "done" and "done" not in states[1:] and not batch.is_open


def test_a7_the_page_of_a_bulk_change_names_what_its_reader_sees_now(
    ticket: Ticket, in_queue: Membership, max: Membership, company: Company, demote: Demotion
) -> None:
    """Begun while everything was seen. A refusal's words may name somebody, too: they go with the title."""
    browser = sign_in_english(in_queue)
    with acting(max) as by:
        other = services.create(by=by, title="Printer jams", company=company, queue=ticket.queue)
    choice = {"view": "open", "query": "", "step": "go", "what": "move", "move": "reopen", "text": "x"}
    page = browser.post(f"{DESK}bulk/", {**choice, "pick": [ticket.pk, other.pk]})["Location"]
    with scope.tenant(max.tenant_id):
        named = {"code": "merge_other_customer", "detail": {"company": "Reederei Hansen", "other": "Werft Nord"}}
        assert BatchLine.objects.filter(state="refused").update(**named) == 2
    before = text_of(browser.get(page))
    for word in (CANARY, "Printer jams", f'"{DESK}{ticket.number}/"', "Werft Nord"):
        assert word in before, word
    with scope.tenant(max.tenant_id):
        demote(in_queue)
        assert not Ticket.objects.visible_to(Actor.of(Membership.objects.get(pk=in_queue.pk))).exists()
    after = text_of(browser.get(page))
    for word in (CANARY, "Printer jams", f'"{DESK}{ticket.number}/"', "Werft Nord"):
        assert word not in after, word
    assert after.count("You may not see this entry any more.") == 2
    assert CANARY in text_of(sign_in_english(max).get(page)), "who sees the tickets reads it as ever"


@pytest.mark.parametrize("when", ["between two pieces", "after the last"])
def test_a7_a_sheet_made_before_is_not_handed_out(
    ticket: Ticket,
    in_queue: Membership,
    max: Membership,
    company: Company,
    monkeypatch: pytest.MonkeyPatch,
    demote: Demotion,
    when: str,
) -> None:
    """A list written in the background holds what its starter saw then: it stops, and is refused in words."""
    monkeypatch.setattr("tickets.views.lists.BIG", 0)
    monkeypatch.setattr("psa.web.sheets.CHUNK", 1)
    browser = sign_in_english(in_queue)
    with acting(max) as by:
        services.create(by=by, title="Another of the queue", company=company, queue=ticket.queue)
    answer = browser.get(f"{DESK}?format=csv")
    with scope.tenant(max.tenant_id):
        batch = Batch.objects.get(kind="tickets.export")
        assert batches.step(batch.pk)
        demote(in_queue) if when == "between two pieces" else None
    batches.work()
    sheet = f"{answer['Location']}sheet/"
    if when == "after the last":
        assert browser.get(sheet).status_code == 200
        with scope.tenant(max.tenant_id):
            demote(in_queue)
    refused = browser.get(sheet)
    assert refused.status_code in {404, 409} and CANARY not in text_of(refused)
    said = text_of(refused) + text_of(browser.get(answer["Location"]))
    assert "What you may see has changed" in said
