"""What the desk's refusals say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from psa.web import refusals
from psa.web.figures import hours
from tickets.labels import HAND_OFF_KINDS, HAND_OFFS, STATUSES
from tickets.models import Requirable
from tickets.services import BY_NAME

REQUIRED = dict(Requirable.choices)
PARTS = {"contact": gettext_lazy("The contact"), "location": gettext_lazy("The location")}

MISSING = {
    "note": gettext_lazy("This item needs a note before it is ticked."),
    "photo": gettext_lazy("This item needs a photo before it is ticked."),
    "serial": gettext_lazy("This item needs the serial number before it is ticked."),
    "value": gettext_lazy("This item needs the measured value before it is ticked."),
}
NAMED = 3


def _open_items(params: Mapping[str, Any]) -> str:
    """Which required items are open, the first ones by name, and what to do about it."""
    found = params["items"]
    names = ", ".join(_("“%(name)s”") % {"name": name} for name in found[:NAMED])
    if len(found) > NAMED:
        more = len(found) - NAMED
        names = ngettext("%(names)s and %(more)s more", "%(names)s and %(more)s more", more) % {
            "names": names,
            "more": more,
        }
    return ngettext(
        "A required checklist item is open: %(names)s. Tick it, or say why it is not applicable.",
        "Required checklist items are open: %(names)s. Tick them, or say why they are not applicable.",
        len(found),
    ) % {"names": names}


def _moved_on(params: Mapping[str, Any]) -> str:
    said = _("Somebody was faster: this ticket is “%(status)s” by now.")
    if params.get("own"):
        said = _("You moved this on already: the ticket is “%(status)s”. Nothing was done a second time.")
    return said % {"status": STATUSES.text(params["status"])}


def _not_from_here(params: Mapping[str, Any]) -> str:
    said = _("The ticket is “%(status)s”: “%(move)s” does not start there.")
    return said % {"status": STATUSES.text(params["status"]), "move": BY_NAME[params["move"]].label}


def register() -> None:
    """Give every code its sentence."""
    say = refusals.register
    say("ticket_moved_on", _moved_on)
    say("not_from_here", _not_from_here)
    say(
        "changed_meanwhile",
        lambda p: _("Somebody changed this meanwhile. Both versions are shown; yours is not saved yet."),
    )
    say("mail_is_settled", lambda p: _("Somebody was faster: this mail is settled already."))
    say("readers_changed", lambda p: _("Who reads this ticket has changed. Please choose again who will see this."))
    say("copy_keeps_its_readers", lambda p: _("Who reads what a partner wrote cannot be changed."))
    say("no_customer_here", lambda p: _("On this ticket the lead partner is the one to ask: write them a note."))
    say("too_many_views", lambda p: _("At most %(most)s views can be saved for a list. Delete one first.") % p)
    say("view_name_taken", lambda p: _("There is a view called “%(name)s” already.") % p)
    say("not_your_team", lambda p: _("Views for a team are kept by somebody who works in its queue."))
    say("sent_already", lambda p: _("This form was sent before. Send it again if this is to stand there as well."))
    say("draft_changed", lambda p: _("Another window of yours saved something else here."))
    say("draft_is_no_draft", lambda p: _("Nothing can be kept here."))
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
    say("service_level_name_taken", lambda p: _("There is a service level called “%(name)s” already.") % p)
    say(
        "service_level_there_already",
        lambda p: _("This customer, this contract or everybody has a service level already. Change that one."),
    )
    say(
        "work_type_is_for_calls",
        lambda p: _("The minutes of call notes become “%(name)s”. Choose another work type for them first.") % p,
    )
    say("forward_nowhere", lambda p: _("Choose a person or a queue to forward the ticket to."))
    say(
        "forward_note_missing",
        lambda p: _("Say in a note why the ticket goes on: %(name)s has worked on it until now.") % p,
    )
    say(
        "mail_without_contact", lambda p: _("The ticket names no contact. Choose one before you write to the customer.")
    )
    say(
        "mail_without_address",
        lambda p: _("%(name)s has no e-mail address. Enter one at the contact, or choose another contact.") % p,
    )
    say("mail_is_blank", lambda p: _("Write what the customer is to read."))
    say("mail_stays", lambda p: _("What was sent to the customer stays as it is."))
    say("mail_has_left", lambda p: _("The mail has left already; it could not be taken back."))
    say("mail_is_its_authors", lambda p: _("Only %(name)s can take this mail back.") % p)
    say("file_too_large", lambda p: _("This file is too large. At most %(limit)s MB can be kept here.") % p)
    say("ticket_is_gone", lambda p: _("This ticket is not there any more, or not for you."))
    say("choice_is_gone", lambda p: _("What was chosen is not in use any more. Choose again."))
    say("file_is_empty", lambda p: _("This file is empty."))
    say(
        "paper_was_changed",
        lambda p: _("The stored file is not the one that was made: its fingerprint differs. It is not given out."),
    )
    say("checklist_is_open", _open_items)
    say("checklist_is_in_use", lambda p: _("Something on this checklist is ticked already; it stays."))
    say("checklist_is_retired", lambda p: _("The checklist “%(name)s” is retired. Choose another one.") % p)
    say("checklist_without_items", lambda p: _("A checklist needs at least one item."))
    say("too_many_checklist_items", lambda p: _("At most %(most)s items fit. Remove some first.") % p)
    say("checklist_item_is_settled", lambda p: _("Somebody was faster: %(name)s has settled “%(text)s”.") % p)
    say("checklist_item_is_open", lambda p: _("“%(text)s” is open again already.") % p)
    say(
        "checklist_waits",
        lambda p: (
            _("The ticket is “%(status)s”. Its checklists are worked through while somebody works on it.")
            % {"status": STATUSES.text(p["status"])}
        ),
    )
    say("evidence_missing", lambda p: str(MISSING[p["evidence"]]))
    say("not_a_number", lambda p: _("Enter the measured value as a number."))
    say("not_a_photo", lambda p: _("This is not a photo. Take a JPEG, PNG, WebP or GIF."))
    say("reason_missing", lambda p: _("Say why."))
    say("words_missing", lambda p: _("This needs a few words."))
    say("word_twice", lambda p: _("“%(word)s” is said of two states. Give each a word of its own.") % p)
    say("window_missing", lambda p: _("Say from when until when."))
    say("window_is_past", lambda p: _("This begins in the past. Choose a time to come."))
    say("window_is_empty", lambda p: _("The end has to come after the beginning."))
    say(
        "nobody_asked",
        lambda p: _("Ask the customer first what is missing. Without an answer the request can be refused then."),
    )
    say(
        "acceptance_is_needed",
        lambda p: (
            _("The customer accepts what is done in the category “%(category)s”: submit it for review instead.") % p
        ),
    )
    say(
        "no_time_logged",
        lambda p: _("No time is logged on this ticket. Log it first, or say why there is none."),
    )
    say(
        "stopwatch_runs",
        lambda p: (
            _("The stopwatch of %(names)s is still running here. Stop it first.") % {"names": ", ".join(p["names"])}
        ),
    )
    say("proof_missing", lambda p: _("Say what shows the customer's decision, and where it can be found."))
    say("ticket_is_closed", lambda p: _("This ticket is closed."))
    say("not_of_this_company", lambda p: _("%(part)s belongs to another company.") % {"part": PARTS[p["what"]]})
    say(
        "fill_ins_missing",
        lambda p: (
            _("Still to be filled in: %(names)s. Replace each of them in the text, brackets and all. Nothing is lost.")
            % p
        ),
    )
    say(
        "placeholder_unknown",
        lambda p: _("There is no placeholder %(names)s. Known here are: %(known)s.") % p,
    )
    say("text_missing", lambda p: _("Write the text in at least one language."))
    say(
        "text_changed_meanwhile",
        lambda p: _("Somebody changed “%(name)s” meanwhile. Look at both and save again; yours is not saved yet.") % p,
    )
    say(
        "category_requires",
        lambda p: (
            _("Tickets of the category “%(category)s” need: %(fields)s.")
            % {"category": p["category"], "fields": ", ".join(str(REQUIRED[name]) for name in p["fields"])}
        ),
    )
    say("name_taken", lambda p: _("There is “%(name)s” already. Choose another name.") % p)
    say(
        "desk_changed_meanwhile",
        lambda p: _("Somebody changed “%(name)s” meanwhile. Nothing was saved; look at it again.") % p,
    )
    say(
        "default_queue_stays",
        lambda p: _("“%(name)s” is where new tickets land. Make another queue the default one first.") % p,
    )
    say("new_home_missing", lambda p: _("Choose where the tickets of “%(name)s” go.") % p)
    say("has_subcategories", lambda p: _("“%(name)s” has categories below it. Give them another place first.") % p)
    say("only_two_levels", lambda p: _("There are main categories and those below them, no third level."))
    say(
        "handed_off_already",
        lambda p: (
            _("This is handed over already and still waits: %(kind)s.") % {"kind": HAND_OFF_KINDS.text(p["kind"])}
        ),
    )
    say(
        "hand_off_moved_on",
        lambda p: (
            _("Somebody was faster: this is “%(status)s” by now. Nothing was changed.")
            % {"status": HAND_OFFS.text(p["status"])}
        ),
    )
    say("no_such_role", lambda p: _("There is no role “%(role)s” here any more.") % p)
