"""What a company asks of those who come in: its own sign-on, a second factor. Asked at its door, once a request."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import get_adapter
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.cache import cache
from django.urls import reverse
from django.utils.http import urlencode

from psa.tenancy import doors, entrance
from psa.tenancy.models import Membership, SecondFactor, User

KEPT = 60


def has_second_factor(user: User) -> bool:
    """Whether the person has an authenticator app or a passkey: without it no session of theirs begins any more."""
    with doors.sign_in_pages():
        return get_adapter().is_mfa_enabled(user)


def needs_second_factor(member: Membership) -> bool:
    """Whether the company asks this member for one."""
    asked = member.tenant.second_factor
    sees_all = member.role.is_administrator or member.is_guest
    return asked == SecondFactor.EVERYBODY or (asked == SecondFactor.ADMINISTRATORS and sees_all)


def way_out(request: Any, member: Membership) -> str:
    """The address of what has to be done first, "" where the door is open.

    A provider that vouched for the person answers for the second factor too. Where a company asks for its own sign-on,
    an administrator with a second factor still comes in with a password: somebody must when the provider is down. A
    guest has no account there; the administrator who let them in is their sign-on.
    """
    tenant = member.tenant
    if request.session.get(entrance.OPENS) == tenant.pk:
        return ""
    if not tenant.needs_sign_on and not needs_second_factor(member):
        return ""
    has = _has_kept(request.user)
    if tenant.needs_sign_on and not member.is_guest and not (member.role.is_administrator and has):
        return _with_next(reverse("accounts:sign_on", args=[tenant.slug]), request)
    if needs_second_factor(member) and not has:
        return _with_next(reverse("accounts:second_factor"), request)
    return ""


def _has_kept(user: User) -> bool:
    """A yes is believed for a minute, a no never."""
    key = f"second-factor:{user.pk}"
    if cache.get(key):
        return True
    if found := has_second_factor(user):
        cache.set(key, 1, KEPT)
    return found


def forget(user_id: int) -> None:
    """The person's second factors have changed: ask again at once."""
    cache.delete(f"second-factor:{user_id}")


def _with_next(url: str, request: Any) -> str:
    wanted = request.get_full_path() if request.method in {"GET", "HEAD"} else "/"
    return f"{url}?{urlencode({REDIRECT_FIELD_NAME: wanted})}"
