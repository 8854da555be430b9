"""The page behind "this was not me": it stands in no tenant, and looking at it says nothing."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from psa.tenancy import doors
from psa.web.access import for_everybody
from workflows.services import disowning


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_everybody
def page(request: Any, token: str) -> HttpResponse:
    """What was recorded for whom, and a button; an unknown or used link says only that it leads nowhere."""
    opened = doors.look(disowning.PURPOSE, token)
    if opened is None:
        return render(request, "workflows/estimates/not_me_void.html", status=404)
    with doors.inside(opened):
        found = disowning.shown(opened.subject_id)
        is_said = opened.used_at is not None
        if request.method == "POST" and not is_said:
            disowning.disown(token)
            is_said = True
    return render(request, "workflows/estimates/not_me.html", {"found": found, "is_said": is_said})
