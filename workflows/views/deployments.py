"""Deployments: what is ready, planned for a window or marked as deployed, several at once."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from psa.tenancy import capabilities
from psa.tenancy.errors import Denied
from psa.web import refusals
from psa.web.access import needs
from tickets.labels import STATUSES
from tickets.models import Status, Ticket
from workflows.forms.reviews import DeploymentForm
from workflows.services import deployments as services

WAITING = (Status.READY_FOR_DEPLOY, Status.REOPENED_DEPLOY_REQUEST)
SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.edit")
def deployments(request: Any) -> HttpResponse:
    """Choose some, plan them for one window or say that they are deployed; what became of each is said below."""
    form = DeploymentForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST":
        picked = [int(pk) for pk in request.POST.getlist("pick")[:SHOWN] if pk.isdecimal() and len(pk) < 19]
        tickets = list(_waiting(request).filter(pk__in=picked))
        context["picked"] = set(picked)
        if form.is_valid():
            context["results"] = [(one, _why(one.refused)) for one in _do(request, form, tickets)]
            context["picked"] = {one.ticket.pk for one, why in context["results"] if why}
    found = list(_waiting(request)[: SHOWN + 1])
    context |= {"tickets": [(one, STATUSES.badge(one.status)) for one in found[:SHOWN]], "more": len(found) > SHOWN}
    return render(request, "workflows/deployments.html", context, status=422 if form.errors else 200)


def _waiting(request: Any) -> Any:
    """The next window first; those without one last."""
    rows = Ticket.objects.visible_to(request.actor).filter(status__in=WAITING).select_related("company", "assignee")
    return rows.order_by("deploy_from", "number")


def _do(request: Any, form: DeploymentForm, tickets: list[Ticket]) -> list[services.Result]:
    if request.POST.get("do") == "plan":
        words = form.cleaned_data
        return services.plan(tickets, words["begins"], words["ends"], by=request.actor)
    return services.deployed(tickets, by=request.actor)


def _why(no: Any) -> str:
    if isinstance(no, Denied):
        return str(capabilities.NAMES[no.capability])
    return refusals.explain(no) if no else ""
