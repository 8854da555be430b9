"""What the pages on which a contact decides have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from psa.tenancy.errors import Refused
from psa.web import refusals
from workflows.portal import sight


def carried_out(
    request: Any, number: int, act: Callable[[], None], again: Callable[..., HttpResponse], said: str
) -> HttpResponse:
    """Do it, say so, and go back to the request. What is refused is said on the page of the button, which
    `again(refusal=…)` draws."""
    try:
        act()
    except Refused as refused:
        return again(refusal=refused)
    messages.success(request, said)
    return _back(request, number)


def _back(request: Any, number: int) -> HttpResponse:
    """To the request where the reader sees it, else to the first page: an approver need not see what is asked for."""
    place, more = ("portal:home", []) if sight.request(request.eyes, number) is None else ("portal:request", [number])
    return HttpResponseRedirect(reverse(place, args=[request.tenant.slug, *more]), status=303)


def explained(refusal: Refused | None) -> str:
    """Why not, in the reader's words; nothing where nothing is refused."""
    return refusals.explain(refusal) if refusal else ""


def number_in(typed: str, otherwise: int) -> int:
    """A number a form carries along unseen."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else otherwise
