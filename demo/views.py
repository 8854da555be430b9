"""Signing in with one click, and the guided path. Only the demo answers here."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from demo import customers, guide, people
from psa.tenancy import doors
from psa.web import reader
from psa.web.access import for_everybody
from psa.web.views import safe_next
from workflows.portal import door

GUIDE_COOKIE = "tandem_demo_guide"


def in_the_demo(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Anywhere else there is no such address."""

    @wraps(view)
    def asked(request: HttpRequest) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request)

    return asked


@in_the_demo
@require_POST
@for_everybody
def sign_in(request: HttpRequest) -> HttpResponse:
    """Be one of the demo's people, without a password."""
    person = people.named(request.POST.get("email", ""))
    if person is None:
        raise Http404
    return _go_in(request, person, safe_next(request, person.home or reverse("home", args=[person.tenant])))


@in_the_demo
@require_POST
@for_everybody
def invitation(request: HttpRequest) -> HttpResponse:
    """Be whoever was invited, in front of the invitation; mail is not needed for that."""
    found = people.named(guide.INVITED)
    if found is None or not (link := guide.invitation_link()):
        raise Http404
    return _go_in(request, found, link)


@in_the_demo
@require_POST
@for_everybody
def customer(request: Any) -> HttpResponse:
    """Be a customer's contact, without the code from a mailbox."""
    access = customers.first_of(request.POST.get("desk", ""))
    if access is None:
        raise Http404
    request.tenant = doors.received(request.POST["desk"])
    with doors.at(request.tenant.pk):
        response = HttpResponseRedirect(reverse("portal:home", args=[request.tenant.slug]), status=303)
        return door.begin(request, response, access, "demo")


@in_the_demo
@require_POST
@for_everybody
def hide_guide(request: HttpRequest) -> HttpResponse:
    """Put the guided path away, or bring it back."""
    response = HttpResponseRedirect(safe_next(request), status=303)
    if request.POST.get("show"):
        response.delete_cookie(GUIDE_COOKIE)
    else:
        response.set_cookie(GUIDE_COOKIE, "hidden", samesite="Lax", httponly=True)
    return response


def _go_in(request: Any, person: people.Person, where: str) -> HttpResponse:
    """A language chosen on the sign-in page stays; otherwise everybody speaks their own."""
    user = people.user(person)
    doors.sign_in(request, user, "demo")
    if chosen := reader.known_language(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)):
        doors.remember(user, language=chosen)
    return HttpResponseRedirect(where, status=303)
