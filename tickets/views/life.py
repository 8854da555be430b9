"""How a ticket lives: the machine as a picture with its table, and the company's own words for its states."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.access import needs
from tickets.charts import Chart
from tickets.forms.wording import WordsForm
from tickets.models import Status
from tickets.services import wording


@require_safe
@needs("ticket.view")
def chart(request: Any) -> HttpResponse:
    """The states and the moves between them; one state is chosen, by its name in the address."""
    asked = request.GET.get("status", "")
    chosen = asked if asked in Status.values else Status.NEW.value
    return render(
        request,
        "tickets/lifecycle/chart.html",
        {"chart": Chart(chosen), "may_reword": request.actor.can("tenant.settings")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs("tenant.settings")
def words(request: Any) -> HttpResponse:
    """The company's own words for the states, in each language; empty is ours."""
    now = request.tenant.wording.get("status", {})
    form = WordsForm(now, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            wording.reword(form.words, form.seen, by=request.actor)
        except Refused as refused:
            form.add_error(None, refusals.explain(refused))
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(reverse("tickets:words", args=[request.tenant.slug]))
    context = {"form": form, "seen": json.dumps(form.seen, sort_keys=True)}
    return render(request, "tickets/lifecycle/words.html", context, status=422 if form.errors else 200)
