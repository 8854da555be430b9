"""Language, theme, the counts of the navigation, and the styleguide."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from psa.tenancy import doors
from psa.web import nav, presence, reader, samples
from psa.web.access import for_everybody, for_members


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """Where the form wants to go back to: a path of this site, or `default`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_path = wanted.startswith("/") and not wanted.startswith("//") and wanted.isprintable() and "\\" not in wanted
    safe = is_path and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else default


@require_POST
@for_everybody
def language(request: HttpRequest) -> HttpResponse:
    """Remember the reader's language."""
    return _remember(
        request, "language", settings.LANGUAGE_COOKIE_NAME, reader.known_language(request.POST.get("language"))
    )


@require_POST
@for_everybody
def theme(request: HttpRequest) -> HttpResponse:
    """Remember the reader's theme."""
    chosen = request.POST.get("theme", "")
    return _remember(request, "theme", reader.THEME_COOKIE, chosen if chosen in reader.THEMES else "")


def _remember(request: HttpRequest, field: str, cookie: str, value: str) -> HttpResponse:
    response = HttpResponseRedirect(safe_next(request), status=303)
    if value:
        if request.user.is_authenticated:
            doors.remember(request.user, **{field: value})
        response.set_cookie(
            cookie, value, max_age=reader.COOKIE_AGE, samesite="Lax", httponly=True, secure=request.is_secure()
        )
    return response


@require_GET
@never_cache
@for_members
def counts(request: Any) -> HttpResponse:
    """The counts of the sidebar, each going to its own place; every page asks for them, so its reader is here."""
    presence.seen(request.member)
    return render(request, "components/counts.html", {"counts": nav.counts(request)})


@require_GET
@for_everybody
def styleguide(request: HttpRequest, example: str = "") -> HttpResponse:
    """Every component in both themes, and pages to copy from. Only where DEBUG or the demo is on."""
    if not (settings.DEBUG or settings.DEMO) or example not in samples.EXAMPLES:
        raise Http404
    return render(request, f"web/styleguide/{example or 'index'}.html", samples.context(request))
