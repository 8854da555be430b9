"""What is told of merged, split, linked and deleted tickets: sentences of the timeline, and what refusals say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from psa.web import refusals
from tickets.timeline import sentence

Data = Mapping[str, Any]

# What a ticket is to the other one, seen from the first and from the second.
LINKED = {
    ("related", "out"): gettext_lazy("linked ticket %(number)s"),
    ("related", "in"): gettext_lazy("linked ticket %(number)s"),
    ("duplicates", "out"): gettext_lazy("noted that this duplicates ticket %(number)s"),
    ("duplicates", "in"): gettext_lazy("noted that ticket %(number)s duplicates this one"),
    ("blocks", "out"): gettext_lazy("noted that this blocks ticket %(number)s"),
    ("blocks", "in"): gettext_lazy("noted that ticket %(number)s blocks this one"),
    ("parent", "out"): gettext_lazy("made ticket %(number)s a child of this one"),
    ("parent", "in"): gettext_lazy("made this a child of ticket %(number)s"),
}


def _linked(data: Data) -> str:
    return str(LINKED[data["link"], data["way"]]) % data


def _split(data: Data) -> str:
    return ngettext(
        "split %(count)s item off as ticket %(number)s",
        "split %(count)s items off as ticket %(number)s",
        data["count"],
    ) % {"count": data["count"], "number": data["number"]}


def _children(params: Data) -> str:
    numbers = ", ".join(str(one) for one in params["numbers"][:5])
    return ngettext(
        "Ticket %(numbers)s below this one is still open. Close it first, or confirm that this one is closed all the"
        " same.",
        "Tickets below this one are still open: %(numbers)s. Close them first, or confirm that this one is closed all"
        " the same.",
        len(params["numbers"]),
    ) % {"numbers": numbers}


def register() -> None:
    """Give every code and every kind its words."""
    _tell()
    say = refusals.register
    say(
        "ticket_is_merged",
        lambda p: _("This ticket was merged into ticket %(number)s. What you typed is kept; write it there.") % p,
    )
    say("ticket_is_deleted", lambda p: _("This ticket was deleted."))
    say("merge_into_itself", lambda p: _("This is the same ticket. Choose another one."))
    say(
        "merge_changed_meanwhile",
        lambda p: _("Something changed on this ticket meanwhile. Look at it once more and confirm again."),
    )
    say(
        "merge_other_customer",
        lambda p: _("One ticket is of %(company)s, the other of %(other)s. Confirm that they belong together.") % p,
    )
    say(
        "insourced_is_not_merged",
        lambda p: _("What was done for a lead partner stays on its own ticket. Link the tickets instead."),
    )
    say(
        "insourced_is_not_split",
        lambda p: _("What was done for a lead partner stays on its own ticket. Make a new ticket and link it instead."),
    )
    say(
        "merge_while_outsourced",
        lambda p: (
            _(
                "Ticket %(number)s is with %(partner)s. Take the work back, cancel the offer or complete it first; then"
                " it can be merged or split."
            )
            % p
        ),
    )
    say(
        "merge_while_insourced",
        lambda p: (
            _(
                "Ticket %(number)s is work for %(partner)s. Choose “Insourcing complete” or “Return” first; links"
                " can be made at any time."
            )
            % p
        ),
    )
    say(
        "merge_while_referred",
        lambda p: _("Ticket %(number)s is referred to a network. Cancel or close the referral first.") % p,
    )
    say(
        "item_belongs_to_handover",
        lambda p: _("This went to %(partner)s or came from there and belongs to that handover: it stays.") % p,
    )
    say("handed_over_stays", lambda p: _("%(partner)s was asked to work on this ticket. It stays, for both sides.") % p)
    say(
        "others_were_merged_here",
        lambda p: _("Other tickets were merged into this one: their numbers lead here, so it stays."),
    )
    say(
        "stopwatch_is_on_ticket",
        lambda p: _("Somebody has time on a stopwatch here. Log or discard it first."),
    )
    say("deleted_too_long_ago", lambda p: _("It was deleted more than %(days)s days ago and cannot be restored.") % p)
    say("split_without_items", lambda p: _("Choose at least one item for the new ticket."))
    say("split_takes_evidence", lambda p: _("One of these files proves an item of the checklist; it stays."))
    say("link_to_itself", lambda p: _("A ticket is not linked to itself."))
    say("link_goes_round", lambda p: _("Ticket %(number)s is on the other side of such a link already.") % p)
    say("has_parent_already", lambda p: _("Ticket %(number)s is a child of ticket %(parent)s already.") % p)
    say("family_too_deep", lambda p: _("At most %(most)s levels of tickets stand below each other.") % p)
    say("too_many_links", lambda p: _("At most %(most)s tickets can be linked.") % p)
    say("no_such_ticket", lambda p: _("There is no ticket %(number)s, or not for you.") % p)
    say("children_are_open", _children)
    say("too_many_watchers", lambda p: _("At most %(most)s people can watch a ticket.") % p)
    say("no_such_colleague", lambda p: _("There is no colleague called “%(name)s”.") % p)
    say("cannot_see_ticket", lambda p: _("%(name)s cannot see this ticket.") % p)


def _tell() -> None:
    sentence(
        "ticket.merged",
        lambda data: _("merged this ticket into %(into)s") % data,
        "git-merge",
        "violet",
        quote="",
    )
    sentence(
        "ticket.absorbed",
        lambda data: _("merged ticket %(number)s “%(title)s” into this one") % data,
        "git-merge",
        "violet",
    )
    sentence("ticket.split", _split, "external-link", "violet")
    sentence(
        "ticket.split_off",
        lambda data: _("split this off ticket %(number)s") % data,
        "external-link",
        "violet",
    )
    sentence("ticket.linked", _linked, "link")
    sentence("ticket.unlinked", lambda data: _("took the link to ticket %(number)s off") % data, "link")
    sentence("ticket.deleted", lambda data: _("deleted ticket %(number)s") % data, "trash-2", "red", quote="reason")
    sentence("ticket.restored", lambda data: _("restored ticket %(number)s") % data, "rotate-ccw", "green")
    sentence("ticket.watched", lambda data: _("made %(name)s a watcher") % data, "eye")
    sentence("ticket.unwatched", lambda data: _("took %(name)s off the watchers") % data, "eye")
