"""What the refusals and the dispatcher's tasks about estimates say."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from psa.web import refusals
from psa.web.figures import hours, money
from workflows.labels import ESTIMATES


def _nobody(params: Mapping[str, Any]) -> str:
    """Whom to ask for what: those who are known, with their limits, or that nobody is."""
    amount = money(Decimal(params["amount"]), params["currency"])
    known = [
        _("%(name)s up to %(limit)s") % {"name": one["name"], "limit": money(Decimal(one["limit"]), one["currency"])}
        for one in params["known"]
    ]
    if not known:
        return _(
            "Nobody at this customer may approve estimates yet. Add an approver whose limit covers %(amount)s."
        ) % {"amount": amount}
    said = _("With its tolerance this comes to %(amount)s, and nobody may approve that: %(known)s.")
    return said % {"amount": amount, "known": ", ".join(known)}


def _needed(params: Mapping[str, Any]) -> str:
    said = _("This takes %(minutes)s, and without the customer's consent there are %(limit)s. Send an estimate first.")
    return said % {"minutes": hours(params["minutes"]), "limit": hours(params["limit"])}


def _over_limit(params: Mapping[str, Any]) -> str:
    amount = money(Decimal(params["amount"]), params["currency"])
    return _("With its tolerance this comes to %(amount)s. That is over your limit: pass it on.") % {"amount": amount}


def _used_up(params: Mapping[str, Any]) -> str:
    said = _("With the partner's time %(minutes)s of %(limit)s are used. Ask the customer for more, or stop the work.")
    return said % {"minutes": hours(params["minutes"]), "limit": hours(params["limit"])}


def register() -> None:
    """Give every code its sentence."""
    say = refusals.register
    say("nobody_may_approve", _nobody)
    say("estimate_is_needed", _needed)
    say(
        "expected_minutes_missing",
        lambda p: _("How long will it take? Up to %(limit)s you begin at once.") % {"limit": hours(p["limit"])},
    )
    say(
        "estimate_is_out",
        lambda p: _("This customer's approvers decide on an estimate. The customer stays until then."),
    )
    say("deadline_is_past", lambda p: _("Propose a deadline that is still to come."))
    say("deadline_is_no_working_day", lambda p: _("Nobody works for this customer that day. Propose a working day."))
    say(
        "amount_too_large",
        lambda p: (
            _("This is more than an estimate can be: at most %(most)s.")
            % {"most": money(Decimal(p["most"]), p["currency"])}
        ),
    )
    say("price_missing", lambda p: _("Enter the rate per hour or the fixed price."))
    say(
        "estimate_is_outdated",
        lambda p: _("There is a newer version of this estimate: version %(version)s. Nothing was decided.") % p,
    )
    say(
        "estimate_is_decided",
        lambda p: (
            _("This estimate is not open any more: %(status)s. Nothing was changed.")
            % {"status": ESTIMATES.text(p["status"])}
        ),
    )
    say("not_an_approver", lambda p: _("%(name)s may not decide on estimates of this company.") % p)
    say("estimate_over_limit", _over_limit)
    say("agreed_already", lambda p: _("You have agreed already. Somebody else's word is still missing."))
    say("not_your_turn", lambda p: _("%(name)s decides first; you are told when it is your turn.") % p)
    say("passed_to_oneself", lambda p: _("Choose somebody else to pass it on to."))
    say("cannot_decide_either", lambda p: _("%(name)s may not approve this amount. Choose somebody who may.") % p)
    say(
        "contact_has_estimate",
        lambda p: _("An estimate for a request of this person waits for a decision. Settle it first."),
    )
    say("contact_is_elsewhere", lambda p: _("%(name)s is not an active contact of this company.") % p)
    say("is_an_approver", lambda p: _("%(name)s is an approver already. Change the limit there.") % p)
    say("deputy_is_the_approver", lambda p: _("%(name)s decides here anyway. Choose somebody else as deputy.") % p)
    say("deputy_ends_before", lambda p: _("The last day comes before the first one."))
    say(
        "estimate_expired",
        lambda p: _("Version %(version)s of the estimate expired without an answer. Ask the customer, or cancel.") % p,
    )
    say("allowance_is_used_up", _used_up)
    say(
        "decision_was_not_theirs",
        lambda p: _("%(name)s says the decision %(recorded_by)s recorded for them was not theirs. Clear it up.") % p,
    )
