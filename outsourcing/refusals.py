"""What the refusals of outsourcing say: what happened, and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from outsourcing.labels import INVITATIONS, OUTSOURCED, PARTNERSHIPS
from psa.web import refusals
from psa.web.figures import money


def register() -> None:
    """Give every code its sentence."""
    say = refusals.register
    say(
        "agreement_missing",
        lambda p: _("Before work can be outsourced, an administrator must accept the outsourcing agreement."),
    )
    say(
        "agreement_in_use",
        lambda p: _("The agreement cannot be withdrawn while a handover is active. End those first."),
    )
    say(
        "answer_by_after_complete_by",
        lambda p: _(
            "The work would be due before the partner has to answer. Shorten the time to answer or move the date."
        ),
    )
    say("over_your_limit", _over_your_limit)
    say("ticket_is_resolved", lambda p: _("This ticket is resolved. Reopen it to outsource it."))
    say(
        "insourced_ticket_is_not_passed_on",
        lambda p: _("This ticket came from a lead partner; it cannot be passed on to a third company."),
    )
    say("handover_is_active", lambda p: _("This ticket is already outsourced to %(partner)s.") % p)
    say(
        "handover_is_open",
        lambda p: _("%(partner)s still has this ticket. Decide first: complete with them, or take the work back.") % p,
    )
    say("handover_moved_on", _moved_on)
    say(
        "insourced_ticket_is_running",
        lambda p: _("%(partner)s still waits for this work. Choose “Insourcing complete” or “Return” first.") % p,
    )
    say(
        "company_is_fixed_by_handover",
        lambda p: _("The customer cannot be changed while %(partner)s works on this ticket.") % p,
    )
    say("offer_expired", lambda p: _("This offer expired. Ask %(partner)s to send it again.") % p)
    say(
        "partnership_not_active",
        lambda p: _("No offers can be sent to %(partner)s: the partnership is paused or has ended.") % p,
    )
    say("items_still_arriving", _still_arriving)
    say("copy_is_read_only", lambda p: _("This came from %(partner)s and is theirs to change while the work runs.") % p)
    say(
        "partner_time_is_frozen",
        lambda p: (
            _("Time logged by %(partner)s is never changed here; price and hours to bill are set when it is billed.")
            % p
        ),
    )
    say(
        "submitted_items_are_locked",
        lambda p: (
            _("This was submitted to %(partner)s and is locked until they answer. Recall the submission to change it.")
            % p
        ),
    )
    say(
        "ended_items_are_locked",
        lambda p: _("The work for %(partner)s has ended; what was done until then stays as it is.") % p,
    )
    say("nothing_to_skip", lambda p: _("Nothing of ours hangs any more."))
    say(
        "contact_has_handover",
        lambda p: _("%(partner)s works for this person on a ticket. End that first, then erase the person.") % p,
    )
    say("nothing_to_publish", lambda p: _("This cannot be published: it is not a partner's, or there is no contact."))
    say("nothing_to_pass_on", lambda p: _("This cannot be passed on: the partner has it, or no partner is at work."))
    say("invitation_needs_email", lambda p: _("%(company)s has no e-mail address the invitation could go to.") % p)
    say(
        "invitation_is_answered",
        lambda p: _("This invitation is “%(status)s” already.") % {"status": INVITATIONS.text(p["status"])},
    )
    say(
        "invitation_is_void",
        lambda p: _("This invitation was answered, withdrawn or replaced by a newer one, or it expired."),
    )
    say(
        "nobody_partners_with_themselves",
        lambda p: _("A company cannot become its own partner. Choose another one of yours."),
    )
    say("partner_paused_it", lambda p: _("%(partner)s paused the partnership; only they can resume it.") % p)
    say(
        "partnership_moved_on",
        lambda p: (
            _("Somebody was faster: this partnership is “%(status)s” by now.")
            % {"status": PARTNERSHIPS.text(p["status"])}
        ),
    )
    say(
        "partnership_has_handovers",
        lambda p: _("Offers or running handovers with %(partner)s stand against it. End those first.") % p,
    )


def _over_your_limit(params: Mapping[str, Any]) -> str:
    total, limit = (money(Decimal(params[name]), params["currency"]) for name in ("total", "limit"))
    return _("%(total)s is more than you may authorise (%(limit)s). Ask somebody who may.") % {
        "total": total,
        "limit": limit,
    }


def _moved_on(params: Mapping[str, Any]) -> str:
    if status := params.get("status"):
        return _("Somebody was faster: this handover is “%(status)s” by now.") % {"status": OUTSOURCED.text(status)}
    return _("Somebody was faster: this handover is no longer where it was.")


def _still_arriving(params: Mapping[str, Any]) -> str:
    return ngettext(
        "%(count)s item from %(partner)s is still arriving. Try again in a moment.",
        "%(count)s items from %(partner)s are still arriving. Try again in a moment.",
        params["count"],
    ) % dict(params)
