"""The page under the person menu: what one hears of by mail, and how."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from psa.mail import preferences
from psa.mail.models import Way
from psa.web.access import for_members


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def page(request: Any) -> HttpResponse:
    """Choose for every kind, or for the one a mail's reason line named. Looking changes nothing."""
    if request.method == "POST":
        preferences.choose(request.POST.dict(), by=request.actor)
        messages.success(request, _("Saved. It counts from the next mail on."))
        return redirect("notifications:preferences", request.tenant.slug)
    chosen = preferences.of(request.actor)
    rows = [(code, kind, chosen[code]) for code, kind in preferences.KINDS.items()]
    asked = request.GET.get("kind", "")
    one = (asked, preferences.KINDS[asked], chosen[asked]) if asked in preferences.KINDS else None
    return render(request, "notifications/preferences.html", {"rows": rows, "one": one, "ways": Way.choices})
