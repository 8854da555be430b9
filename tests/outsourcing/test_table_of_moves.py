"""The table T0–T16 of outsourcing spec §4, row by row, pressed on pages: from every status, with what §11 says of it.

One handover is brought to a status once; there every row is tried in a savepoint of its own. What the table does not
allow is refused in a plain sentence and changes nothing on either side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from outsourcing.models import Handover, Move, Proposal, Terms
from outsourcing.models import HandoverStatus as S
from outsourcing.services import agreement, sending
from psa.directory.models import Company
from psa.journal.models import Entry
from psa.mail.models import OutgoingMail
from psa.tenancy import scope, services
from psa.tenancy.models import Membership, Tenant
from psa.timers import timers
from psa.timers.models import Timer
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import drain
from tests.outsourcing.moves_table import (
    DESK,
    EDIT,
    LIVE,
    MANAGE,
    RUNNING,
    SEND,
    TABLE,
    TOLD,
    WHY,
    WRITE,
    Row,
    ours,
    theirs,
)
from tests.outsourcing.tables import everything, is_said_plainly, said, undone
from tests.outsourcing.test_rights_matrix import Stage, bring
from tickets.models import Ticket
from tickets.services import lifecycle


@dataclass
class Play:
    """The stage with who stands on it: the two who press, and browsers of theirs."""

    stage: Stage
    max: Membership
    gunta: Membership
    browsers: dict[str, Client]

    def press(self, row: Row, browser: Client | None = None, **changes: Any) -> Any:
        form = {**row.form(self.stage), **changes}
        return (browser or self.browsers[row.side]).post("/" + row.path(self.stage), form)

    def before(self) -> list[Any]:
        return everything(self.max, self.gunta)

    def status(self) -> str:
        """Where the newest handover of the ticket is."""
        with acting(self.max):
            found: str = Handover.objects.latest("pk").status
        return found

    def seen(self) -> dict[str, set[int]]:
        """What was said so far: mails and entries by company, and the moves."""
        found = {}
        for side, member in (("lead", self.max), ("service", self.gunta)):
            with scope.tenant(member.tenant_id):
                found[f"{side} mails"] = set(OutgoingMail.objects.values_list("pk", flat=True))
                found[f"{side} notes"] = set(Entry.objects.values_list("pk", flat=True))
        with acting(self.max):
            found["moves"] = set(Move.objects.values_list("pk", flat=True))
        return found


@pytest.fixture
def play(max: Membership, gunta: Membership, ticket: Any, partnership: Any, desk_of_baltic: Company) -> Play:
    stage = Stage(partnership, ticket, company=desk_of_baltic)
    return Play(stage, max, gunta, {"lead": sign_in(max), "service": sign_in(gunta)})


@pytest.mark.parametrize("status", list(S.values))
def test_t0_to_t16_from_every_status(play: Play, status: str) -> None:
    """§4: a move of the table happens and is told as §11 says; any other is refused and leaves everything alone."""
    bring(play.stage, status, play.max, play.gunta)
    assert play.status() == status
    before = play.before()
    for name, row in TABLE.items():
        with undone():
            was = play.seen()
            answer = play.press(row)
            if target := row.moves.get(status, ""):
                assert answer.status_code == 302, (name, answer.content.decode()[-3000:])
                assert play.status() == target, name
                drain()
                told_as_the_table_says(play, name, status, target, was)
            else:
                page = answer.content.decode()
                # Whoever made the last move themselves is led back to where it is by now, and told so.
                codes = {302} if status in row.is_done_in else {302, 404, 409}
                assert answer.status_code in codes, (name, answer.status_code)
                if answer.status_code == 302 and status not in row.is_done_in:
                    page = play.browsers[row.side].get(answer["Location"]).content.decode()
                    language = "de" if row.side == "lead" else "lv"
                    assert said("handover_moved_on", language, own=True, status=status) in page, name
                assert (answer.status_code == 404) is (row.side == "service" and not is_theirs(row, status)), name
                assert is_said_plainly(page, "de" if row.side == "lead" else "lv"), (name, page)
                assert play.before() == before, name


def is_theirs(row: Row, status: str) -> bool:
    """Whether there is anything of it at Baltic: a contract once it was sent, a ticket once it was accepted."""
    if row.path(NOWHERE).startswith("baltic/handovers/"):
        return status not in (S.UNSENT, S.DISCARDED)
    return status in (*RUNNING, S.COMPLETE, S.RETURNED)


class _Nowhere:
    number = key = 0


NOWHERE = Stage(None, _Nowhere, _Nowhere)


def told_as_the_table_says(play: Play, row: str, status: str, target: str, was: dict[str, set[int]]) -> None:
    """One history row for each move, and the mails and notes of §11."""
    who = "Max Petersen" if TABLE[row].side == "lead" else "Gunta Bērziņa"
    with acting(play.max):
        made = list(Move.objects.exclude(pk__in=was["moves"]).order_by("pk"))
    if status != target:
        assert (made[-1].to_status, made[-1].by_name, made[-1].channel) == (target, who, "web"), row
        assert all(one.by_name == who for one in made), row
    wanted: dict[str, set[str]] = {"lead": set(), "service": set()}
    for one in made:
        lead, service, lead_note, service_note = TOLD.get(one.name, ("", "", None, None))
        wanted["lead"] |= {lead} - {""}
        wanted["service"] |= {service} - {""}
        for side, member, is_noted in (("lead", play.max, lead_note), ("service", play.gunta, service_note)):
            if is_noted is None:
                continue
            with scope.tenant(member.tenant_id):
                news = Entry.objects.exclude(pk__in=was[f"{side} notes"]).filter(subject_type="ticket")
                assert news.filter(kind=f"handover.{one.name}").exists() is is_noted, (row, side, one.name)
    if "proposes" in row:
        wanted["service" if TABLE[row].side == "lead" else "lead"] = {"change_proposed"}
    for side, member in (("lead", play.max), ("service", play.gunta)):
        with scope.tenant(member.tenant_id):
            mails = OutgoingMail.objects.exclude(pk__in=was[f"{side} mails"])
            assert set(mails.values_list("code", flat=True)) == wanted[side], (row, status, side)


@pytest.mark.parametrize("status", list(S.values))
def test_t6_the_clock_moves_only_an_offer_that_is_out(play: Play, status: str) -> None:
    """T6: from every status; a late answer reads that the offer expired."""
    bring(play.stage, status, play.max, play.gunta)
    past = timezone.now() - timedelta(minutes=1)
    with acting(play.max):
        if status not in (S.UNSENT, S.DISCARDED):
            Handover.objects.update(answer_by=past)
        timers.arm(sending.EXPIRES, play.stage.handover.pk, past)
        Timer.objects.exclude(kind=sending.EXPIRES).delete()
    timers.sweep()
    timers.sweep()
    drain()
    assert play.status() == (S.EXPIRED if status == S.ASSIGNED else status)
    if status != S.ASSIGNED:
        return
    before = play.before()
    for name in ("T4", "T5"):
        late = play.press(TABLE[name])
        assert late.status_code == 409
        assert said("offer_expired", "lv", partner="Nordlicht IT") in late.content.decode()
        assert play.before() == before


# Needs ----------------------------------------------------------------------------------------------------------------
def test_each_row_names_the_right_it_takes_and_does_not_exist_for_strangers(
    play: Play, nordlicht: Tenant, baltic: Tenant, sam: Membership
) -> None:
    """§4 "needs", §2: without the level 403 with the right and who grants it; a stranger 404; nothing changes."""
    without = {
        SEND: services.add_member(nordlicht, "nora@nordlicht.example", "Nora", "dispatcher", outsourcing_level="none"),
        MANAGE: services.add_member(baltic, "a@baltic.example", "Andris", "dispatcher", outsourcing_level="outsource"),
        EDIT: services.add_member(baltic, "ruta@baltic.example", "Rūta", "read-only"),
    }
    without[WRITE] = without[EDIT]
    browsers, stranger = {right: sign_in(one) for right, one in without.items()}, sign_in(sam)
    tried = set()
    for status in (S.UNSENT, S.ASSIGNED, S.WAITING_APPROVAL, S.ACCEPTED):
        with undone():
            bring(play.stage, status, play.max, play.gunta)
            before = play.before()
            for name, row in TABLE.items():
                if name in tried or status not in row.moves:
                    continue
                tried.add(name)
                answer = play.press(row, browsers[row.needs])
                page = answer.content.decode()
                assert answer.status_code == 403, name
                assert row.needs in page, (name, page)
                assert ("Max Petersen" if row.side == "lead" else "Gunta Bērziņa") in page, name
                assert play.press(row, stranger).status_code == 404, name
                assert play.before() == before, name
    assert tried == set(TABLE)


def test_the_rows_with_a_limit_stop_at_it(play: Play, nordlicht: Tenant) -> None:
    """§4 "Outsource, limit": T2, T10, T11, T12 and T16 over the limit change nothing and say the limit."""
    dora = services.add_member(nordlicht, "dora@n.example", "Dora Wolf", "dispatcher", amount_limit=Decimal(300))
    hers = sign_in(dora)
    for name, status in (
        ("T2", S.UNSENT),
        ("T10", S.WAITING_APPROVAL),
        ("T11", S.ACCEPTED),
        ("T12 complete", S.ACCEPTED),
        ("T16 the lead proposes", S.ACCEPTED),
    ):
        with undone():
            bring(play.stage, status, play.max, play.gunta)
            before = play.before()
            answer = play.press(TABLE[name], hers)
            assert answer.status_code == 409, name
            assert "300,00" in answer.content.decode(), name
            assert play.before() == before, name


# Guards ---------------------------------------------------------------------------------------------------------------
def _no_agreement(play: Play) -> None:
    with acting(play.max) as by:
        agreement.withdraw(by=by)


def _paused(play: Play) -> None:
    path = f"/nordlicht/outsourcing/partners/{play.stage.partnership.key}/pause/"
    assert play.browsers["lead"].post(path).status_code == 302


def _resolved(play: Play) -> None:
    with acting(play.max) as by:
        lifecycle.close(Ticket.objects.get(pk=play.stage.ticket.pk), "Done.", by=by)


def _late(play: Play) -> None:
    with acting(play.max):
        Handover.objects.update(answer_by=timezone.now() - timedelta(seconds=1))


def _arriving(play: Play) -> None:
    """Baltic wrote something that has not arrived, and the lead something for Baltic."""
    reader = f"partner:{play.stage.handover.key}:Nordlicht IT"
    note = {"reader": reader, "text": "On its way.", "kind_of": "note"}
    at = f"/baltic/tickets/{play.stage.insourced.number}"
    assert play.browsers["service"].post(f"{at}/notes/add/", note).status_code == 302
    note = {**note, "reader": f"partner:{play.stage.handover.key}:Baltic Service"}
    at = f"/nordlicht/tickets/{play.stage.ticket.number}"
    assert play.browsers["lead"].post(f"{at}/notes/add/", note).status_code == 302


def _nothing(play: Play) -> None:
    """The stage as it is."""


GUARDS: list[tuple[str, str, Callable[[Play], None], dict[str, Any]]] = [
    ("T1", S.DISCARDED, _resolved, {}),
    ("T2", S.DISCARDED, _resolved, {}),
    ("T2", S.DISCARDED, _no_agreement, {}),
    ("T2", S.UNSENT, _paused, {}),
    ("T2", S.UNSENT, _nothing, {"cost_rate": ""}),
    ("T2", S.UNSENT, _nothing, {"bill_rate": ""}),
    ("T2", S.UNSENT, _nothing, {"authorised_hours": "many"}),
    ("T2", S.UNSENT, _nothing, {"complete_by": "2020-01-01T10:00"}),
    ("T4", S.ASSIGNED, _late, {}),
    ("T4", S.ASSIGNED, _nothing, {"reason": ""}),
    ("T5", S.ASSIGNED, _late, {}),
    ("T5", S.ASSIGNED, _nothing, {"company": ""}),
    ("T5", S.ASSIGNED, _nothing, {"title": ""}),
    ("T9", S.WAITING_APPROVAL, _nothing, {"reason": " "}),
    ("T11", S.ACCEPTED, _arriving, {}),
    ("T12 complete", S.ACCEPTED, _arriving, {}),
    ("T12 complete", S.ACCEPTED, _nothing, {"how": ""}),
    ("T12 take back", S.ACCEPTED, _nothing, {"text": ""}),
    ("T13", S.ACCEPTED, _arriving, {}),
    ("T13", S.ACCEPTED, _nothing, {"reason": ""}),
    ("T15", S.ACCEPTED, _arriving, {}),
    ("T15", S.ACCEPTED, _nothing, {"reason": ""}),
    ("T16 the lead proposes", S.ACCEPTED, _nothing, {"reason": ""}),
    ("T16 the lead proposes", S.ACCEPTED, _nothing, {"authorised_hours": "5:00"}),
    ("T16 the partner proposes", S.ASSIGNED, _late, {}),
    ("T16 the partner proposes", S.ACCEPTED, _nothing, {"complete_by": "2020-01-01T10:00"}),
    ("T16 extend", S.ASSIGNED, _nothing, {"answer_by": "2020-01-01T10:00"}),
    ("T16 extend", S.ASSIGNED, _late, {}),
]


def test_the_guards_of_the_table(play: Play) -> None:
    """§4 "guard": each says no where the move would else happen, in a plain sentence, and nothing changes."""
    done = 0
    for status in (S.UNSENT, S.DISCARDED, S.ASSIGNED, S.ACCEPTED, S.WAITING_APPROVAL):
        with undone():
            bring(play.stage, status, play.max, play.gunta)
            for name, when, prepare, changes in GUARDS:
                if when != status:
                    continue
                with undone():
                    prepare(play)
                    before = play.before()
                    answer = play.press(TABLE[name], **changes)
                    case = (name, prepare.__name__, changes)
                    assert answer.status_code in {409, 422}, case
                    language = "de" if TABLE[name].side == "lead" else "lv"
                    assert is_said_plainly(answer.content.decode(), language), case
                    assert play.before() == before, case
                    done += 1
    assert done == len(GUARDS)


def test_t10_waits_for_what_still_arrives(play: Play) -> None:
    """T10: "nothing still arriving"; then it goes through."""
    bring(play.stage, S.ACCEPTED, play.max, play.gunta)
    _arriving(play)
    assert play.press(TABLE["T8"]).status_code == 302
    before = play.before()
    assert play.press(TABLE["T10"]).status_code == 409
    assert play.before() == before
    drain()
    assert play.press(TABLE["T10"]).status_code == 302
    assert play.status() == S.COMPLETE


def test_t12_a_ticket_that_is_out_asks_first_and_theirs_names_the_way_out(play: Play) -> None:
    """T12 and the words below the table: neither ticket is closed by its own button while the handover runs."""
    bring(play.stage, S.ACCEPTED, play.max, play.gunta)
    before = play.before()
    answer = play.browsers["lead"].post(f"/{ours('close')(play.stage)}", {"text": "Done."}, follow=True)
    assert said("handover_is_open", "de", partner="Baltic Service") in answer.content.decode()
    assert play.before() == before
    play.browsers["service"].post(f"/{theirs('accept')(play.stage)}")
    before = play.before()
    answer = play.browsers["service"].post(f"/{theirs('close')(play.stage)}", {"text": "Done."}, follow=True)
    assert said("insourced_ticket_is_running", "lv", partner="Nordlicht IT") in answer.content.decode()
    assert play.before() == before


# T16, the answers -----------------------------------------------------------------------------------------------------
def test_t16_nothing_changes_but_by_the_other_sides_word(play: Play) -> None:
    """T16: in each status that negotiates, from each side: agreed, refused, withdrawn; one's own is not agreed to."""
    for status in (S.ASSIGNED, *LIVE):
        with undone():
            bring(play.stage, status, play.max, play.gunta)
            for asks, answers in (("lead", "service"), ("service", "lead")):
                with undone():
                    row = TABLE[f"T16 the {'lead' if asks == 'lead' else 'partner'} proposes"]
                    assert play.press(row).status_code == 302
                    drain()
                    with acting(play.max):
                        one = Proposal.objects.get()
                        assert (one.status, Handover.objects.latest("pk").terms_version) == ("open", 1)
                    for verb, who, form, ends, version in (
                        ("accept", answers, {"version": "1"}, "accepted", 2),
                        ("refuse", answers, WHY, "refused", 1),
                        ("withdraw", asks, {}, "withdrawn", 1),
                        ("accept", asks, {"version": "1"}, "", 1),
                        ("refuse", asks, WHY, "", 1),
                        ("withdraw", answers, {}, "", 1),
                        ("accept", answers, {"version": "9"}, "", 1),
                        ("refuse", answers, {"reason": ""}, "", 1),
                    ):
                        with undone():
                            before = play.before()
                            path = f"/{DESK[who]}/handovers/{play.stage.handover.key}/proposals/{one.key}/{verb}/"
                            answer = play.browsers[who].post(path, form)
                            case = (status, asks, verb, who, form)
                            if not ends:
                                assert answer.status_code in {409, 422}, case
                                assert play.before() == before, case
                                continue
                            assert answer.status_code == 302, case
                            with acting(play.max):
                                assert Proposal.objects.get().status == ends, case
                                terms = Terms.objects.order_by("version")
                                assert Handover.objects.latest("pk").terms_version == version == len(terms), case
                                assert terms[0].authorised_minutes == 300, case
                                if version == 2:
                                    assert terms[1].authorised_minutes == 420
                                    assert terms[1].sha256 != terms[0].sha256
                            drain()
                            with scope.tenant((play.max if asks == "lead" else play.gunta).tenant_id):
                                told = OutgoingMail.objects.filter(code="change_answered").exists()
                                assert told is (who == answers), case
