"""Where a person begins: the companies they work for, and the first page inside one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from psa.tenancy import doors, entrance
from psa.tenancy.capabilities import ROLE_NAMES
from psa.web import nav
from psa.web.access import for_members, for_signed_in


@require_safe
@for_signed_in
def desks(request: Any) -> HttpResponse:
    """My companies. Whoever has one only is taken there."""
    found = doors.desks(request.user)
    if len(found) == 1 and "all" not in request.GET:
        return redirect("home", found[0].slug)
    context = {
        "desks": [(desk, ROLE_NAMES.get(desk.role, desk.role), entrance.opens(request, desk.id)) for desk in found],
        "suspended": doors.suspended(request.user),
    }
    return render(request, "web/desks.html", context)


@require_safe
@for_members
def home(request: HttpRequest) -> HttpResponse:
    """The first page of the navigation this member may open."""
    entries = nav.visible(request)
    if not entries:
        return render(request, "web/nothing.html")
    return redirect(nav.href(entries[0].url_name, request.tenant.slug))  # type: ignore[attr-defined]
