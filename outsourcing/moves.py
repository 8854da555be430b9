"""The moves of a handover as pages offer them: one table for the buttons, the page that asks, and the call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from outsourcing.models import Handover, HandoverStatus, Side
from outsourcing.readings import Reading
from outsourcing.services import answering, ending, limits, releases, sending
from psa.fsm import can_proceed
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from psa.web import refusals
from tickets import permissions
from tickets.models import Ticket

S = HandoverStatus
Call = Callable[[Ticket, Mapping[str, Any], Actor], Any]


@dataclass(frozen=True, slots=True)
class Move:
    """A move: whose it is, the transition that must be open, the right it takes, what it asks for, and what it does.

    `asks` names the fields of its form: "reason" (needed), "remark" and "note" (may be empty), "part" (of a flat
    amount). `release_of` is the move it asks somebody with a higher limit to make. `path` is its word in the ticket's
    address, none of the words of the ticket's own moves.
    """

    name: str
    path: str
    side: str
    transition: str
    label: Any
    icon: str
    said: Any
    done: Any
    call: Call
    capability: str = ""
    asks: tuple[str, ...] = ()
    variant: str = ""
    is_an_end: bool = False
    release_of: str = ""

    def is_open(self, reading: Reading) -> bool:
        """Whether the machine allows it now, from our side."""
        return self.side == reading.link.side and can_proceed(getattr(reading.handover, self.transition))

    def is_for(self, reading: Reading) -> bool:
        """Whether it is this member's way: over the limit the request for release stands in the move's place (§2)."""
        if self.release_of:
            return reading.is_over_limit
        return self.name not in LIMITED or not reading.is_over_limit

    def missing(self, ticket: Ticket, by: Actor) -> str:
        """The right that is missing for it, "" where none is."""
        if self.capability and not by.can(self.capability):
            return self.capability
        return "" if permissions.may(ticket, "ticket.edit", by) else "ticket.edit"

    def require(self, ticket: Ticket, by: Actor) -> None:
        """Raise Denied where a right is missing."""
        if capability := self.missing(ticket, by):
            raise Denied(capability)

    def fields(self, reading: Reading) -> tuple[str, ...]:
        """What it asks for here: a part only of a flat amount."""
        return tuple(name for name in self.asks if name != "part" or reading.is_flat)


SEND, MANAGE = "outsource.send", "outsource.partners"
# What the amount limit stands over, besides sending.
LIMITED = ("approve", "complete")

MOVES = {
    move.name: move
    for move in (
        Move(
            "approve",
            "approve",
            Side.LEAD,
            "approve",
            _("Approve"),
            "check",
            _("The work is good. The handover is complete for both companies and the link between the tickets ends."),
            _("Approved. The handover is complete."),
            lambda ticket, asked, by: ending.approve(ticket, by=by),
            SEND,
            variant="primary",
            is_an_end=True,
        ),
        Move(
            "reject",
            "reject",
            Side.LEAD,
            "reject",
            _("Reject"),
            "undo-2",
            _("The work is not good yet. The partner reads the reason and goes on; what was held is exchanged."),
            _("Sent back to the partner with your reason."),
            lambda ticket, asked, by: ending.reject(ticket, asked["reason"], by=by),
            SEND,
            ("reason",),
        ),
        Move(
            "complete",
            "complete",
            Side.LEAD,
            "complete",
            pgettext_lazy("button", "Complete"),
            "circle-check",
            _("You call the work done although it was not submitted. The link between the tickets ends for good."),
            _("The handover is complete."),
            lambda ticket, asked, by: ending.complete(ticket, by=by),
            SEND,
            is_an_end=True,
        ),
        Move(
            "release_approve",
            "release-approve",
            Side.LEAD,
            "approve",
            _("Request release: approve"),
            "lock",
            _("Approving this is over your limit. Those who may are asked by mail and on their dashboard."),
            _("The release is requested. You get a mail when somebody decides."),
            lambda ticket, asked, by: releases.ask(ticket, "approve", asked.get("note", ""), by=by),
            SEND,
            ("note",),
            variant="primary",
            release_of="approve",
        ),
        Move(
            "release_complete",
            "release-complete",
            Side.LEAD,
            "complete",
            _("Request release: complete"),
            "lock",
            _("Completing this is over your limit. Those who may are asked by mail and on their dashboard."),
            _("The release is requested. You get a mail when somebody decides."),
            lambda ticket, asked, by: releases.ask(ticket, "complete", asked.get("note", ""), by=by),
            SEND,
            ("note",),
            release_of="complete",
        ),
        Move(
            "cancel",
            "cancel-offer",
            Side.LEAD,
            "cancel",
            _("Cancel the offer"),
            "ban",
            _("The offer is taken off the table before it was accepted. The partner is told."),
            _("The offer was canceled."),
            lambda ticket, asked, by: sending.cancel(ticket, by=by, reason=asked.get("remark", "")),
            SEND,
            ("remark",),
        ),
        Move(
            "discard",
            "discard",
            Side.LEAD,
            "discard",
            _("Discard the draft"),
            "trash-2",
            _("The draft goes. The partner never knew of it."),
            _("The draft was discarded."),
            lambda ticket, asked, by: sending.discard(ticket, by=by),
            SEND,
        ),
        Move(
            "take_back",
            "take-back",
            Side.LEAD,
            "take_back",
            _("Take back"),
            "undo-2",
            _("You take the work back. The link ends; what was logged until now goes into the settlement."),
            _("The work is yours again."),
            lambda ticket, asked, by: ending.take_back(ticket, asked["reason"], by=by, part=asked.get("part")),
            SEND,
            ("reason", "part"),
            variant="danger",
            is_an_end=True,
        ),
        Move(
            "submit",
            "submit-work",
            Side.SERVICE,
            "submit",
            _("Insourcing complete"),
            "check",
            _("The lead partner approves or rejects the work. What you did so far is locked until then."),
            _("Submitted. The lead partner decides now."),
            lambda ticket, asked, by: answering.submit(ticket, by=by),
            variant="primary",
        ),
        Move(
            "recall",
            "recall",
            Side.SERVICE,
            "recall",
            _("Recall"),
            "rotate-ccw",
            _("You are not done after all. The submission is taken back and what was held goes out."),
            _("Recalled. The work goes on."),
            lambda ticket, asked, by: answering.recall(ticket, by=by),
        ),
        Move(
            "return",
            "return",
            Side.SERVICE,
            "give_back",
            _("Return"),
            "undo-2",
            _("You give the work back unfinished. The link ends; what was logged until now goes into the settlement."),
            _("The work was returned to the lead partner."),
            lambda ticket, asked, by: answering.give_back(ticket, asked["reason"], by=by, part=asked.get("part")),
            MANAGE,
            ("reason", "part"),
            variant="danger",
            is_an_end=True,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Button:
    """A move on a page: open, or shown with the reason why not."""

    move: Move
    url: str
    refusal: str = ""

    @property
    def dialog(self) -> str:
        """The id of the dialog that asks for its words."""
        return f"handover-{self.move.path}"


def buttons(reading: Reading) -> list[Button]:
    """The moves the machine allows and this member may make; those that end it wait for what still arrives."""
    return [
        Button(move, _url(move, reading.ticket), _refusal(move, reading))
        for move in MOVES.values()
        if move.is_open(reading) and move.is_for(reading) and not move.missing(reading.ticket, reading.by)
    ]


def _url(move: Move, ticket: Ticket) -> str:
    return reverse(f"outsourcing:{move.name}", args=[ticket.tenant.slug, ticket.number])


def _refusal(move: Move, reading: Reading) -> str:
    if move.is_an_end and reading.arriving:
        return refusals.explain(Refused("items_still_arriving", count=reading.arriving, partner=reading.link.partner))
    if asked := next((one for one in reading.releases if one.action == move.release_of), None):
        return refusals.explain(Refused("release_is_requested", by=asked.requested_by.name))
    if move.name in LIMITED and reading.is_own_work and reading.terms is not None:
        try:
            limits.check_second_person(reading.ticket, reading.link.lead_side, reading.terms.total, reading.by)
        except Refused as refused:
            return refusals.explain(refused)
    return ""


def stage(handover: Handover) -> str:
    """Where a handover is for somebody who closes its ticket (T12): nothing sent, an offer out, or running work."""
    if handover.status == S.UNSENT:
        return "unsent"
    return "assigned" if handover.status == S.ASSIGNED else "running"
