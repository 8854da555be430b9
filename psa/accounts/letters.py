"""The mails of an account: a new password was asked for, or how the person signs in has changed.

They are written in the outbox of the first company the person works for, and in its name; who works for none gets none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.urls import reverse

from psa.mail import mail
from psa.tenancy import doors
from psa.tenancy.models import User

# allauth's names for what happened → what our mail says about it.
CHANGES = {
    "password_changed": "password",
    "password_set": "password",
    "password_reset": "password",
    "totp_activated": "app_added",
    "totp_deactivated": "app_removed",
    "webauthn_added": "key_added",
    "webauthn_removed": "key_removed",
    "recovery_codes_generated": "codes",
}


def account(name: str, email: str, context: Mapping[str, Any]) -> None:
    """Write what allauth wants to tell somebody. Links are paths: the mail's own rendering knows this site's name, so a
    forged Host header reaches no mail (hostile test B1)."""
    user = context.get("user") or doors.person(email)
    if user is None:
        return
    if name == "password_reset_key":
        key = reverse("account_reset_password_from_key", args=[context["uid"], context["key"]])
        _post(user, "password_reset", url=key)
    elif name in CHANGES:
        _post(user, "account_changed", what=CHANGES[name], url=reverse("accounts:sessions"))


def _post(user: User, code: str, **variables: Any) -> None:
    desks = doors.desks(user)
    if not desks:
        return
    recipient = mail.Recipient(user.name, user.email, user.language)
    with doors.enter(user, desks[0].slug), transaction.atomic():
        mail.post(code, [recipient], **variables)
