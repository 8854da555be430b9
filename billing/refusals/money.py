"""What a no about approving, posting and contracts says to its reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from psa.web.figures import hours
from psa.web.refusals import register as say


def _no_rate(p: Mapping[str, Any]) -> str:
    on = parse_date(p["day"])
    assert on is not None  # written by the service
    words = {"contract": p["contract"], "day": date_format(on, "SHORT_DATE_FORMAT")}
    return _("The contract “%(contract)s” has no rate for this work on %(day)s. Add one, then approve again.") % words


def _to_bill(p: Mapping[str, Any]) -> str:
    words = {"time": hours(p["minutes"]), "n": p["charges"]}
    return (
        ngettext(
            "Nobody decided on %(time)s and %(n)s charge yet. Approve them, or have an administrator write them off.",
            "Nobody decided on %(time)s and %(n)s charges yet. Approve them, or have an administrator write them off.",
            p["charges"],
        )
        % words
    )


def register() -> None:
    """The sentences of this room."""
    say("approved_already", lambda p: _("This was approved already."))
    say("not_billable", lambda p: _("This is not billed: it is at no charge, or hidden."))
    say("over_the_estimate", lambda p: _("The customer has not agreed to this time: it is over the estimate."))
    say("entry_without_text", lambda p: _("It does not say what was done."))
    say("entry_without_times", lambda p: _("It does not say from when until when."))
    say("entry_without_contract", lambda p: _("It is under no contract of the customer."))
    say("no_contract_in_force", lambda p: _("%(company)s had no contract on that day. Add one first.") % p)
    say("no_rate_for_work", _no_rate)
    say("charge_has_no_price", lambda p: _("It needs a price. Enter one; 0 where it is meant to cost nothing."))
    say("price_is_given", lambda p: _("This has a price already. Look at it again."))
    say("posted_already", lambda p: _("This was posted already. It can be taken back by a second item."))
    say("invoiced_already", lambda p: _("This stands on an invoice. Credit the invoice first."))
    say("not_posted", lambda p: _("Only what was posted can be taken back."))
    say("reversed_already", lambda p: _("This was taken back already."))
    say("item_is_returned", lambda p: _("This was given back and waits to be approved again."))
    say("not_returnable", lambda p: _("Nobody logged this, so it cannot be given back."))
    say("no_amount", lambda p: _("Say how much is billed instead, and at what price."))
    say(
        "partner_work_is_not_returned",
        lambda p: _("A partner logged this. Reject the work, or take it back, on the ticket."),
    )
    say("item_is_approved", lambda p: _("This was approved for billing. Have it given back first."))
    say("item_is_posted", lambda p: _("This was posted for billing and stays as it is."))
    say(
        "ticket_is_billed",
        lambda p: _("Work of ticket %(number)s was approved for billing: it stays on this ticket and customer.") % p,
    )
    say(
        "merged_is_approved",
        lambda p: (
            _(
                "Work of ticket %(number)s was approved for billing and stays on it. Have it given back first, or merge"
                " the other ticket into this one."
            )
            % p
        ),
    )
    say(
        "merged_is_posted",
        lambda p: (
            _(
                "Work of ticket %(number)s was posted for billing and stays on it. Merge the other ticket into this"
                " one, or link the two."
            )
            % p
        ),
    )
    say(
        "survivor_is_settled",
        lambda p: (
            _("Ticket %(number)s is closed and its work was billed: nothing is added to it any more. Link the two.") % p
        ),
    )
    say(
        "ticket_is_posted",
        lambda p: _("Work of ticket %(number)s was posted for billing. Make a new ticket that follows it.") % p,
    )
    say("something_to_bill", _to_bill)
    say(
        "block_is_drawn",
        lambda p: _("%(time)s of this block were used already. It cannot have less.") % {"time": hours(p["minutes"])},
    )
    say("line_is_billed", lambda p: _("A period of this position was billed already, so it keeps its first day."))
    say("no_fixed_price", lambda p: _("This contract has no fixed price."))
    say("fixed_price_is_billed", lambda p: _("The fixed price of this contract was approved for billing already."))
