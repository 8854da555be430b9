"""The table of moves of §4 and what §11 says of each: whose it is, on which page, from where to where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from outsourcing.models import Handover
from outsourcing.models import HandoverStatus as S
from psa.tenancy import scope
from tests.outsourcing.test_rights_matrix import Stage
from tickets.models import Queue

OVER = (S.COMPLETE, S.RETURNED, S.DECLINED, S.CANCELED, S.EXPIRED, S.DISCARDED)
LIVE = (S.ACCEPTED, S.IN_PROGRESS)
RUNNING = (*LIVE, S.WAITING_APPROVAL)
SEND, MANAGE, EDIT, WRITE = "outsource.send", "outsource.partners", "ticket.edit", "note.write"
DESK = {"lead": "nordlicht", "service": "baltic"}
OFFER = {
    "rate_type": "hourly", "currency": "EUR", "cost_rate": "60", "bill_rate": "95", "authorised_hours": "5",
    "authorised_charges": "50", "answer_hours": "24", "detail": "site",
}  # fmt: skip
WHY = {"reason": "Port 12 is dead."}
Form = Callable[[Stage], dict[str, Any]]


def ours(verb: str) -> Callable[[Stage], str]:
    return lambda s: f"nordlicht/tickets/{s.ticket.number}/{verb}/"


def theirs(verb: str) -> Callable[[Stage], str]:
    """On Baltic's own ticket; before it accepted there is none of this number."""
    return lambda s: f"baltic/tickets/{s.insourced.number if s.insourced else 1}/{verb}/"


def contract(desk: str, verb: str) -> Callable[[Stage], str]:
    return lambda s: f"{desk}/handovers/{s.handover.key}/{verb}/"


def offer(do: str, **more: Any) -> Form:
    return lambda s: {**OFFER, "partner": str(s.partnership.key), "do": do, **more}


def accepting(stage: Stage) -> dict[str, Any]:
    with scope.tenant(stage.company.tenant_id):
        queue = Queue.objects.values_list("pk", flat=True).get()
    return {"title": "Slēdzis", "queue": queue, "priority": "3", "company": stage.company.pk}


def proposing(stage: Stage) -> dict[str, Any]:
    """The form as it opens, with two hours more."""
    with scope.tenant(stage.partnership.lead_id):
        found = Handover.objects.get(pk=stage.handover.pk)
    until = timezone.localtime(found.answer_by or timezone.now()).strftime("%Y-%m-%dT%H:%M")
    typed = {"authorised_hours": "7:00", "authorised_charges": "50", "cost_rate": "60", "instructions": ""}
    return {**typed, "answer_by": until, **WHY}


def later(stage: Stage) -> dict[str, Any]:
    return {"answer_by": timezone.localtime(timezone.now() + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M")}


@dataclass(frozen=True)
class Row:
    """A row of the table: whose move, on which page, what is typed, from where to where, and the right it takes."""

    side: str
    path: Callable[[Stage], str]
    moves: Mapping[str, str]
    needs: str
    form: Form = field(default=lambda s: {})
    # Where it answers without doing anything, because what was wanted is done already.
    is_done_in: tuple[str, ...] = ()


def to(target: str, *sources: str) -> dict[str, str]:
    return dict.fromkeys(sources, target)


def same(*sources: str) -> dict[str, str]:
    return {one: one for one in sources}


OURS_ONLY = {"reader": "internal::Baltic Service", "text": "Looked at it.", "kind_of": "note"}
CLOSING = {"text": "Done."}
ENDS_BEFORE = {**to(S.DISCARDED, S.UNSENT), **to(S.CANCELED, S.ASSIGNED)}
TABLE = {
    "T0": Row("lead", ours("discard"), to(S.DISCARDED, S.UNSENT), SEND),
    "T1": Row("lead", ours("outsource"), to(S.UNSENT, S.UNSENT, *OVER), SEND, offer("save")),
    "T2": Row("lead", ours("outsource"), to(S.ASSIGNED, S.UNSENT, *OVER), SEND, offer("send")),
    "T3": Row("lead", ours("cancel-offer"), to(S.CANCELED, S.ASSIGNED), SEND),
    "T4": Row("service", contract("baltic", "decline"), to(S.DECLINED, S.ASSIGNED), MANAGE, lambda s: WHY),
    "T5": Row(
        "service", contract("baltic", "accept"), to(S.ACCEPTED, S.ASSIGNED), MANAGE, accepting,
        is_done_in=(*RUNNING, S.COMPLETE, S.RETURNED),
    ),
    "T7 an internal note": Row(
        "service", theirs("notes/add"),
        {**to(S.IN_PROGRESS, *LIVE), **same(S.WAITING_APPROVAL, S.COMPLETE, S.RETURNED)}, WRITE, lambda s: OURS_ONLY,
    ),
    "T7 a move": Row(
        "service", theirs("accept"),
        {**to(S.IN_PROGRESS, *LIVE), **same(S.WAITING_APPROVAL, S.COMPLETE, S.RETURNED)}, EDIT,
    ),
    "T8": Row("service", theirs("submit-work"), to(S.WAITING_APPROVAL, *LIVE), EDIT),
    "T9": Row("lead", ours("reject"), to(S.IN_PROGRESS, S.WAITING_APPROVAL), SEND, lambda s: WHY),
    "T10": Row("lead", ours("approve"), to(S.COMPLETE, S.WAITING_APPROVAL), SEND),
    "T11": Row("lead", ours("complete"), to(S.COMPLETE, *RUNNING), SEND),
    "T12 complete": Row(
        "lead", ours("end-and-close"), {**ENDS_BEFORE, **to(S.COMPLETE, *RUNNING)}, SEND,
        lambda s: {**CLOSING, "how": "complete"},
    ),
    "T12 take back": Row(
        "lead", ours("end-and-close"), {**ENDS_BEFORE, **to(S.RETURNED, *RUNNING)}, SEND,
        lambda s: {**CLOSING, "how": "take_back"},
    ),
    "T13": Row("service", theirs("return"), to(S.RETURNED, *RUNNING), MANAGE, lambda s: WHY),
    "T14": Row("service", theirs("recall"), to(S.IN_PROGRESS, S.WAITING_APPROVAL), EDIT),
    "T15": Row("lead", ours("take-back"), to(S.RETURNED, *RUNNING), SEND, lambda s: WHY),
    "T16 the lead proposes": Row("lead", contract("nordlicht", "propose"), same(S.ASSIGNED, *LIVE), SEND, proposing),
    "T16 the partner proposes": Row(
        "service", contract("baltic", "propose"), same(S.ASSIGNED, *LIVE), MANAGE, proposing
    ),
    "T16 extend": Row("lead", contract("nordlicht", "extend"), same(S.ASSIGNED), SEND, later),
}  # fmt: skip

# §11: what a move leaves behind: the mail to the lead, to the service partner, a note on the lead's ticket, on theirs.
TOLD = {
    "sent": ("", "offer_sent", True, False),
    "extended": ("", "offer_sent", True, False),
    "canceled": ("", "offer_canceled", True, False),
    "accepted": ("offer_accepted", "", True, True),
    "declined": ("offer_declined", "", True, False),
    "expired": ("offer_expired", "offer_expired", True, False),
    "submitted": ("submitted", "", True, True),
    "recalled": ("recalled", "", True, True),
    "rejected": ("", "rejected", True, True),
    "completed": ("complete", "complete", True, True),
    "returned": ("returned", "returned", True, True),
    "taken_back": ("taken_back", "taken_back", True, True),
}
