"""The small set of pages a portal company has (outsourcing spec §10), from the offer to the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from outsourcing import portal
from outsourcing.models import Handover
from psa.directory.models import Company
from psa.journal.models import Entry
from psa.tenancy import plans, scope
from psa.tenancy.models import Membership, Tenant, User
from tests.access_billing import FULL_DESK_OF_BILLING
from tests.conftest import sign_in
from tests.outsourcing.conftest import HOURLY, drain
from tests.outsourcing.portal.conftest import Portal
from tickets.models import Ticket

PLACES = ("all", "category", "company", "contract")
# Addresses a portal company does not have, whoever asks. A new address belongs here or in outsourcing/portal.py.
FULL_DESK = FULL_DESK_OF_BILLING | {
    *(f"workflows:{verb}_rule" for verb in ("new", "try", "switch", "shift", "duplicate", "delete", "restore")),
    *(f"workflows:{name}" for name in ("rules", "rule", "stop_rules", "keep_runs", "runs", "run")),
    *(f"workflows:{name}" for name in ("templates", "new_template", "template", "reset_template")),
    "imports:list",
    "imports:page",
    "imports:run",
    "web:palette",
    "web:repair",
    *(f"tickets:{verb}_stopwatch" for verb in ("start", "pause", "resume", "stop", "discard")),
    *(f"tickets:{name}" for name in ("week", "time_entries", "call", "work_types")),
    *(f"tickets:{verb}_work_type" for verb in ("new", "edit", "retire")),
    "tickets:service_levels",
    *(f"tickets:{verb}_service_level" for verb in ("new", "edit", "delete")),
    *(f"calendars:{name}" for name in ("list", "new", "page", "edit", "put_day", "drop_day", "make_default", "delete")),
    *(f"tickets:{shape}{view}" for shape in ("board", "agenda") for view in ("", "_view")),
    *(
        f"tickets:{name}"
        for name in ("find_customers", "forward", "release", "write_customer", "customer_mail", "undo_mail")
    ),
    *(f"tickets:quarantined{part}" for part in ("", "_html", "_original")),
    *(f"tickets:{name}" for name in ("quarantine", "put_mail_on", "open_from_mail", "discard_mail", "bring_mail_back")),
    *(f"tickets:{name}" for name in ("block_sender", "unblock_sender", "mails")),
    *(f"tickets:came_mail{part}" for part in ("", "_html", "_original")),
    *(f"tickets:{verb}_new_draft" for verb in ("save", "discard")),
    "tickets:paper",
    "tickets:paper_pdf",
    "tickets:checklist_templates",
    "tickets:new_checklist_template",
    "tickets:checklist_template",
    "tickets:retire_checklist",
    "tickets:restore_checklist",
    "tickets:add_checklist",
    "tickets:texts",
    "tickets:new_text",
    "tickets:text",
    "tickets:preview_text",
    "tickets:find_texts",
    "tickets:retire_text",
    "tickets:restore_text",
    "tickets:queues",
    "tickets:sorts",
    "tickets:lifecycle",
    "tickets:words",
    "tickets:new_sort",
    "tickets:edit_sort",
    "tickets:retire_sort",
    "tickets:restore_sort",
    *(f"workflows:contact_access{name}" for name in ("", "_take", "_invite", "_end")),
    "settings:company",
    "settings:logo",
    "settings:set_logo",
    "settings:drop_logo",
    "settings:setup",
    *(f"tickets:{name}" for name in ("link", "find_tickets", "unlink", "merge", "split", "delete")),
    *(f"tickets:{name}" for name in ("deleted", "restore", "people", "watch")),
    "tickets:bulk",
    *(f"workflows:{name}" for name in ("deployments", "record", "pause", "resume", "switch", "to_billing")),
    "workflows:ask_again",
    "workflows:share",
    "workflows:settle_task",
    "batches:list",
    "batches:page",
    "batches:sheet",
    "batches:cancel",
    "outsourcing:agreement",
    "outsourcing:agreement_withdraw",
    "outsourcing:partners",
    "outsourcing:add_candidate",
    "outsourcing:invite",
    "outsourcing:withdraw_invitation",
    "outsourcing:pause_partner",
    "outsourcing:retry_partner",
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
    "mail:specimens",
    "mail:specimen",
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
    "outsourcing:announced_paper",
    "outsourcing:announced_xml",
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
    *(f"workflows:{name}" for name in ("estimate", "record_decision", "estimate_paper", "approvers", "approval_mode")),
    *(f"workflows:{verb}_approver" for verb in ("add", "edit", "remove")),
    *(f"workflows:{verb}_deputy" for verb in ("appoint", "dismiss")),
    *(f"workflows:{name}" for name in ("policies", *(f"policy_of_{where}" for where in PLACES))),
    *(f"accounts:{name}" for name in ("rules", "sign_ins", "invite", "invite_again", "let_in_again", "unlink")),
}


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
        "company_pk": 1,
        "part_pk": 1, "tab": "time",
        "line": 1, "payment": 1, "entry": 1, "field": "status",
        "kind": "note", "move": "start", "view": "mine", "item": handover.key, "paper": handover.key,
        "version": 1, "approver": 1, "deputy": 1,
        "place": "note", "code": "offer_sent", "language": "lv", "act": "follow",
    }  # fmt: skip
    if "sort_kind:" in pattern:
        known["kind"] = "queues"
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
    assert {
        f"/ozols-montaza/{path}"
        for path in ("partner-portal/", "partner-portal/people/", "partner-portal/company/", "tickets/")
    } <= seen
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
    for path in ("partner-portal/", "partner-portal/people/", "partner-portal/company/"):
        assert client.get(f"/nordlicht/{path}").status_code == 404
    assert 'class="help-line"' not in client.get("/nordlicht/tickets/").content.decode()


@pytest.mark.parametrize(("language", "word"), [("en", "How it works"), ("de", "<h1>"), ("lv", "<h1>")])
def test_the_guide_is_one_page_to_print_in_each_language(ozols: Portal, language: str, word: str) -> None:
    with scope.platform("test"):
        User.objects.filter(email="ivo@ozols.example").update(language=language)
    page = ozols.client.get("/ozols-montaza/partner-portal/").content.decode()
    assert f'lang="{language}"' in page and word in page and "data-print" in page


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
    assert ozols.client.post(f"{at}submit-work/").status_code == 302
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
    assert ozols.client.get("/ozols-montaza/partner-portal/people/").status_code == 404
    with scope.tenant(ozols.tenant):
        assert Ticket.objects.get() == accepted and timezone.now() - accepted.created_at < timedelta(minutes=5)
    assert HOURLY["cost_rate"] == Decimal(60)
