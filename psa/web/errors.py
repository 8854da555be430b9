"""Pages for what went wrong: what happened, what was kept, what to do. htmx gets the same words as a toast."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from psa.tenancy import capabilities, granting, scope
from psa.tenancy.errors import Denied, Refused
from psa.web import refusals
from psa.web.throttle import TooOften


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400"""
    return _answer(request, "400.html", 400, _("The request could not be read. Nothing was changed."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403 without a capability to name."""
    return _answer(request, "403.html", 403, _("You may not open this. Nothing was changed."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: there is nothing here, or nothing for this reader."""
    return _answer(request, "404.html", 404, _("There is nothing here any more, or nothing for you."))


def server_error(request: HttpRequest) -> HttpResponse:
    """500. Touches nothing that may be what is broken: no database, no session, no context processor."""
    return HttpResponse(render_to_string("500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was opened before signing in or out, or that another site sent."""
    return _answer(request, "403_csrf.html", 403, _("This page was open for too long. Reload it and send it again."))


def only_looking(request: Any) -> HttpResponse:
    """403 for somebody who was let in to look, and tried something else."""
    text = _("You are let in to look: support changes nothing and takes nothing out. Nothing was changed.")
    return _answer(request, "403.html", 403, text, text=text)


def denied(request: Any, exception: Denied) -> HttpResponse:
    """403 that says which right is missing and who grants it."""
    if scope.is_reading():
        return only_looking(request)
    name = capabilities.NAMES.get(
        capabilities.ALIASES.get(exception.capability, exception.capability), exception.capability
    )
    granters = granting.granters(exception.capability) if hasattr(request, "tenant") else []
    text = _("For this you need the right to %(right)s.") % {"right": name}
    if granters:
        text += " " + _("It is granted by %(names)s.") % {"names": ", ".join(granters)}
    return _answer(request, "403.html", 403, text, capability=exception.capability, right=name, granters=granters)


def refused(request: Any, exception: Refused) -> HttpResponse:
    """409: a rule says no. Services refuse before they change anything."""
    text = refusals.explain(exception)
    return _answer(request, "409.html", 409, text, text=text, way_out=refusals.way_out(exception, request))


def too_often(request: Any, exception: TooOften) -> HttpResponse:
    """429: more than one person asks for, and when there is room again."""
    response = _answer(request, "429.html", 429, exception.sentence, text=exception.sentence)
    response["Retry-After"] = str(exception.wait)
    return response


def _answer(request: Any, template: str, status: int, said: str, **context: Any) -> HttpResponse:
    if request.headers.get("HX-Request") != "true":
        return render(request, template, context, status=status)
    response = render(request, "components/toast.html", {"level": "error", "text": said}, status=status)
    response["HX-Retarget"] = "#toasts"
    response["HX-Reswap"] = "beforeend"
    response["HX-Push-Url"] = response["HX-Replace-Url"] = "false"
    return response
