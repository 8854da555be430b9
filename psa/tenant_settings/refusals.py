"""What the refusals about a tenant's settings say."""

from __future__ import annotations

from django.utils.translation import gettext as _

from psa.web import refusals


def register() -> None:
    """Give every code its sentence."""
    say = refusals.register
    say(
        "settings_changed_meanwhile",
        lambda p: _("Somebody changed these settings meanwhile. Nothing was saved; reload and look at them again."),
    )
    say("logo_too_large", lambda p: _("This picture is too large. At most %(limit)s MB and 16 megapixels.") % p)
    say("logo_unreadable", lambda p: _("This is no PNG or JPEG picture that can be read. Nothing was changed."))
