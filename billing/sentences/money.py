"""What the timeline says of work that came back, and of its contract."""

from __future__ import annotations

from django.utils.translation import gettext as _

from tickets.timeline import sentence


def register() -> None:
    """The sentences of this room's entries on a ticket."""
    sentence(
        "ticket.work_returned",
        lambda data: _("gave back what was logged: %(text)s") % {"text": data["text"]},
        "undo-2",
        "orange",
    )
    sentence(
        "ticket.contract_put",
        lambda data: _("put time under the contract “%(name)s”") % {"name": data["name"]},
        "signature",
        "blue",
    )
