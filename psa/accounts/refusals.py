"""What the refusals about coming in say."""

from __future__ import annotations

from django.utils.translation import gettext as _

from psa.web import refusals


def register() -> None:
    """Give every code its sentence."""
    say = refusals.register
    say(
        "second_factor_first",
        lambda p: _("Set up a second factor for yourself first, or you would shut yourself out. Nothing was changed."),
    )
    say("sign_on_first", lambda p: _("Set up your sign-on and switch it on first. Nothing was changed."))
    say(
        "sign_on_is_needed",
        lambda p: _("People may come in only through this sign-on. Allow passwords again first. Nothing was changed."),
    )
    say("secret_first", lambda p: _("Enter the client secret of your provider."))
    say("subject_is_taken", lambda p: _("The provider's account is connected to somebody else here."))
