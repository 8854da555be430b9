"""Where a request stands, as its customer reads it: a word, and what happens next. One table, beside no other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from psa.web.labels import Table
from tickets.models import Resolution, Status, Ticket


@dataclass(frozen=True, slots=True)
class Standing:
    """One state in plain words: its label, what happens next, how it looks."""

    label: Any
    next: Any
    colour: str
    icon: str


_WORK = _("We are working on it. You hear from us as soon as there is news.")
_AGAIN = _("We look into what you reported and come back to you.")
_YOUR_TURN = _("Question for you")
STANDINGS = {
    Status.NEW: Standing(_("Received"), _("Your request is with us. Somebody will take it on."), "blue", "inbox"),
    Status.OPEN: Standing(_("Taken on"), _("Somebody looks after it and begins soon."), "blue", "user-check"),
    Status.IN_PROGRESS: Standing(_("Being worked on"), _WORK, "teal", "circle-play"),
    Status.ESTIMATED: Standing(
        _("Estimate to decide"), _("We begin once the estimate is accepted."), "amber", "calculator"
    ),
    Status.ESTIMATE_ACCEPTED: Standing(
        _("Estimate accepted"), _("Thank you. We begin with the work."), "teal", "badge-check"
    ),
    Status.WAITING_CLARIFICATION: Standing(
        _YOUR_TURN, _("We need an answer from you to go on."), "amber", "message-circle-question-mark"
    ),
    Status.WAITING_SOLUTION_REVIEW: Standing(
        _("Ready for your review"), _("Have a look and tell us whether it is solved."), "amber", "clipboard-check"
    ),
    Status.WAITING_PRODUCTION_REVIEW: Standing(
        _("Ready for your review"), _("It is in use now. Tell us whether it works."), "amber", "clipboard-check"
    ),
    Status.REOPENED_DEFECT: Standing(_("Being worked on again"), _AGAIN, "teal", "rotate-ccw"),
    Status.REOPENED_OBJECTION: Standing(_("Being worked on again"), _AGAIN, "teal", "rotate-ccw"),
    Status.REOPENED_DEPLOY_REQUEST: Standing(
        _("Deployment requested"), _("We plan when it goes into production and tell you."), "teal", "rocket"
    ),
    Status.READY_FOR_DEPLOY: Standing(
        _("Deployment planned"), _("It goes into production at the time we told you."), "teal", "rocket"
    ),
    Status.INVOICE: Standing(_("Done"), _("There is nothing more to do for you."), "green", "circle-check"),
    Status.CLOSED: Standing(_("Closed"), _("There is nothing more to do for you."), "gray", "circle-check"),
    Status.CANCELLED: Standing(pgettext_lazy("request", "Cancelled"), _("Nobody works on it any more."), "gray", "ban"),
}
STANDING = Table(STANDINGS)  # type: ignore[arg-type]  # a Standing has what a Look has
ENDED = {
    Resolution.AUTO_ACCEPTED: _("It was closed because nobody answered in time, as we had announced."),
    Resolution.CANCELLED_BY_CUSTOMER: _("It was cancelled at your wish."),
    Resolution.ESTIMATE_EXPIRED: _("It ended because the estimate was not answered."),
    Resolution.REFUSED_MISSING_INFO: _("It ended because we did not get what we needed for it."),
    Resolution.NO_RESPONSE: _("It was closed because our questions stayed without an answer."),
}


def next_of(ticket: Ticket) -> str:
    """What happens next, in a sentence."""
    said = ENDED.get(Resolution(ticket.resolution)) if ticket.resolution else None
    return str(said or STANDINGS[Status(ticket.status)].next)
