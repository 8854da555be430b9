"""Who may open a page of the portal: a customer's contact who is signed in there, or, at its door, everybody.

The portal's addresses begin with a company of ours that the reader is no member of, so no membership opens them: these
two decorators put the company in scope, for as long as the view runs. A member who is a contact as well stays two
people: `request.user` is a stranger in here (hostile test A7).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from psa.journal import origins
from psa.tenancy import doors
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from psa.web import reader, refusals
from psa.web.access import CUSTOMER, EVERYBODY
from psa.web.throttle import TooOften
from workflows.portal import door, rooms, sight

View = Callable[..., Any]
READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Visitor(AnonymousUser):
    """Who reads a page of the portal: nobody with an account, but somebody with a name and a language."""

    def __init__(self, name: str = "", email: str = "", language: str = "") -> None:
        self.name, self.email, self.language, self.theme = name, email, language, ""


def for_visitors(view: View) -> View:
    """The door: for everybody who knows the company's address."""
    return _opened(view, EVERYBODY, _meet)


def for_customers(view: View) -> View:
    """For a contact who is signed in: `request.contact`, `request.eyes` (what they see), `request.rooms` (what other
    apps show them) and `request.actor`. Everybody else gets the portal's sign-in, and what they typed is kept by the
    browser's own back button."""
    return _opened(view, CUSTOMER, _recognise)


def _opened(view: View, needs: str, meet: Callable[[Any], HttpResponse | None]) -> View:
    """The view in its company's scope, for whom `meet` does not send elsewhere."""

    @wraps(view)
    def asked(request: Any, desk: str, *args: Any, **kwargs: Any) -> Any:
        tenant = doors.received(desk)
        if tenant is None:
            raise Http404
        request.tenant = tenant
        with doors.at(tenant.pk):
            if (elsewhere := meet(request)) is not None:
                return elsewhere
            reader.activate(request)
            return _answered(view, request, *args, **kwargs)

    asked.needs = needs  # type: ignore[attr-defined]
    return asked


def _meet(request: Any) -> None:
    request.user = Visitor(language=reader.known_language(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)))


def _recognise(request: Any) -> HttpResponse | None:
    session = door.session(request)
    if session is None:
        return _to_sign_in(request)
    _know(request, session)
    return None


def _know(request: Any, session: Any) -> None:
    contact = session.access.contact
    request.eyes, request.contact = sight.of(session.access), contact
    request.rooms = rooms.open_to(request.eyes)
    language = contact.language or contact.company.language or request.tenant.language
    request.user = Visitor(contact.name, contact.email, language)
    request.actor = Actor.customer(contact.pk, contact.name, contact.company.name, channel="portal", language=language)
    if request.method not in READING:
        request.actor = replace(request.actor, origin_id=origins.note(request))


def _to_sign_in(request: Any) -> HttpResponse:
    at = request.get_full_path() if request.method in READING else request.path
    query = urlencode({"next": at})
    return HttpResponseRedirect(f"{reverse('portal:sign_in', args=[request.tenant.slug])}?{query}", status=303)


def _answered(view: View, request: Any, *args: Any, **kwargs: Any) -> Any:
    """What the view answers, in the company's scope; a no is a page of the portal, not of the desk."""
    try:
        response = view(request, *args, **kwargs)
    except Http404:
        response = _no(request, 404, _("There is nothing here"), _("It may have moved, or it is not yours to see."))
    except Denied:
        response = _no(request, 403, _("This is not yours to do"), _("Ask whoever looks after your company here."))
    except Refused as refused:
        response = _no(request, 409, _("That is not possible now"), refusals.explain(refused))
    except TooOften as often:
        response = _no(request, 429, _("Please wait a moment"), often.sentence)
        response["Retry-After"] = str(often.wait)
    response.headers.setdefault("Content-Language", translation.get_language() or "en")
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response


def _no(request: Any, status: int, title: str, text: str) -> HttpResponse:
    return render(request, "portal/no.html", {"title": title, "text": text}, status=status)
