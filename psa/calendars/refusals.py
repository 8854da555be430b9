"""What the refusals about calendars say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from psa.web import refusals

NAMED = 3


def _in_use(params: Mapping[str, Any]) -> str:
    if not params["by"]:
        return _("Tickets were measured by “%(name)s”: it stays for what it counted.") % params
    names = ", ".join(params["by"][:NAMED])
    return _("“%(name)s” is in use: %(names)s. Choose another calendar there first.") % {**params, "names": names}


def register() -> None:
    """Give every code its sentence."""
    say = refusals.register
    say("calendar_name_taken", lambda p: _("There is a calendar called “%(name)s” already.") % p)
    say("calendar_without_hours", lambda p: _("A calendar needs working hours on one day of the week at least."))
    say("too_many_own_days", lambda p: _("At most %(most)s days of your own fit. Remove past ones first.") % p)
    say(
        "default_calendar_stays",
        lambda p: _("“%(name)s” counts wherever no other is named. Make another calendar the default one first.") % p,
    )
    say("calendar_is_in_use", _in_use)
