"""What the portal's refusals and journal entries say to whoever reads them at the desk or in the portal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from psa.web import refusals
from tickets import timeline


def _shared(data: Mapping[str, Any]) -> str:
    return _("shared the request with its company") if data.get("shared") else _("kept the request to its contact")


def register() -> None:
    """Give every code its sentence. Called once, when the app starts."""
    timeline.sentence("ticket.shared", _shared, "users")
    timeline.sentence("ticket.cancel_asked", lambda data: _("cancelled the request in the portal"), "ban")
    timeline.sentence("ticket.customer_wrote", lambda data: _("wrote to us"), "message-square")
    timeline.quiet("ticket.customer_wrote")  # the note that was written stands beside it
    say = refusals.register
    say("portal_without_address", lambda p: _("%(name)s has no e-mail address to sign in with.") % p)
    say("portal_address_is_taken", lambda p: _("Somebody else signs in with %(email)s already.") % p)
    say("portal_not_given", lambda p: _("%(name)s has no access to the portal.") % p)
    say("portal_your_own", lambda p: _("You cannot take your own access away."))
    say("contact_is_inactive", lambda p: _("%(name)s is not active any more.") % p)
    say("serves_own_company", lambda p: _("%(company)s is their own company.") % p)
    say("work_has_begun", lambda p: _("Work on it has begun. Write to us if it is to stop."))
