"""What the refusals about people and roles say."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from psa.web import refusals


def register() -> None:
    """Give every code its sentence."""
    say = refusals.register
    say(
        "administrators_hold_everything",
        lambda p: _("%(name)s: administrators hold every right, always. Nothing of it can be lowered.") % p,
    )
    say(
        "permission_changed_meanwhile",
        lambda p: (
            _("Somebody changed the permissions of %(name)s meanwhile. Nothing was saved; look at them again.") % p
        ),
    )
    say(
        "roles_changed_meanwhile",
        lambda p: _("Somebody changed the roles meanwhile. Nothing was saved; look at them again."),
    )
    say(
        "somebody_must_hold_all",
        lambda p: _("At least one active administrator or holder of “Allow all” must remain. Nothing was changed."),
    )
    say(
        "somebody_must_manage",
        lambda p: _("At least one active member must be able to manage members and roles. Nothing was changed."),
    )
    say("role_is_not_for_members", lambda p: _("This role is the customer portal's; no member can hold or copy it."))
    say("role_has_no_default", lambda p: _("“%(role)s” is a role of your own; there is no default to go back to.") % p)
    say(
        "role_is_built_in",
        lambda p: _("“%(role)s” is built in: it can be changed and reset, not renamed or deleted.") % p,
    )
    say("role_is_called_so", lambda p: _("There is a role called “%(name)s” already.") % p)
    say("too_many_roles", lambda p: _("There are %(most)s roles already. Delete one that nobody holds.") % p)
    say(
        "role_is_held",
        lambda p: (
            ngettext(
                "%(count)s member holds the role “%(role)s”. Give them another one first.",
                "%(count)s members hold the role “%(role)s”. Give them another one first.",
                p["count"],
            )
            % p
        ),
    )
    say(
        "leaving_needs_an_heir",
        lambda p: _("Choose who takes over: %(what)s. Nothing was changed.") % p,
    )
    say("has_left_already", lambda p: _("%(name)s has left already.") % p)
