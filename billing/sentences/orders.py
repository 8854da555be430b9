"""What the timeline and the audit say of orders, their promises, articles and service templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tickets.timeline import sentence

Facts = Mapping[str, Any]


def _confirmed(data: Facts) -> str:
    numbers = data["tickets"]
    said = ngettext(
        "confirmed order %(number)s: ticket %(tickets)s",
        "confirmed order %(number)s: tickets %(tickets)s",
        len(numbers),
    )
    return said % {"number": data["number"], "tickets": ", ".join(map(str, numbers))}


def _changed(data: Facts) -> str:
    parts = [_("changed order %(number)s") % {"number": data["number"]}]
    if data["added"]:
        parts.append(_("added: %(lines)s") % {"lines": ", ".join(data["added"])})
    if data["removed"]:
        parts.append(_("removed: %(lines)s") % {"lines": ", ".join(data["removed"])})
    if data["altered"]:
        parts.append(_("changed: %(lines)s") % {"lines": ", ".join(data["altered"])})
    return "; ".join(parts)


def _document(data: Facts) -> str:
    said = _("added the order document “%(name)s”") if data["is_the_order"] else _("added the document “%(name)s”")
    return said % {"name": data["name"]}


def register() -> None:
    """Orders on their own page and in the audit; what concerns a ticket in its timeline, too."""
    sentence("order.entered", lambda data: _("entered order %(number)s") % data, "plus", "gray")
    sentence("order.changed", _changed, "pencil", "gray")
    sentence("order.confirmed", _confirmed, "clipboard-check", "blue")
    sentence("order.cancelled", lambda data: _("cancelled order %(number)s") % data, "ban", "gray")
    sentence("order.document_added", _document, "paperclip", "gray")
    sentence("order.document_chosen", lambda data: _("“%(name)s” is the order itself") % data, "file-check", "gray")
    sentence("order.document_removed", lambda data: _("removed the document “%(name)s”") % data, "trash-2", "gray")
    for noun in ("order", "ticket"):
        sentence(f"{noun}.promise_agreed", lambda data: _("agreed with the customer"), "handshake", "green")
        sentence(
            f"{noun}.promise_changed",
            lambda data: _("changed what was agreed with the customer"),
            "handshake",
            "amber",
        )
        sentence(
            f"{noun}.promise_withdrawn",
            lambda data: _("withdrew what was agreed with the customer"),
            "handshake",
            "gray",
        )
    sentence(
        "ticket.ordered", lambda data: _("made this ticket from order %(number)s") % data, "clipboard-list", "blue"
    )
    sentence("ticket.order_cancelled", lambda data: _("cancelled order %(number)s") % data, "ban", "amber")
