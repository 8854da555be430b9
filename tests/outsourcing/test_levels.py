"""The table of outsourcing levels (§2), row by row, through the web: who gets through, and what a no leaves alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from outsourcing.models import Handover, LeadSide, OutsourcingSettings, Partnership, Release
from outsourcing.services import answering, releases, sending, sync
from outsourcing.terms import Draft
from psa.directory.models import Company
from psa.journal.models import Entry
from psa.lanes.models import Lane
from psa.members.services import Permission
from psa.tenancy import scope, services
from psa.tenancy.models import Membership, OutsourcingLevel, Role
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import HOURLY, Pair, drain
from tickets.models import Ticket
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


@pytest.fixture
def stage(pair: Pair, partnership: Partnership, desk_of_nordlicht: Company) -> Stage:
    """One handover runs; one ticket is free, one is out, one draft waits."""
    with pair.lead() as by:
        fresh, drafted, out = (
            lifecycle.accept(lifecycle.create(by=by, title=title, company=desk_of_nordlicht), by=by)
            for title in ("Fresh", "Drafted", "Out")
        )
        other = sending.prepare(drafted, partnership, Draft(**HOURLY), by=by)  # type: ignore[arg-type]
        offer = sending.send(out, partnership, Draft(**HOURLY), by=by)  # type: ignore[arg-type]
    drain()
    return Stage(pair, partnership, fresh, other, offer)


def a_member(tenant: Any, level: str) -> Membership:
    """A dispatcher of this level, without a limit in the way; or an administrator."""
    role = "administrator" if level == "administrator" else "dispatcher"
    levels = {} if level == "administrator" else {"outsourcing_level": level, "amount_limit": None}
    return services.add_member(tenant, f"{level}@{tenant.slug}.example", f"Level {level}", role, **levels)


def everything(tenant: Any) -> Any:
    models = (Handover, LeadSide, Release, Partnership, Ticket, Lane, Membership, Role, OutsourcingSettings)
    with scope.tenant(tenant):
        return [list(model._default_manager.order_by("pk").values()) for model in models], Entry.objects.count()


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


TABLE = {
    "prepare": Line("outsource", "lead", "post", lambda s: f"tickets/{s.fresh.number}/outsource/", typed("save")),
    "send": Line("outsource", "lead", "post", lambda s: f"tickets/{s.fresh.number}/outsource/", typed("send")),
    "discard": Line("outsource", "lead", "post", lambda s: f"tickets/{s.other.lead_number}/discard/"),
    "cancel": Line("outsource", "lead", "post", lambda s: f"tickets/{s.offer.lead_number}/cancel/"),
    "complete": Line("outsource", "lead", "post", ticket("complete")),
    "take back": Line("outsource", "lead", "post", ticket("take-back"), lambda s: {"reason": "Ours."}),
    "end and close": Line(
        "outsource", "lead", "post", ticket("end-and-close"), lambda s: {"how": "complete", "text": "Done."}
    ),
    "dashboard": Line("partners", "lead", "get", lambda s: "outsourcing/"),
    "retry": Line("partners", "lead", "post", lambda s: f"handovers/{s.pair.handover.key}/retry/"),
    "partners": Line("partners", "lead", "get", lambda s: "outsourcing/partners/"),
    "pause": Line("partners", "lead", "post", lambda s: f"outsourcing/partners/{s.partnership.key}/pause/"),
    "configure levels": Line("all", "lead", "get", lambda s: "outsourcing/permissions/"),
    "sender and approver": Line(
        "all", "lead", "post", lambda s: "outsourcing/permissions/second-person/", lambda s: {"needed": "on"}
    ),
    "accept": Line("partners", "service", "get", lambda s: f"handovers/{s.offer.key}/accept/"),
    "decline": Line(
        "partners", "service", "post", lambda s: f"handovers/{s.offer.key}/decline/", lambda s: {"reason": "No."}
    ),
    "return": Line("partners", "service", "post", insourced("return"), lambda s: {"reason": "Cannot."}),
    "insourcing complete": Line("none", "service", "post", insourced("submit")),
    "see the ticket": Line("none", "lead", "get", lambda s: f"tickets/{s.pair.ticket.number}/"),
    "work the ticket": Line("none", "service", "get", lambda s: f"tickets/{s.pair.insourced.number}/"),
}


class _Undo(Exception):
    """Back to where the stage was."""


@pytest.mark.parametrize("row", TABLE)
def test_the_table_of_levels(row: str, stage: Stage, nordlicht: Any, baltic: Any) -> None:
    line = TABLE[row]
    tenant = nordlicht if line.side == "lead" else baltic
    people = {level: a_member(tenant, level) for level in LEVELS}
    for level, member in people.items():
        before = everything(tenant)
        browser = sign_in(member)
        with pytest.raises(_Undo), transaction.atomic():
            answer = getattr(browser, line.method)(f"/{tenant.slug}/{line.path(stage)}", line.form(stage))
            if FROM[level] >= FROM[line.level]:
                assert answer.status_code in line.ok, (row, level, answer.status_code)
                assert line.method == "get" or row == "retry" or everything(tenant) != before, (row, level)
            else:
                assert answer.status_code == 403, (row, level)
                assert f"outsource.{RIGHTS[line.level]}" in answer.content.decode(), (row, level)
                assert everything(tenant) == before, (row, level)
            raise _Undo


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
        with pytest.raises(_Undo), transaction.atomic():
            answer = browser.post(f"/nordlicht/tickets/{stage.pair.ticket.number}/{verb}/", form)
            assert answer.status_code == (403 if level == "none" else 302)
            assert (everything(nordlicht) == before) is (level == "none")
            raise _Undo


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
