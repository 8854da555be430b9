"""What the refusals of outsourcing say: what happened, and what to do instead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from outsourcing.labels import INVITATIONS, OUTSOURCED, PARTNERSHIPS, RELEASES
from psa.web import refusals
from psa.web.figures import day, money


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
    say("second_person_needed", _second_person_needed)
    say("release_not_needed", lambda p: _("This is within your own limit by now: no release is needed."))
    say("release_is_requested", lambda p: _("%(by)s has asked for this release already; it waits for an answer.") % p)
    say("release_is_answered", _release_is_answered)
    say("nobody_may_release", _nobody_may_release)
    say("ticket_is_resolved", lambda p: _("This ticket is resolved. Reopen it to outsource it."))
    say(
        "insourced_ticket_is_not_passed_on",
        lambda p: _("This ticket came from a lead partner; it cannot be passed on to a third company."),
    )
    say("handover_is_active", lambda p: _("This ticket is already outsourced to %(partner)s.") % p)
    say("draft_moved_on", _draft_moved_on)
    say(
        "handover_is_open",
        lambda p: _("%(partner)s still has this ticket. Decide first: complete with them, or take the work back.") % p,
    )
    say("handover_moved_on", _moved_on)
    say("fees_missing", lambda p: _("There are no transaction fees of this company in this month."))
    say("month_is_not_over", lambda p: _("The month is not over: more fees may come. Bill it when it has ended."))
    say("month_is_billed", lambda p: _("This month is billed already. Nothing was billed a second time."))
    say(
        "offer_ends_with_ticket",
        lambda p: _("The offer to %(partner)s is cancelled with the ticket; they are told by mail.") % p,
    )
    say("draft_ends_with_ticket", lambda p: _("The draft of an offer to %(partner)s is discarded with the ticket.") % p)
    say(
        "insourced_ticket_is_running",
        lambda p: _("%(partner)s still waits for this work. Choose “Insourcing complete” or “Return” first.") % p,
    )
    say(
        "partner_still_works",
        lambda p: _("Approve or take back the work of %(partner)s first: it is not finished.") % p,
    )
    say("not_insourced", lambda p: _("Only work for a partner goes to billing this way."))
    say(
        "company_is_fixed_by_handover",
        lambda p: _("The customer cannot be changed while %(partner)s works on this ticket.") % p,
    )
    say("offer_expired", lambda p: _("This offer expired. Ask %(partner)s to send it again.") % p)
    say(
        "partnership_not_active",
        lambda p: _("No offers can be sent to %(partner)s: the partnership is paused or has ended.") % p,
    )
    say("invoice_is_paid", lambda p: _("This invoice is paid already; it stays as it is."))
    say(
        "difference_needs_a_word",
        lambda p: _("The amount is not the one of the statement. Say why it is another one."),
    )
    say(
        "invoice_is_credited",
        lambda p: _("%(partner)s took this invoice back by a credit note. Wait for the next one, and enter it.") % p,
    )
    say("invoice_missing", lambda p: _("Enter the invoice of the partner first, then mark it as paid."))
    say("items_still_arriving", _still_arriving)
    say(
        "checklist_item_is_with_partner",
        lambda p: _("%(partner)s ticks this item; you see it here as soon as it is done.") % p,
    )
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
    say(
        "portal_waits_for_approval",
        lambda p: (
            _("This was submitted to %(partner)s. Until they answer you can read, print and ask, recall or return it.")
            % p
        ),
    )
    say("portal_work_has_ended", lambda p: _("The work for %(partner)s has ended; it can be read and printed.") % p)
    say("not_in_portal", lambda p: _("The portal is for work you receive. For this your company needs the full plan."))
    say(
        "sign_in_first",
        lambda p: _("Somebody signs in with %(email)s already. Sign in with this address first, then accept.") % p,
    )
    say("is_a_member", lambda p: _("%(email)s belongs to somebody of your company already.") % p)
    say("member_is_inactive", lambda p: _("%(name)s is deactivated. Activate them first.") % p)
    say(
        "last_administrator",
        lambda p: _("This is the only administrator. Add another one first."),
    )
    say("nothing_to_skip", lambda p: _("Nothing of ours hangs any more."))
    say("nothing_proposed", lambda p: _("This is what is agreed already. Change at least one of the terms."))
    say("already_proposed", lambda p: _("Your company has proposed something already. Withdraw it to propose anew."))
    say(
        "proposal_moved_on",
        lambda p: _("Somebody was faster: this proposal was answered or withdrawn by now."),
    )
    say(
        "terms_moved_on",
        lambda p: _("The terms changed since you opened this page. Look at them again before you answer."),
    )
    say("moment_is_past", lambda p: _("This date is past. Choose a later one."))
    say("not_an_extension", lambda p: _("Choose a later moment than the partner has already."))
    say("part_is_settled", lambda p: _("There is no part of a flat amount left to agree on."))
    say("question_is_answered", lambda p: _("Somebody was faster: this question is answered or withdrawn by now."))
    say(
        "rework_is_for_the_same_partner",
        lambda p: _("Rework goes to the partner who did the work. Hand it over anew to choose another one."),
    )
    say("rework_costs_nothing", lambda p: _("Rework costs nothing: set what you pay to 0."))
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
    _partners()
    say(
        "partnership_has_handovers",
        lambda p: _("Offers or running handovers with %(partner)s stand against it. End those first.") % p,
    )


def _partners() -> None:
    """What invitations, partnerships, networks and the customers' rules refuse."""
    say = refusals.register
    say(
        "unknown_placeholders",
        lambda p: (
            _("%(names)s cannot be filled in here. Check the spelling, or take it out; the list below shows all.") % p
        ),
    )
    say(
        "invitation_lacks_links",
        lambda p: _("The text needs %(names)s; without it nobody can answer the invitation.") % p,
    )
    say(
        "company_is_no_candidate",
        lambda p: _("%(company)s is neither partner, vendor nor customer. Change its type to invite it.") % p,
    )
    say("code_needed", lambda p: _("Enter the code that was sent to the invited mailbox."))
    say("code_is_wrong", lambda p: _("This code is wrong. Look at the newest mail again."))
    say("code_is_void", lambda p: _("This code counts no longer. Have a new one sent."))
    say("code_sent_just_now", lambda p: _("A code was sent just now. Wait a minute before you ask for another one."))
    say(
        "too_many_codes",
        lambda p: _("Too many codes were sent for this invitation. Ask whoever invited you to send it again."),
    )
    say("not_our_side_of_it", lambda p: _("This belongs to the other side of the partnership."))
    say("mapping_is_the_same", lambda p: _("%(company)s is who this lead partner is for us already.") % p)
    say("network_needs_email", lambda p: _("Enter an e-mail address the referrals can go to."))
    say("network_needs_link", lambda p: _("Enter a link that begins with https:// or http://."))
    say("network_is_named_twice", lambda p: _("There is another entry called %(name)s.") % p)
    say("network_is_not_active", lambda p: _("%(network)s is not in use any more. Choose another one.") % p)
    say(
        "referral_is_active",
        lambda p: _("This ticket was passed on to %(network)s. Complete or cancel that first.") % p,
    )
    say("referral_moved_on", lambda p: _("Somebody was faster: this referral is no longer where it was."))
    say(
        "outsourcing_is_never",
        lambda p: _("Work for %(subject)s is never outsourced: that is what the address book says.") % p,
    )
    say(
        "outsourcing_needs_reason",
        lambda p: _("%(subject)s wants to be asked before work is outsourced. Write down who agreed, and when.") % p,
    )
    say("partner_unavailable", _unavailable)
    say("lead_unavailable", _lead_unavailable)


def _unavailable(params: Mapping[str, Any]) -> str:
    since = day(datetime.fromisoformat(params["since"]))
    return _("%(partner)s is unavailable since %(day)s: its people cannot sign in. Nothing can be sent there now.") % {
        "partner": params["partner"],
        "day": since,
    }


def _lead_unavailable(params: Mapping[str, Any]) -> str:
    return _(
        "%(partner)s is unavailable since %(day)s: its people cannot sign in. Accept the offer once they are back, or "
        "decline it; nothing was changed."
    ) % {"partner": params["partner"], "day": day(datetime.fromisoformat(params["since"]))}


def _draft_moved_on(params: Mapping[str, Any]) -> str:
    if params["by"]:
        return (
            _("Somebody was faster: %(by)s changed this draft meanwhile. Look at both versions, then decide.") % params
        )
    return _("Somebody was faster: this draft was discarded meanwhile. What you typed is still here.")


def _over_your_limit(params: Mapping[str, Any]) -> str:
    total, limit = (money(Decimal(params[name]), params["currency"]) for name in ("total", "limit"))
    return _("%(total)s is more than you may authorise (%(limit)s). Ask somebody who may.") % {
        "total": total,
        "limit": limit,
    }


def _second_person_needed(params: Mapping[str, Any]) -> str:
    if params["names"]:
        names = {"names": ", ".join(params["names"])}
        return _("You sent this work, so somebody else approves it. These colleagues may: %(names)s.") % names
    return _("You sent this work, so somebody else approves it. Nobody else may at the moment; ask an administrator.")


def _release_is_answered(params: Mapping[str, Any]) -> str:
    words = {"status": RELEASES.text(params["status"]), "by": params["by"]}
    if words["by"]:
        return _("Somebody was faster: this request is “%(status)s” by now (%(by)s).") % words
    return _("Somebody was faster: this request is “%(status)s” by now.") % words


def _nobody_may_release(params: Mapping[str, Any]) -> str:
    total = {"total": money(Decimal(params["total"]), params["currency"])}
    return (
        _("Nobody in the company may release %(total)s on this ticket. Ask an administrator to raise a limit.") % total
    )


def _moved_on(params: Mapping[str, Any]) -> str:
    if params.get("own"):
        said = _("You moved this on already: the handover is “%(status)s”. Nothing was done a second time.")
        return said % {"status": OUTSOURCED.text(params["status"])}
    if params.get("status") and params.get("by"):
        words = {"status": OUTSOURCED.text(params["status"]), "by": params["by"]}
        return (
            _(
                "%(by)s was faster: this handover is “%(status)s” by now. Nothing of yours was done; open it again to "
                "see what can be done next."
            )
            % words
        )
    if status := params.get("status"):
        return _("Somebody was faster: this handover is “%(status)s” by now.") % {"status": OUTSOURCED.text(status)}
    return _("Somebody was faster: this handover is no longer where it was.")


def _still_arriving(params: Mapping[str, Any]) -> str:
    return ngettext(
        "%(count)s item from %(partner)s is still arriving. Try again in a moment.",
        "%(count)s items from %(partner)s are still arriving. Try again in a moment.",
        params["count"],
    ) % dict(params)
