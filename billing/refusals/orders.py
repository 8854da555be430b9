"""What the refusals of orders, their documents and promises, articles and service templates say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.labels.orders import ORDERS
from psa.web.refusals import register as say


def _silent(params: Mapping[str, Any]) -> str:
    names = ", ".join(_("“%(name)s”") % {"name": name} for name in params["names"])
    said = ngettext(
        "Say what the technician must know for %(names)s, or that there is nothing beyond the order.",
        "Say what the technicians must know for %(names)s, or that there is nothing beyond the order.",
        len(params["names"]),
    )
    return said % {"names": names}


def _moved_on(params: Mapping[str, Any]) -> str:
    said = _("The order is “%(status)s” by now. Nothing was changed.")
    return said % {"status": ORDERS.text(params["status"])}


def register() -> None:
    """Give every code its sentence."""
    say("order_without_lines", lambda p: _("An order needs a line: say what was ordered."))
    say("too_many_order_lines", lambda p: _("At most %(most)s lines fit into one order.") % p)
    say(
        "order_changed_meanwhile",
        lambda p: (
            _("Somebody changed order %(number)s meanwhile. Look at both and save again; yours is not saved yet.") % p
        ),
    )
    say("order_is_closed", lambda p: _("Order %(number)s is closed: nothing is changed in it any more.") % p)
    say("order_moved_on", _moved_on)
    say("customer_stays", lambda p: _("Order %(number)s is confirmed: its customer stays.") % p)
    say(
        "line_is_delivered",
        lambda p: _("“%(name)s” is delivered, billed or on a delivery note: this line stays as it is.") % p,
    )
    say("packed_otherwise", lambda p: _("“%(name)s” is not packed like this.") % p)
    say(
        "order_is_delivered",
        lambda p: _("Something of order %(number)s was delivered already. Take it back with a return note first.") % p,
    )
    say(
        "order_confirmed_already",
        lambda p: _("Order %(number)s is confirmed already. Nothing was made a second time.") % p,
    )
    say("too_many_tickets", lambda p: _("An order becomes at most %(most)s tickets. Split it.") % p)
    say("base_missing", lambda p: _("Choose which ticket is the base installation."))
    say("knowledge_missing", _silent)
    say(
        "promise_changed_meanwhile",
        lambda p: _("Somebody changed this meanwhile. Look at it again; nothing was saved."),
    )
    say("promise_is_withdrawn", lambda p: _("This was withdrawn. Write down anew what was agreed."))
    say("order_document_is_there", lambda p: _("There is an order document already."))
    say("order_document_stays", lambda p: _("The order is confirmed: its documents stay as they are."))
    say("too_many_documents", lambda p: _("At most %(most)s documents fit on one order.") % p)
    say("article_number_taken", lambda p: _("There is an article with the number %(number)s already.") % p)
    say("packaging_twice", lambda p: _("Each packaging unit needs a name of its own."))
    say("packaging_in_use", lambda p: _("“%(name)s” stands on an order: this packaging unit stays.") % p)
    say(
        "article_changed_meanwhile",
        lambda p: _("Somebody changed “%(name)s” meanwhile. Look at it again; what you typed is not saved yet.") % p,
    )
