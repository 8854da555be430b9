"""What the refusals about appointments, visits and licences say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from psa.web import refusals
from psa.web.figures import moment
from tickets.models import AppointmentStatus


def _late(params: Mapping[str, Any]) -> str:
    due = parse_datetime(params["due"])
    assert due is not None  # written by the service
    said = _(
        "The delivery note had to be prepared until %(due)s. Say why it is planned so late; sales and the dispatchers "
        "are told."
    )
    return said % {"due": moment(due)}


def _to_come(params: Mapping[str, Any]) -> str:
    starts, since = parse_datetime(params["starts"]), parse_datetime(params["since"])
    assert starts is not None and since is not None  # written by the service
    said = _(
        "This appointment is planned for %(starts)s and can be started from %(since)s. To begin earlier, move it first."
    )
    return said % {"starts": moment(starts), "since": moment(since)}


def _not_planned(params: Mapping[str, Any]) -> str:
    said = _("This appointment cannot be changed any more: %(status)s. Nothing was saved.")
    return said % {"status": AppointmentStatus(params["status"]).label}


def _billed(params: Mapping[str, Any]) -> str:
    day = parse_date(params["until"])
    assert day is not None  # written by the service
    said = _("This position is billed until %(day)s. Choose a day from then on within its time, or a new position.")
    return said % {"day": date_format(day, "SHORT_DATE_FORMAT")}


def _too_long(params: Mapping[str, Any]) -> str:
    days = params["days"]
    return ngettext("An appointment lasts %(n)s day at most.", "An appointment lasts %(n)s days at most.", days) % {
        "n": days
    }


def register() -> None:
    """Give every code its sentence."""
    say = refusals.register
    say("appointment_of_a_closed_ticket", lambda p: _("This ticket is over: nothing can be planned for it any more."))
    say("appointment_without_people", lambda p: _("Choose who goes; everybody chosen must still work here."))
    say("appointment_ends_before_it_begins", lambda p: _("The appointment ends before it begins."))
    say("appointment_too_long", _too_long)
    say("appointment_place_elsewhere", lambda p: _("“%(name)s” does not belong to the ticket's customer.") % p)
    say(
        "appointment_was_changed",
        lambda p: _("Somebody changed this appointment meanwhile. Look at it as it stands now; nothing was saved."),
    )
    say("appointment_is_not_planned", _not_planned)
    say("appointment_is_to_come", _to_come)
    say(
        "appointment_without_place",
        lambda p: _("Say where they go: choose a location of the customer's, or type another address."),
    )
    say("appointment_is_over", lambda p: _("This appointment is over already. Nothing was changed."))
    say("visit_is_late", _late)
    say(
        "visit_without_note",
        lambda p: _("No delivery note is prepared for this visit. Say why you go without one; it is kept."),
    )
    say(
        "visit_note_not_prepared",
        lambda p: _("The delivery note is not prepared yet. Prepare it, or say why it goes without one."),
    )
    say("licence_product_missing", lambda p: _("Choose the product, or type its name."))
    say("licence_quantity_missing", lambda p: _("Enter how many licences it is."))
    say(
        "licence_replaces_nothing",
        lambda p: _("Choose the position it replaces, or say in the remark what it replaces."),
    )
    say("licence_is_in_the_future", lambda p: _("This day is still to come. Report a licence once it is installed."))
    say(
        "licence_reported_already",
        lambda p: _("%(by)s reported the same device, product and day on ticket %(number)s. Is this another one?") % p,
    )
    say("licence_contract_elsewhere", lambda p: _("“%(name)s” is a contract of another customer.") % p)
    say("licence_position_elsewhere", lambda p: _("“%(name)s” does not belong to this contract.") % p)
    say("licence_position_missing", lambda p: _("Choose the position that changes."))
    say("licence_reduces_too_much", lambda p: _("The position has only %(quantity)s. Choose another one.") % p)
    say("licence_position_billed", _billed)
    say("licence_words_missing", lambda p: _("Write what you want to say."))
    say("licence_moved_on", lambda p: _("Somebody settled this licence meanwhile. Nothing was changed."))
    say("licences_are_listed", lambda p: _("Licences are listed on this ticket. Take them back first."))
    say(
        "licences_unanswered",
        lambda p: _("Were licences installed? Report them on the ticket, or say that there were none."),
    )
