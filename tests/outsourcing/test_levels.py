"""The table of outsourcing levels (§2), row by row, through the web: who gets through, and what a no leaves alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from outsourcing.models import (
    Handover,
    Invitation,
    LeadSide,
    Network,
    OutsourcingSettings,
    Partnership,
    PartnershipSide,
    Proposal,
    Release,
)
from outsourcing.services import answering, proposals, releases, sending, sync
from outsourcing.terms import Draft
from psa.directory.models import Company, Contact
from psa.journal.models import Entry
from psa.lanes.models import Lane
from psa.members.services import Permission
from psa.tenancy import scope, services
from psa.tenancy.models import Membership, OutsourcingLevel, Role
from tests import held
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import HOURLY, Pair, drain
from tests.outsourcing.tables import undone
from tests.outsourcing.test_path import for_partner
from tickets.models import Note, Ticket
from tickets.readers import readers
from tickets.services import items, lifecycle

LEVELS = [*OutsourcingLevel.values, "administrator"]
FROM = {"none": 0, "outsource": 1, "partners": 2, "all": 3, "administrator": 4}
OFFER = {
    "rate_type": "hourly", "currency": "EUR", "cost_rate": "60", "bill_rate": "95", "authorised_hours": "5",
    "authorised_charges": "50", "answer_hours": "24", "detail": "site",
}  # fmt: skip


@dataclass
class Stage:
    """Both desks, with an address for every row of the table."""

    pair: Pair
    partnership: Partnership
    fresh: Ticket
    other: Handover
    offer: Handover
    note: Any
    proposal: Proposal


@pytest.fixture
def stage(pair: Pair, partnership: Partnership, desk_of_nordlicht: Company) -> Stage:
    """One handover runs, with a note of Baltic's and a change the lead proposed; one ticket is free, one is out, one
    draft waits."""
    with pair.service() as by:
        note = items.add(pair.insourced, "note", for_partner(pair.insourced), by=by, text="Rack 4 stinks.")
    drain()
    with pair.lead() as by:
        contact = Contact.objects.create(company=desk_of_nordlicht, name="Cleo Hansen")
        Ticket.objects.filter(pk=pair.ticket.pk).update(contact=contact)
        proposal = proposals.propose(pair.handover, {"authorised_minutes": 360}, "More.", by=by)
        fresh, drafted, out = (
            lifecycle.accept(lifecycle.create(by=by, title=title, company=desk_of_nordlicht), by=by)
            for title in ("Fresh", "Drafted", "Out")
        )
        other = sending.prepare(drafted, partnership, Draft(**HOURLY), by=by)  # type: ignore[arg-type]
        offer = sending.send(out, partnership, Draft(**HOURLY), by=by)  # type: ignore[arg-type]
    drain()
    return Stage(pair, partnership, fresh, other, offer, note, proposal)


def a_member(tenant: Any, level: str) -> Membership:
    """A dispatcher of this level, without a limit in the way; or an administrator."""
    role = "administrator" if level == "administrator" else "dispatcher"
    levels = {} if level == "administrator" else {"outsourcing_level": level, "amount_limit": None}
    return services.add_member(tenant, f"{level}@{tenant.slug}.example", f"Level {level}", role, **levels)


def everything(tenant: Any) -> Any:
    models = (
        Handover, LeadSide, Release, Partnership, PartnershipSide, Proposal, Network, Note, Ticket, Lane, Membership,
        Role, OutsourcingSettings, Company, Invitation,
    )  # fmt: skip
    with scope.tenant(tenant):
        return [held.rows(model) for model in models], held.number(Entry)


@dataclass(frozen=True)
class Line:
    """A row of the table: who from which level on, on which side, what is asked of which address."""

    level: str
    side: str
    method: str
    path: Callable[[Stage], str]
    form: Callable[[Stage], dict[str, Any]] = lambda s: {}
    ok: tuple[int, ...] = (200, 302)


def ticket(verb: str) -> Callable[[Stage], str]:
    return lambda s: f"tickets/{s.pair.ticket.number}/{verb}/"


def insourced(verb: str) -> Callable[[Stage], str]:
    return lambda s: f"tickets/{s.pair.insourced.number}/{verb}/"


def typed(do: str) -> Callable[[Stage], dict[str, Any]]:
    return lambda s: {**OFFER, "partner": str(s.partnership.key), "do": do}


def handover(verb: str, out: bool = False) -> Callable[[Stage], str]:
    return lambda s: f"handovers/{(s.offer if out else s.pair.handover).key}/{verb}/"


def partner(verb: str = "") -> Callable[[Stage], str]:
    return lambda s: f"outsourcing/partners/{s.partnership.key}/" + (f"{verb}/" if verb else "")


def at(path: str) -> Callable[[Stage], str]:
    return lambda s: path


def proposing(stage: Stage) -> dict[str, Any]:
    return {**MORE(stage), **later(stage)}


def gives(**form: Any) -> Callable[[Stage], dict[str, Any]]:
    return lambda s: form


def later(stage: Stage) -> dict[str, Any]:
    return {"answer_by": timezone.localtime(timezone.now() + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M")}


MORE = gives(
    authorised_hours="7:00", authorised_charges="50", cost_rate="60", instructions="", reason="It takes longer."
)
WORDS = {"subject": "Work with us", "body": "Yes: {accept_url} No: {decline_url}", "do": "save"}
# §2, line by line: what it is, from which level on, whose side, and where it is done.
TABLE = {
    # information bar
    "see the ticket": Line("none", "lead", "get", lambda s: f"tickets/{s.pair.ticket.number}/"),
    "read the handover": Line("none", "lead", "get", lambda s: f"handovers/{s.pair.handover.key}/"),
    # view terms
    "statement": Line("outsource", "lead", "get", handover("statement")),
    # prepare, send, cancel, extend, propose a change, approve, reject, complete, take back
    "prepare": Line("outsource", "lead", "post", lambda s: f"tickets/{s.fresh.number}/outsource/", typed("save")),
    "send": Line("outsource", "lead", "post", lambda s: f"tickets/{s.fresh.number}/outsource/", typed("send")),
    "preview": Line("outsource", "lead", "post", lambda s: f"tickets/{s.fresh.number}/outsource/preview/", typed("")),
    "discard": Line("outsource", "lead", "post", lambda s: f"tickets/{s.other.lead_number}/discard/"),
    "cancel": Line("outsource", "lead", "post", lambda s: f"tickets/{s.offer.lead_number}/cancel-offer/"),
    "extend": Line("outsource", "lead", "post", handover("extend", out=True), later),
    "propose a change": Line("outsource", "lead", "post", handover("propose", out=True), proposing),
    "complete": Line("outsource", "lead", "post", ticket("complete")),
    "take back": Line("outsource", "lead", "post", ticket("take-back"), gives(reason="Ours.")),
    "end and close": Line("outsource", "lead", "post", ticket("end-and-close"), gives(how="complete", text="Done.")),
    "refer to a network": Line("outsource", "lead", "get", lambda s: f"tickets/{s.fresh.number}/refer/"),
    # keep on our side (below), publish a partner's item to the customer
    "publish": Line(
        "outsource", "lead", "post", lambda s: f"tickets/{s.pair.ticket.number}/items/{s.note.key}/publish/",
        gives(text="Rack 4 is repaired."),
    ),
    # dashboard, retry and skip of link trouble, ledger
    "dashboard": Line("partners", "lead", "get", at("outsourcing/")),
    "retry": Line("partners", "lead", "post", handover("retry")),
    "skip": Line("partners", "lead", "get", handover("skip")),
    "link trouble": Line("partners", "lead", "get", at("outsourcing/link-trouble/")),
    "ledger": Line("partners", "lead", "get", at("outsourcing/ledger/")),
    # invite, pause, end partnerships, default terms, networks, invitation text
    "partners": Line("partners", "lead", "get", at("outsourcing/partners/")),
    "add a candidate": Line(
        "partners", "lead", "post", at("outsourcing/partners/add/"),
        gives(name="Helix", kind="partner", email="hello@helix.example"),
    ),
    "invite": Line("partners", "lead", "get", at("outsourcing/partners/invite/")),
    "pause": Line("partners", "lead", "post", partner("pause")),
    "end a partnership": Line("partners", "lead", "get", partner("end")),
    "default terms": Line(
        "partners", "lead", "post", partner(), gives(**OFFER, part="terms")
    ),
    "networks": Line("partners", "lead", "get", at("outsourcing/networks/")),
    "invitation text": Line("partners", "lead", "post", at("outsourcing/invitation/"), gives(**WORDS)),
    # service side: answer offers, map the lead, propose and answer changes, return
    "accept": Line("partners", "service", "get", handover("accept", out=True)),
    "decline": Line("partners", "service", "post", handover("decline", out=True), gives(reason="No.")),
    "notes on the lead": Line(
        "partners", "service", "post", partner(), gives(part="notes", note="Pays late.", notify_email="", tags="")
    ),
    "propose (service)": Line("partners", "service", "post", handover("propose"), MORE),
    "agree to a change": Line(
        "partners", "service", "post",
        lambda s: f"handovers/{s.pair.handover.key}/proposals/{s.proposal.key}/accept/", gives(version="1"),
    ),
    "return": Line("partners", "service", "post", insourced("return"), gives(reason="Cannot.")),
    # sums, margins, partner reports, configure levels
    "report": Line("all", "lead", "get", at("outsourcing/reports/outsourced/")),
    "report of received work": Line("all", "service", "get", at("outsourcing/reports/received/")),
    "scorecards": Line("all", "lead", "get", at("outsourcing/scorecards/")),
    "a scorecard": Line("all", "lead", "get", partner("scorecard")),
    "configure levels": Line("all", "lead", "get", at("outsourcing/permissions/")),
    "sender and approver": Line(
        "all", "lead", "post", at("outsourcing/permissions/second-person/"), gives(needed="on")
    ),
    # service side: work the ticket, ask, Insourcing complete, recall (below)
    "work the ticket": Line("none", "service", "get", lambda s: f"tickets/{s.pair.insourced.number}/"),
    "log time": Line(
        "none", "service", "post", insourced("time/add"),
        lambda s: {
            "reader": f"partner:{s.pair.handover.key}:Nordlicht IT", "minutes": "0:30", "worked_on": "2026-03-02",
        },
    ),
    "ask": Line("none", "service", "post", handover("ask"), gives(text="Which rack?")),
    "insourcing complete": Line("none", "service", "post", insourced("submit-work")),
}  # fmt: skip


def test_the_table_of_levels(stage: Stage, nordlicht: Any, baltic: Any) -> None:
    """§2, every line for every level: who has it gets through; to the others the page names the right and who grants
    it, and nothing changed."""
    people = {(tenant.slug, level): a_member(tenant, level) for tenant in (nordlicht, baltic) for level in LEVELS}
    browsers = {who: sign_in(member) for who, member in people.items()}
    for row, line in TABLE.items():
        tenant = nordlicht if line.side == "lead" else baltic
        before = everything(tenant)
        for level in LEVELS:
            with undone():
                path = f"/{tenant.slug}/{line.path(stage)}"
                answer = getattr(browsers[tenant.slug, level], line.method)(path, line.form(stage))
                if FROM[level] >= FROM[line.level]:
                    assert answer.status_code in line.ok, (row, level, answer.content.decode()[-2000:])
                    is_only_looked_at = line.method == "get" or row in {"retry", "preview"}
                    assert is_only_looked_at or everything(tenant) != before, (row, level)
                else:
                    page = answer.content.decode()
                    assert answer.status_code == 403, (row, level)
                    right = "outsource.view_terms" if row == "statement" else f"outsource.{RIGHTS[line.level]}"
                    assert right in page, (row, level)
                    assert ("Max Petersen" if tenant == nordlicht else "Gunta Bērziņa") in page, (row, level)
                    assert everything(tenant) == before, (row, level)


RIGHTS = {"outsource": "send", "partners": "partners", "all": "all"}


@pytest.mark.parametrize("level", LEVELS)
def test_the_bar_is_everybodys_and_the_terms_are_from_outsource_on(level: str, stage: Stage, nordlicht: Any) -> None:
    browser = sign_in(a_member(nordlicht, level))
    bar = browser.get(f"/nordlicht/tickets/{stage.pair.ticket.number}/").content.decode()
    assert "Baltic Service" in bar
    terms = browser.get(f"/nordlicht/handovers/{stage.pair.handover.key}/").content.decode()
    assert ("60,00" in terms and "350,00" in terms) is (level != "none")


@pytest.mark.parametrize("level", LEVELS)
def test_approve_and_reject_are_from_outsource_on(level: str, stage: Stage, nordlicht: Any) -> None:
    with stage.pair.service() as by:
        answering.submit(stage.pair.insourced, by=by)
    drain()
    browser = sign_in(a_member(nordlicht, level))
    for verb, form in (("reject", {"reason": "Port 12."}), ("approve", {})):
        before = everything(nordlicht)
        with undone():
            answer = browser.post(f"/nordlicht/tickets/{stage.pair.ticket.number}/{verb}/", form)
            assert answer.status_code == (403 if level == "none" else 302)
            assert (everything(nordlicht) == before) is (level == "none")


@pytest.mark.parametrize("level", LEVELS)
def test_keep_on_our_side_is_from_outsource_on(level: str, stage: Stage, nordlicht: Any) -> None:
    pair = stage.pair
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    drain()
    with pair.lead() as by:
        reader = next(one for one in readers(pair.ticket) if one.audience == "partner")
        items.add(pair.ticket, "note", reader, by=by, text="Held.")
        (share,) = sync.held(pair.link(pair.max))
    path = f"/nordlicht/handovers/{pair.handover.key}/held/{share.item}/"
    answer = sign_in(a_member(nordlicht, level)).post(path, {"keep": "1"})
    assert answer.status_code == (403 if level == "none" else 302)
    with pair.lead():
        assert sync.held(pair.link(pair.max))[0].keep_local is (level != "none")


def test_the_403_names_the_right_and_who_grants_it(stage: Stage, nordlicht: Any, max: Membership) -> None:
    """Levels are granted by administrators and holders of All; another role that manages members grants none."""
    al = services.add_member(nordlicht, "al@nordlicht.example", "Al Weber", "technician", outsourcing_level="all")
    nora = a_member(nordlicht, "none")
    page = sign_in(nora).get("/nordlicht/outsourcing/permissions/")
    assert page.status_code == 403
    text = page.content.decode()
    assert "outsource.all" in text and "Max Petersen" in text and al.name in text


# Configure user permissions -------------------------------------------------------------------------------------------
def posted(*changes: tuple[Membership, dict[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for member, fields in changes:
        now = Permission.of(member).facts()
        start = {
            "level": now["level"],
            "limit_is": "role" if now["follows_role"] else "own",
            "amount": now["limit"] or "",
            "seen": f"{now['level']}|{int(now['follows_role'])}|{now['limit'] or ''}",
        }
        found |= {f"m{member.pk}-{name}": value for name, value in {**start, **fields}.items()}
    return found


def test_all_levels_are_set_in_one_form_and_act_on_the_next_request(max: Any, ada: Any, stage: Stage, nordlicht: Any):
    jonas = services.add_member(nordlicht, "jonas@nordlicht.example", "Jonas Reimers", "dispatcher")
    hers, boss = sign_in(ada), sign_in(max)
    assert hers.get("/nordlicht/outsourcing/").status_code == 403
    form = posted((ada, {"level": "partners"}), (jonas, {"limit_is": "own", "amount": "900"}))
    assert boss.post("/nordlicht/outsourcing/permissions/", form).status_code == 302
    assert hers.get("/nordlicht/outsourcing/").status_code == 200
    with acting(max):
        rows = {one.name: one for one in Membership.objects.select_related("role")}
        assert (rows["Ada Brandt"].level, rows["Ada Brandt"].limit) == ("partners", None)
        assert (rows["Jonas Reimers"].level, rows["Jonas Reimers"].limit) == ("partners", Decimal(900))
        assert Entry.objects.filter(kind="member.level_changed").count() == 2


def test_a_stale_form_saves_nothing(max: Any, ada: Any, stage: Stage, nordlicht: Any) -> None:
    form = posted((ada, {"level": "partners"}))
    with acting(max):
        Membership.objects.filter(pk=ada.pk).update(outsourcing_level="none")
    before = everything(nordlicht)
    answer = sign_in(max).post("/nordlicht/outsourcing/permissions/", form)
    assert answer.status_code == 409
    assert "Ada Brandt" in answer.content.decode()
    assert everything(nordlicht) == before


def test_the_presets_of_the_roles_are_set_beside(max: Any, ada: Any, stage: Stage) -> None:
    with acting(max):
        roles = Role.objects.exclude(code__in=["administrator", "contact"])
        form = {}
        for role in roles:
            limit = {"limit_is": "own", "amount": "750"} if role.code == "technician" else {"limit_is": "none"}
            form |= {f"r{role.pk}-{name}": value for name, value in {"level": role.outsourcing_level, **limit}.items()}
    assert sign_in(max).post("/nordlicht/outsourcing/permissions/presets/", form).status_code == 302
    with acting(max):
        assert Membership.objects.select_related("role").get(pk=ada.pk).limit == Decimal(750)


def test_a_raised_limit_needs_no_release_any_more(max: Any, ada: Any, stage: Stage, partnership: Any) -> None:
    """Changes act on the next request: Ada asked, then her limit was raised."""
    with acting(max):
        Ticket.objects.filter(pk=stage.fresh.pk).update(assignee=ada)
    dear = Draft(**{**HOURLY, "authorised_minutes": 600})  # type: ignore[arg-type]
    with acting(ada) as by:
        releases.ask_to_send(stage.fresh, partnership, dear, by=by)
    sign_in(max).post("/nordlicht/outsourcing/permissions/", posted((ada, {"limit_is": "own", "amount": "1000"})))
    page = f"/nordlicht/tickets/{stage.fresh.number}/outsource/"
    text = sign_in(ada).get(page).content.decode()
    assert 'value="send"' in text and 'value="release"' not in text
