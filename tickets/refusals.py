"""What the desk's refusals say."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from psa.web import refusals
from psa.web.figures import hours
from tickets.labels import STATUSES

PARTS = {"contact": gettext_lazy("The contact"), "location": gettext_lazy("The location")}


def register() -> None:
    """Give every code its sentence."""
    say = refusals.register
    say(
        "ticket_moved_on",
        lambda p: (
            _("Somebody was faster: this ticket is “%(status)s” by now.") % {"status": STATUSES.text(p["status"])}
        ),
    )
    say(
        "changed_meanwhile",
        lambda p: _("Somebody changed this meanwhile. Both versions are shown; yours is not saved yet."),
    )
    say("readers_changed", lambda p: _("Who reads this ticket has changed. Please choose again who will see this."))
    say("copy_keeps_its_readers", lambda p: _("Who reads what a partner wrote cannot be changed."))
    say("no_customer_here", lambda p: _("On this ticket the lead partner is the one to ask: write them a note."))
    say("too_many_views", lambda p: _("At most %(most)s views can be saved for a list. Delete one first.") % p)
    say("view_name_taken", lambda p: _("You have a view called “%(name)s” already.") % p)
    say("item_is_gone", lambda p: _("This was removed meanwhile."))
    say("assignee_missing", lambda p: _("Somebody has to be responsible: choose an assignee first."))
    say("stopwatch_is_gone", lambda p: _("This stopwatch was logged or discarded already. Nothing is counted twice."))
    say(
        "stopwatch_went_on",
        lambda p: (
            _("The stopwatch was used meanwhile and shows %(time)s now. Check the time and send it again.")
            % {"time": hours(p["minutes"])}
        ),
    )
    say("work_type_name_taken", lambda p: _("There is a work type called “%(name)s” already.") % p)
    say(
        "work_type_is_for_calls",
        lambda p: _("The minutes of call notes become “%(name)s”. Choose another work type for them first.") % p,
    )
    say("file_too_large", lambda p: _("This file is too large. At most %(limit)s MB can be kept here.") % p)
    say("file_is_empty", lambda p: _("This file is empty."))
    say("not_of_this_company", lambda p: _("%(part)s belongs to another company.") % {"part": PARTS[p["what"]]})
