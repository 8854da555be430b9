"""Where a person begins: the companies they work for, and the first page inside one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from psa.tenancy import doors, entrance
from psa.tenancy.capabilities import ROLE_NAMES
from psa.web import nav, vitals
from psa.web.access import for_members, for_signed_in, needs
from psa.web.home import BESIDE, MAIN, panels


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
def home(request: Any) -> HttpResponse:
    """What this person's day begins with; in the small plan, the first page of the navigation."""
    if not request.tenant.is_portal and (found := panels(request)):
        main, beside = ([one for one in found if one.place == place] for place in (MAIN, BESIDE))
        return render(request, "web/home.html", {"main": main or beside, "beside": beside if main else []})
    entries = [entry for entry in nav.visible(request) if entry.url_name != "home"]
    if not entries:
        return render(request, "web/nothing.html")
    return redirect(nav.href(entries[0].url_name, request.tenant.slug))


@require_POST
@needs("tenant.manage")
def repair(request: Any, part: str) -> HttpResponse:
    """Put what hangs in one part of the machinery back into its queue."""
    if (vital := vitals.named(part)) is None:
        raise Http404
    number = vitals.repair(vital, by=request.actor)
    messages.success(request, ngettext("%(n)s is tried again.", "%(n)s are tried again.", number) % {"n": number})
    return redirect("home", request.tenant.slug)
