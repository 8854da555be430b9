"""The rules of psa.accounts.rules and psa.accounts.idle, as answers at a company's door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from psa.accounts import idle, rules, signins
from psa.tenancy import entrance
from psa.tenancy.models import Membership

READING = frozenset({"GET", "HEAD", "OPTIONS"})
# What was sent and cannot be saved is shown again, to be copied: texts, not codes, and no secrets.
SHORTEST, MOST = 12, 20
SECRET = ("password", "secret", "token", "code")


class IdleMiddleware:
    """Stands before the tenancy's: ends a session nobody sits in front of, and answers what still comes from its pages
    in a way that loses nothing. A session of somebody whose rights have changed gets another key."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if getattr(request, "is_attended", False) and request.user.is_authenticated:
            idle.see(request.session)
        return response

    def process_view(self, request: Any, view: Any, args: Any, kwargs: dict[str, Any]) -> HttpResponseBase | None:
        session = request.session
        if session.is_empty() or not request.user.is_authenticated:
            return _signed_out(request, _("You are signed out.")) if "tenant" in kwargs else None
        if idle.is_over(session):
            return _end(request, session[idle.LIMIT], kwargs)
        signins.turn(request)
        request.is_attended = idle.UNATTENDED not in request.headers
        return None


def ask(request: Any, member: Membership) -> HttpResponseBase | None:
    """Nothing there for a session that another company's provider vouched for (hostile test B15); else what is missing
    comes first."""
    assert member.tenant_id is not None  # it was read
    if not entrance.opens(request, member.tenant_id):
        raise Http404
    minutes = member.tenant.idle_minutes
    if idle.is_over(request.session, minutes):
        return _end(request, minutes, {"tenant": member.tenant.slug}) or HttpResponseRedirect(_sign_in(request))
    idle.tighten(request.session, minutes)
    url = rules.way_out(request, member)
    return HttpResponseRedirect(url) if url else None


def _end(request: Any, minutes: int, kwargs: dict[str, Any]) -> HttpResponseBase | None:
    """End the session. None where the request may go on as nobody's and will be sent to sign in."""
    text = idle.said(minutes)
    signins.ended(request)
    request.session.flush()
    request.user = AnonymousUser()
    if "tenant" in kwargs and (answer := _signed_out(request, text)):
        return answer
    messages.info(request, text)
    return None


def _signed_out(request: Any, text: str) -> HttpResponseBase | None:
    """What a page that is still open gets when it asks or sends: words and the way back, never half a page, and never
    the sign-in page in place of what was typed."""
    is_part = request.headers.get("HX-Request") == "true"
    if not is_part and request.method in READING:
        return None
    context = {"text": text, "sign_in": _sign_in(request)}
    if not is_part:
        return render(request, "accounts/signed_out.html", {**context, "typed": _typed(request)}, status=401)
    response = render(request, "accounts/_signed_out.html", context, status=401)
    response["HX-Retarget"] = "#toasts"
    response["HX-Reswap"] = "innerHTML"
    response["HX-Push-Url"] = response["HX-Replace-Url"] = "false"
    return response


def _sign_in(request: Any) -> str:
    """The sign-in page, and from there back to the page in front of the person."""
    at = request.get_full_path()
    if request.method not in READING or request.headers.get("HX-Request") == "true":
        named = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
        at = f"{named.path}?{named.query}" if named.query else named.path
    return f"{reverse('account_login')}?{urlencode({REDIRECT_FIELD_NAME: at})}" if at else reverse("account_login")


def _typed(request: Any) -> list[str]:
    found = [
        value
        for name, values in request.POST.lists()
        if not any(word in name.lower() for word in SECRET)
        for value in values
        if len(value.strip()) >= SHORTEST and " " in value.strip() and "::" not in value
    ]
    return found[:MOST]
