"""A3: every other way to a ticket – autocomplete, palette, bulk by filter, sheets, notifications, presence, previews,
print and PDF, counters – for another company, and for somebody of ours whose right reaches their queues or their own.

The addresses are those of tests/access_table.py: a new one is walked by default.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from psa.batches import batches
from psa.batches.models import Batch
from psa.directory.models import Company, Contact
from psa.mail.models import Notice, OutgoingMail
from psa.tenancy import scope
from psa.tenancy import services as tenants
from psa.tenancy.models import Membership, Tenant
from psa.web import presence
from tests.access_stage import World, a_desk, with_a_partner
from tests.access_table import Path
from tests.conftest import acting, sign_in
from tests.test_access import address, body, everything, lines, walk
from tests.tickets.conftest import internal
from tickets import services
from tickets.models import Mention, Queue, QueueMember, Ticket
from tickets.services import items, saved_views

# What the addresses are asked with besides: a search, a list as a sheet, other rows by number. In small letters, so
# that what a page says back of its own address is not taken for an answer.
QUERIES = ("q=canarynord", "q=canary&format=csv&other=6&name=canary&number=6&ticket=6&person=1")


@pytest.fixture
def nord(max: Membership, baltic: Tenant) -> World:
    """Nordlicht's desk. What every member may read – customers, queues, texts – is called otherwise, and so is what a
    right of its own shows: orders, goods, contracts, invoices. Whoever reads the canary reads a ticket or what stands
    on it."""
    world = with_a_partner(a_desk(max, "CanaryNord", 6, plain="Plain"), baltic)
    with scope.tenant(world.tenant):
        Company.objects.update(name="Plain Ltd")
        Contact.objects.update(name="Plain Smith")
        names = ("queue", "location", "category", "type", "work_type", "contract", "network", "template", "own_role")
        for name in (*names, "text", "colleague"):
            type(world.rows[name])._default_manager.filter(pk=world.rows[name].pk).update(name="Plain")
        for model in (services.checklist_templates.ChecklistVersion, services.checklist_templates.TemplateItem):
            column = "name" if hasattr(model, "made_at") else "text"
            model.objects.update(**{column: "Plain"})
        services.text_modules.TextVariant.objects.update(text="Plain")
        for ticket in Ticket.objects.all():
            services.searching.index(ticket)
    return world


@pytest.fixture
def narrow(nord: World, nordlicht: Tenant) -> dict[str, Membership]:
    """A technician who works another queue, and somebody of sales: rights on their queues, and on their own."""
    found = {role: tenants.add_member(nordlicht, f"n-{role}@n.example", role, role) for role in ("technician", "sales")}
    with scope.tenant(nordlicht):
        QueueMember.objects.create(queue=Queue.objects.create(name="Elsewhere"), member=found["technician"])
    return found


def without_hours(answer: Any, nord: World) -> str:
    """What a page says, but for the name of the company's calendar: whoever may edit customers may choose it."""
    return body(answer).replace(f"{nord.canary} hours", "")


def test_a3_nobody_reads_a_ticket_by_another_way(nord: World, narrow: dict[str, Membership]) -> None:
    """Every address, read and posted to, with and without a search or a sheet: no word of a ticket not one's own."""
    browsers = {role: sign_in(member) for role, member in narrow.items()}
    read: list[str] = []
    with scope.tenant(nord.tenant):
        before = everything()

    def silent(name: str, path: Path) -> None:
        url = address(name, path, nord)
        names_the_ticket = "number" in path.args(nord)
        for role, browser in browsers.items():
            for query in QUERIES:
                answer = browser.get(f"{url}?{query}")
                assert nord.canary not in without_hours(answer, nord), (role, query)
                read.append(name) if answer.status_code == 200 else None
            answer = browser.post(url, path.form(nord) if path.form else {"q": "canary", "format": "csv"})
            assert nord.canary not in without_hours(answer, nord), role
            if names_the_ticket:
                assert answer.status_code in {403, 404, 405}, (role, answer.status_code)
                with scope.tenant(nord.tenant):
                    assert everything() == before, role

    walk(silent, [one for one in lines() if one[1] not in {"tickets:new", "tickets:search"}])
    asked = {"tickets:list", "web:palette", "tickets:counts", "tickets:board", "tickets:agenda", "tickets:drafts",
             "tickets:time_entries", "tickets:week", "home", "web:counts", "tickets:find_customers", "directory:page",
             "tickets:find_texts", "batches:list"}  # fmt: skip
    assert asked <= set(read), "each of these answered, so each was silent"


def test_a3_the_walk_finds_what_is_there_to_be_found(nord: World, narrow: dict[str, Membership]) -> None:
    """Else the silence above would prove nothing: given the ticket, the same addresses speak."""
    with acting(nord.max) as by:
        services.assign(nord.ticket, narrow["sales"], by=by)
    browser = sign_in(narrow["sales"])
    for path in ("", "?q=Canary&format=csv", "search/?q=Canary", "board/", "6/"):
        assert nord.canary in body(browser.get(f"/nordlicht/tickets/{path}")), path
    assert nord.canary in body(browser.get("/nordlicht/palette/?q=CanaryNord"))


@pytest.mark.parametrize("role", ["technician", "sales"])
def test_a3_search_autocomplete_and_people_offer_nothing(nord: World, narrow: dict[str, Membership], role: str) -> None:
    browser, desk = sign_in(narrow[role]), "/nordlicht/tickets/"
    for path in ("search/?q=canarynord", "search/?q=6", "search/?q=%236", "new/customers/?q=canary"):
        assert f"{desk}6/" not in body(browser.get(desk + path)), path
        assert nord.canary not in body(browser.get(desk + path)), path
    with acting(narrow[role]) as by:
        own = services.create(by=by, title="Own", company=Company.objects.first(), queue=nord.queue)
    found = body(browser.get(f"{desk}{own.number}/links/find/?q=Canary"))
    assert nord.canary not in found and f">{nord.ticket.number}<" not in found
    linked = browser.post(f"{desk}{own.number}/link/", {"kind": "related", "other": str(nord.ticket.number)})
    assert linked.status_code in {404, 422} and nord.canary not in body(linked)


@pytest.mark.parametrize("role", ["technician", "sales"])
def test_a3_counters_count_ones_own(nord: World, narrow: dict[str, Membership], role: str) -> None:
    browser = sign_in(narrow[role])
    url = "/nordlicht/tickets/counts/"

    def numbers(client: Client) -> list[int]:
        return [int(one) for one in re.findall(r">(\d+)\+?</span>", body(client.get(url)))]

    assert sum(numbers(sign_in(nord.max))) > 0, "there is something to count"
    assert sum(numbers(browser)) == 0
    sidebar = body(browser.get("/nordlicht/counts/"))
    assert not re.findall(r"data-count=\"([1-9]\d*)", sidebar) and nord.canary not in sidebar


@pytest.mark.parametrize("role", ["technician", "sales"])
def test_a3_bulk_by_filter_changes_ones_own(nord: World, narrow: dict[str, Membership], role: str) -> None:
    """The whole view, the canary's filter and the ticked ids: a preview shows nothing, going changes nothing."""
    browser = sign_in(narrow[role])
    with scope.tenant(nord.tenant):
        before = list(Ticket.objects.order_by("pk").values())
        ids = list(Ticket.objects.values_list("pk", flat=True))
    for chosen in ({"all": "1"}, {"all": "1", "query": "q=Canary"}, {"pick": ids}):
        for step in ("preview", "go"):
            form = {"view": "open", "query": "", **chosen, "step": step, "what": "priority", "priority": 1}
            answer = browser.post("/nordlicht/tickets/bulk/", form)
            assert nord.canary not in body(answer)
    with scope.tenant(nord.tenant):
        assert list(Ticket.objects.order_by("pk").values()) == before


def test_a3_a_sheet_written_in_the_background_holds_ones_own(
    nord: World, narrow: dict[str, Membership], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.views.lists.BIG", 0)
    technician = narrow["technician"]
    with acting(technician) as by:
        services.create(by=by, title="Mine alone", company=Company.objects.first(), queue=nord.queue)
    browser = sign_in(technician)
    answer = browser.get("/nordlicht/tickets/?format=csv")
    batches.work()
    with scope.tenant(nord.tenant):
        assert Batch.objects.filter(member=technician, kind="tickets.export", state="done").count() == 1
    sheet = body(browser.get(f"{answer['Location']}sheet/"))
    assert "Mine alone" in sheet and nord.canary not in sheet


def test_a3_presence_stands_beside_tickets_one_sees(
    nord: World, narrow: dict[str, Membership], sam: Membership
) -> None:
    with scope.tenant(nord.tenant):
        presence.on(nord.ticket, nord.max, writing=True)
    for member, desk in ((narrow["technician"], "nordlicht"), (narrow["sales"], "nordlicht"), (sam, "atlas")):
        browser = sign_in(member)
        for path in ("tickets/", "tickets/6/", "tickets/6/news/", "tickets/board/", "counts/", ""):
            said = body(browser.get(f"/{desk}/{path}"))
            assert "is-writing" not in said and "is writing" not in said, (member, path)


def test_a3_notifications_reach_nobody_who_may_not_see_it(
    nord: World, narrow: dict[str, Membership], sam: Membership
) -> None:
    """A mention, a new note, a saved view for everybody: no mail, no notice, nothing for another company."""
    names = [member.name for member in narrow.values()]
    with acting(nord.max) as by:
        said = " ".join(f"@{name}" for name in [*names, sam.name])
        items.add(nord.ticket, "note", internal(nord.ticket), by=by, text=f"CanaryNord {said}")
        saved_views.save("tickets", "House", urlencode({"q": "CanaryNord"}), by=by, audience=saved_views.EVERYBODY)
        addresses = [member.email for member in narrow.values()]
        assert not OutgoingMail.objects.filter(to_address__in=addresses).exists()
        assert not Notice.objects.filter(member__in=narrow.values()).exists() and not Mention.objects.exists()
    with scope.tenant(sam.tenant_id):
        assert not OutgoingMail.objects.exists() and not Notice.objects.exists()


def test_a3_previews_print_and_files_of_a_ticket_are_not_there(
    nord: World, narrow: dict[str, Membership], sam: Membership
) -> None:
    """Addresses that end in something to read: a customer's mail, a file, what a partner would see, a work order."""
    wanted: list[tuple[str, dict[str, Any]]] = [
        (f"tickets/6/files/{nord.file.key}/", {}),
        (f"tickets/6/mails/{nord.mail.key}/", {}),
        ("tickets/6/outsource/preview/", {"cost_rate": "1"}),
        (f"handovers/{nord.handover.key}/", {}),
        (f"handovers/{nord.handover.key}/work-order/", {}),
        (f"handovers/{nord.handover.key}/work-order.pdf", {}),
        (f"handovers/{nord.handover.key}/statement/", {}),
    ]
    for member, desk in ((narrow["technician"], "nordlicht"), (narrow["sales"], "nordlicht"), (sam, "atlas")):
        browser = sign_in(member)
        for path, form in wanted:
            for answer in (browser.get(f"/{desk}/{path}"), browser.post(f"/{desk}/{path}", form)):
                assert answer.status_code in {403, 404, 405}, (member, path, answer.status_code)
                assert nord.canary not in body(answer)
