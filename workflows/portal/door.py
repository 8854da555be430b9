"""The door of the portal in a browser: its two cookies. One is the key of a session, the other remembers for a quarter
of an hour whose mailbox a code went to. Both are read under the portal's own path alone, so that a member's sign-in and
a customer's stand beside each other without touching (hostile test B6)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse

from psa.journal import origins
from psa.web import throttle
from psa.web.views import safe_next
from workflows import links
from workflows.models import PortalAccess, PortalSession
from workflows.services import portal_door

KEY, PENDING = "tandem_portal", "tandem_portal_code"
SALT = "workflows.portal.pending"
# Longer than writing a mail takes: whether an address is anybody's shows neither in the answer nor in its time.
STEADY = 0.4


@dataclass(frozen=True, slots=True)
class Pending:
    """Whose code is waited for: the address as it was typed, or the link it was asked by; and where to go then."""

    email: str = ""
    link: str = ""
    next: str = ""


def session(request: Any) -> PortalSession | None:
    """Who is signed in at this company's portal in this browser."""
    return portal_door.who(request.COOKIES.get(KEY, ""), request.tenant.idle_minutes)


def begin(request: Any, response: Any, access: PortalAccess, method: str = "code") -> Any:
    """Sign a contact in; an older session of this browser ends."""
    leave(request, response)
    raw = portal_door.begin(access, origins.address(request), origins.browser(request), method)
    _set(request, response, KEY, raw, settings.SESSION_COOKIE_AGE)
    return response


def leave(request: Any, response: Any) -> Any:
    """Sign out, here."""
    if raw := request.COOKIES.get(KEY, ""):
        portal_door.end(raw)
    for name in (KEY, PENDING):
        response.delete_cookie(name, path=_path(request), samesite="Lax")
    return response


def knock(request: Any, pending: Pending) -> None:
    """Send a code to whom this names, if anybody. Raises TooOften, for known and unknown addresses alike."""
    tenant, address = request.tenant.pk, origins.address(request)
    throttle.count_for("portal_door", f"{tenant}:{address}")
    access = whom(pending)
    mailbox = access.contact.email if access else pending.email
    with steady():
        throttle.count_for("portal_code", f"{tenant}:{mailbox.strip().casefold()}")
        if access is not None:
            portal_door.send_code(access)


def try_code(request: Any, pending: Pending, code: str) -> PortalAccess | None:
    """Whose mailbox this code proves; None for a wrong, old or used one. Raises TooOften."""
    throttle.count_for("portal_door", f"{request.tenant.pk}:{origins.address(request)}")
    access = whom(pending)
    with steady():
        return access if portal_door.proves(access, code) else None


def whom(pending: Pending) -> PortalAccess | None:
    """Whom a code would go to."""
    if pending.link:
        link = links.read(pending.link)
        return link.access if link else None
    return portal_door.named(pending.email)


def wait(request: Any, response: Any, pending: Pending) -> Any:
    """Remember in the browser whose code is waited for."""
    said = signing.dumps([pending.email, pending.link, pending.next], salt=SALT)
    _set(request, response, PENDING, said, int(portal_door.GOOD_FOR.total_seconds()))
    return response


def pending(request: Any) -> Pending | None:
    """Whose code is waited for in this browser."""
    try:
        said = signing.loads(request.COOKIES.get(PENDING, ""), salt=SALT, max_age=portal_door.GOOD_FOR)
    except signing.BadSignature:
        return None
    return Pending(*said)


def inside(request: Any) -> str:
    """Where somebody wants to go after the door: a page of this portal, or its first one (hostile test B5)."""
    home = _path(request)
    wanted = safe_next(request, home)
    return wanted if wanted.startswith(home) and "/../" not in wanted else home


def masked(email: str) -> str:
    """An address that shows its owner that it is theirs, and nobody else whose: c•••@hansen.example."""
    name, _at, domain = email.partition("@")
    return f"{name[:1]}•••@{domain}" if domain else ""


@contextmanager
def steady() -> Iterator[None]:
    """Take as long for nobody's address as for somebody's (hostile test B2)."""
    begun = time.monotonic()
    try:
        yield
    finally:
        time.sleep(max(0.0, STEADY - (time.monotonic() - begun)))


def _path(request: Any) -> str:
    return reverse("portal:home", args=[request.tenant.slug])


def _set(request: Any, response: Any, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=_path(request),
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE or request.is_secure(),
    )
