"""Answering htmx with a part of the page, and everybody else with the page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe


def wants_part(request: HttpRequest, target: str = "") -> bool:
    """Whether htmx asks for a fragment; with `target`, for the one that goes into `#target`."""
    if request.headers.get("HX-Request") != "true" or request.headers.get("HX-Request-Type") == "full":
        return False
    return not target or request.headers.get("HX-Target", "").rpartition("#")[2] == target


def answer(
    request: HttpRequest, template: str, part: str, context: dict[str, Any], target: str = "", status: int = 200
) -> HttpResponse:
    """The page `template`, or `part` of it (a template the page includes) with the messages as toasts beside it."""
    if not wants_part(request, target):
        return render(request, template, context, status=status)
    body = render_to_string(part, context, request)
    return HttpResponse(mark_safe(body + toasts(request)), status=status)


def toasts(request: HttpRequest) -> str:
    """The waiting messages as a fragment that goes to the toast region by itself."""
    made = render_to_string("components/toasts.html", {}, request).strip()
    return f'<div hx-swap-oob="beforeend:#toasts">{made}</div>' if made else ""


def go(request: HttpRequest, url: str) -> HttpResponse:
    """After a POST: to `url`, by a redirect or, where htmx asked, by its header."""
    if request.headers.get("HX-Request") != "true":
        return HttpResponseRedirect(url)
    return HttpResponse(status=204, headers={"HX-Redirect": url})
