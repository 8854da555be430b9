"""Criterion 2: role × level × handover status × action equals the specification's tables (§2, §4).

One handover is brought to a status once; then everybody tries everything there, each in a savepoint of their own. What
is refused must have changed nothing. An administrator's level is not stored, so there is one of it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from outsourcing.models import Handover, LeadSide, Move, Release, ServiceSide, Share
from outsourcing.models import HandoverStatus as S
from outsourcing.services import answering, ending, sending
from outsourcing.terms import Draft
from psa.journal.models import Entry
from psa.lanes.models import Event, Lane
from psa.mail.models import OutgoingMail
from psa.tenancy import scope, services
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership, OutsourcingLevel, Tenant
from tests import held
from tests.conftest import acting
from tests.outsourcing.conftest import HOURLY, drain
from tickets.models import Queue, QueueMember, Ticket

ROLES = ("administrator", "dispatcher", "technician", "sales", "billing", "read-only")
# Whose ticket.edit reaches the ticket here: the technicians work its queue, the salespeople have nothing to do with it.
EDITS = ("administrator", "dispatcher", "technician")
CREATES = (*EDITS, "sales")
LEVELS = list(OutsourcingLevel)
FREE = (S.UNSENT, S.COMPLETE, S.RETURNED, S.DECLINED, S.CANCELED, S.EXPIRED, S.DISCARDED)
LIVE = (S.ACCEPTED, S.IN_PROGRESS)
RUNNING = (*LIVE, S.WAITING_APPROVAL)


@dataclass
class Stage:
    """One handover and both its tickets."""

    partnership: Any
    ticket: Any
    handover: Any = None
    insourced: Any = None
    company: Any = None

    @property
    def offer(self) -> tuple[Any, Any, Draft]:
        """What is prepared or sent."""
        return self.ticket, self.partnership, DRAFT


@dataclass(frozen=True)
class Action:
    """A row of the tables: whose move, from which level on, for which roles, in which statuses, and the call."""

    side: str
    level: str
    roles: tuple[str, ...]
    statuses: tuple[str, ...]
    call: Callable[[Stage, Actor], Any]


DRAFT = Draft(**HOURLY)  # type: ignore[arg-type]
WAITING = (S.WAITING_APPROVAL,)
ACTIONS = {
    "prepare": Action("lead", "outsource", EDITS, FREE, lambda s, by: sending.prepare(*s.offer, by=by)),
    "send": Action("lead", "outsource", EDITS, FREE, lambda s, by: sending.send(*s.offer, by=by)),
    "discard": Action("lead", "outsource", EDITS, (S.UNSENT,), lambda s, by: sending.discard(s.ticket, by=by)),
    "cancel": Action("lead", "outsource", EDITS, (S.ASSIGNED,), lambda s, by: sending.cancel(s.ticket, by=by)),
    "reject": Action("lead", "outsource", EDITS, WAITING, lambda s, by: ending.reject(s.ticket, "Not yet.", by=by)),
    "approve": Action("lead", "outsource", EDITS, WAITING, lambda s, by: ending.approve(s.ticket, by=by)),
    "complete": Action("lead", "outsource", EDITS, RUNNING, lambda s, by: ending.complete(s.ticket, by=by)),
    "take_back": Action("lead", "outsource", EDITS, RUNNING, lambda s, by: ending.take_back(s.ticket, "No", by=by)),
    "accept": Action(
        "service",
        "partners",
        CREATES,
        (S.ASSIGNED,),
        lambda s, by: answering.accept(s.handover, s.company, by=by, title="Theirs"),
    ),
    "decline": Action(
        "service", "partners", ROLES, (S.ASSIGNED,), lambda s, by: answering.decline(s.handover, "No", by=by)
    ),
    "submit": Action("service", "none", EDITS, LIVE, lambda s, by: answering.submit(s.insourced, by=by)),
    "recall": Action("service", "none", EDITS, WAITING, lambda s, by: answering.recall(s.insourced, by=by)),
    "return": Action(
        "service", "partners", EDITS, RUNNING, lambda s, by: answering.give_back(s.insourced, "No", by=by)
    ),
}
NEEDS_THEIR_TICKET = ("submit", "recall", "return")


def bring(stage: Stage, status: str, max: Membership, gunta: Membership) -> None:
    """Bring a fresh ticket's handover to `status` as people do."""
    with acting(max) as by:
        stage.handover = sending.prepare(stage.ticket, stage.partnership, DRAFT, by=by)
        if status == S.UNSENT:
            return
        if status == S.DISCARDED:
            sending.discard(stage.ticket, by=by)
            return
        stage.handover = sending.send(stage.ticket, stage.partnership, DRAFT, by=by)
        if status == S.CANCELED:
            sending.cancel(stage.ticket, by=by)
        if status == S.EXPIRED:
            Handover.objects.filter(pk=stage.handover.pk).update(answer_by=timezone.now())
            sending.expire(stage.handover.pk)
    drain()
    if status in (S.ASSIGNED, S.CANCELED, S.EXPIRED):
        return
    with acting(gunta) as by:
        if status == S.DECLINED:
            answering.decline(stage.handover, "No.", by=by)
        else:
            stage.insourced = answering.accept(stage.handover, stage.company, by=by, title="Theirs")
            if status != S.ACCEPTED:
                answering.submit(stage.insourced, by=by)
            if status == S.IN_PROGRESS:
                answering.recall(stage.insourced, by=by)
    drain()
    with acting(max) as by:
        if status == S.COMPLETE:
            ending.approve(stage.ticket, by=by)
        if status == S.RETURNED:
            ending.take_back(stage.ticket, "Ours.", by=by)
    drain()


WATCHED = (Handover, LeadSide, ServiceSide, Release, Ticket, Move, Entry, Event, Lane, Share, OutgoingMail)


def everything() -> list[Any]:
    """What a refused move must have left alone: the rows that change, and how many there are of those only added."""
    changing = [held.rows(model) for model in (Handover, LeadSide, ServiceSide, Lane)]
    return [*changing, *(held.number(model) for model in WATCHED)]


@pytest.fixture
def people(
    nordlicht: Tenant, baltic: Tenant, max: Membership, gunta: Membership, partnership: Any
) -> dict[tuple[str, str], Membership]:
    """One member of each role on both sides; the technicians work the ticket's queue."""
    found = {}
    for side, tenant in (("lead", nordlicht), ("service", baltic)):
        for role in ROLES:
            made = services.add_member(tenant, f"{role}@{tenant.slug}.example", f"{role} {tenant.slug}", role)
            with scope.tenant(tenant):
                found[side, role] = Membership.objects.select_related("role", "tenant").get(pk=made.pk)
                if role == "technician":
                    QueueMember.objects.create(queue=Queue.objects.get(is_default=True), member=made)
    return found


@pytest.mark.parametrize("status", list(S.values))
def test_role_level_status_and_action_are_the_table(
    status: str, people: Any, max: Any, gunta: Any, nordlicht: Any, baltic: Any, ticket: Any, partnership: Any,
    desk_of_baltic: Any,
) -> None:  # fmt: skip
    stage = Stage(partnership, ticket, company=desk_of_baltic)
    bring(stage, status, max, gunta)
    tried = 0
    for side, tenant in (("lead", nordlicht), ("service", baltic)):
        with scope.tenant(tenant):
            assert side == "service" or Handover.objects.get(pk=stage.handover.pk).status == status
            before = everything()
            for role in ROLES:
                for level in LEVELS[-1:] if role == "administrator" else LEVELS:
                    member = people[side, role]
                    member.outsourcing_level = level
                    by = Actor.of(member)
                    for name, action in ACTIONS.items():
                        if action.side == side and (stage.insourced or name not in NEEDS_THEIR_TICKET):
                            said = attempt(stage, action, by)
                            assert said in expected(action, role, level, status), (name, role, level)
                            tried += 1
                    assert everything() == before, (role, level)
    assert tried >= ((len(ROLES) - 1) * len(LEVELS) + 1) * 10


def attempt(stage: Stage, action: Action, by: Actor) -> str:
    """What comes of it: "done" (and undone again), "denied" or "refused"."""
    said = ""
    with suppress(_Undo), transaction.atomic():
        try:
            action.call(stage, by)
            said = "done"
        except Denied:
            return "denied"
        except (Refused, Handover.DoesNotExist):
            return "refused"
        raise _Undo
    return said


class _Undo(Exception):
    """Back to where the stage was."""


def expected(action: Action, role: str, level: str, status: str) -> set[str]:
    """What the tables say. Where both the right and the status are wrong, either may be named."""
    held = "all" if role == "administrator" else level
    has_level = LEVELS.index(OutsourcingLevel(held)) >= LEVELS.index(OutsourcingLevel(action.level))
    may, can = has_level and role in action.roles, status in action.statuses
    if may:
        return {"done"} if can else {"refused"}
    return {"denied"} if can or not has_level else {"denied", "refused"}
