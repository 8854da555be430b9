"""Who reads the page: language, time zone and theme, from the person, else the tenant, else the browser."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation

from psa.web import figures, own_words

THEMES = ("system", "light", "dark")
THEME_COOKIE = "tandem_theme"
COOKIE_AGE = 60 * 60 * 24 * 365


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError):
        return None


@cache
def _spoken() -> frozenset[str | None]:
    return frozenset(code for code, _name in settings.LANGUAGES)


def known_language(code: str | None) -> str:
    """The code if we speak it, else nothing."""
    return code if code and code in _spoken() else ""


def language(request: Any) -> str:
    """The reader's language: their own, the membership's, the tenant's, the cookie's, the browser's."""
    member, tenant = getattr(request, "member", None), getattr(request, "tenant", None)
    return (
        known_language(getattr(request.user, "language", ""))
        or known_language(getattr(member, "language", ""))
        or known_language(getattr(tenant, "language", ""))
        or known_language(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME))
        or translation.get_language_from_request(request)
    )


def theme(request: Any) -> str:
    """The reader's theme; "system" leaves it to the device."""
    chosen = getattr(request.user, "theme", "") or request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "system"


def activate(request: Any) -> None:
    """Speak the reader's language, show times in the tenant's zone and write numbers its way from here on."""
    code = language(request)
    translation.activate(code)
    request.LANGUAGE_CODE = code
    tenant = getattr(request, "tenant", None)
    zone = _zone(tenant.time_zone) if tenant is not None else None
    timezone.activate(zone) if zone else timezone.deactivate()
    figures.write_numbers_as(getattr(tenant, "number_format", ""))
    own_words.speak_as(getattr(tenant, "wording", None))
