"""What a no, and what waits for a dispatcher, says to its reader."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from psa.web.figures import moment
from psa.web.refusals import register as say


def _window_over(p: Mapping[str, Any]) -> str:
    until: datetime = p["until"]
    return _("This request could be opened again until %(until)s. Make a new one that follows it.") % {
        "until": moment(until)
    }


def register() -> None:
    """The sentences of reviews and follow-ups."""
    say("reopen_window_is_over", _window_over)
    say("no_handover_has_ended", lambda p: _("No partner's handover of this ticket has ended."))
    say("not_an_accepter", lambda p: _("%(name)s does not have the right to accept solutions.") % p)
    say("not_your_request", lambda p: _("This is not your request, and not one of your company you may see."))
    say("accepted_already", lambda p: _("The solution was accepted already."))
    say("review_does_not_run", lambda p: _("No time is running at the moment that could be changed."))
    say("review_is_not_paused", lambda p: _("The customer's time is running already."))
    say("extended_already", lambda p: _("More time was asked for once already."))
    say("not_later", lambda p: _("There is time until %(until)s anyway. Choose a later day.") % _at(p))
    say("too_late", lambda p: _("Choose a day until %(until)s at the latest.") % _at(p))
    # What waits for a dispatcher.
    say(
        "review_undelivered",
        lambda p: (
            _("A mail about the review did not arrive (%(addresses)s); the customer's time stands still.")
            % {"addresses": ", ".join(p["addresses"])}
        ),
    )
    say(
        "review_untold",
        lambda p: _("Nobody could be told of the review: the ticket names no contact with an e-mail address."),
    )
    say(
        "accepted_ahead",
        lambda p: (
            _("%(name)s accepted the solution while %(partner)s still works on it. Approve or take back that work.") % p
        ),
    )


def _at(p: Mapping[str, Any]) -> dict[str, Any]:
    return {**p, "until": moment(p["until"])}
