"""The page of finished work: accept it, say what is wrong, ask for its deployment, or for more time. Only a POST
decides (hostile tests W4, W5)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from psa.journal import origins
from psa.tenancy.errors import Refused
from psa.web import throttle
from tickets.models import Status, Ticket
from workflows.forms.portal import DeployForm, ReopenForm, UntilForm
from workflows.portal import conversation, decisions, sight
from workflows.portal.access import for_customers
from workflows.views.portal.deciding import carried_out, explained, number_in


@require_safe
@for_customers
def page(request: Any, number: int) -> HttpResponse:
    """The work to look at."""
    ticket, found = _review(request, number)
    return _page(request, ticket, found)


@require_POST
@for_customers
def accept(request: Any, number: int) -> HttpResponse:
    """It is solved."""
    ticket, found = _review(request, number)

    def act() -> None:
        decisions.accept(
            ticket,
            contact=request.contact,
            by=request.actor,
            address=origins.address(request),
            stay=_stay(request),
        )

    return _done(request, ticket, found, act, _("Thank you. You accepted the solution; a copy comes by e-mail."))


@require_POST
@for_customers
def reopen(request: Any, number: int) -> HttpResponse:
    """It is not: what happened, what was expected, where, and files."""
    ticket, found = _review(request, number)
    form = ReopenForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, ticket, found, reopen=form)
    uploads = form.cleaned_data["upload"]
    throttle.spend("upload", request, len(uploads))

    def act() -> None:
        decisions.reopen(
            ticket,
            form.words(),
            objection=form.cleaned_data["objection"],
            contact=request.contact,
            by=request.actor,
            stay=_stay(request),
        )
        if uploads:
            decisions.write(ticket, _("Files"), uploads, contact=request.contact, by=request.actor)

    return _done(request, ticket, found, act, _("Thank you for telling us. We look into it."))


@require_POST
@for_customers
def deploy(request: Any, number: int) -> HttpResponse:
    """It is solved and shall go into production."""
    ticket, found = _review(request, number)
    form = DeployForm(request.POST)
    if not form.is_valid():
        return _page(request, ticket, found, deploy=form)

    def act() -> None:
        decisions.request_deployment(
            ticket,
            form.cleaned_data["text"],
            contact=request.contact,
            by=request.actor,
            address=origins.address(request),
            stay=_stay(request),
        )

    return _done(request, ticket, found, act, _("Thank you. We plan the deployment and tell you when."))


@require_POST
@for_customers
def need_until(request: Any, number: int) -> HttpResponse:
    """More time to look at it."""
    ticket, found = _review(request, number)
    form = UntilForm(request.POST)
    if not form.is_valid():
        return _page(request, ticket, found, until=form)

    def act() -> None:
        decisions.need_until(ticket, form.cleaned_data["until"], contact=request.contact, by=request.actor)

    return _done(request, ticket, found, act, _("You have until then."))


def _review(request: Any, number: int) -> tuple[Ticket, decisions.Inspection]:
    ticket = sight.request(request.eyes, number)
    found = decisions.inspection(ticket, request.contact) if ticket is not None else None
    if ticket is None or found is None:
        raise Http404
    return ticket, found


def _stay(request: Any) -> int:
    return number_in(request.POST.get("stay", ""), -1)


def _done(
    request: Any, ticket: Ticket, found: decisions.Inspection, act: Callable[[], None], said: str
) -> HttpResponse:
    return carried_out(request, ticket.number, act, partial(_page, request, ticket, found), said)


def _page(
    request: Any, ticket: Ticket, found: decisions.Inspection, *, refusal: Refused | None = None, **forms: Any
) -> HttpResponse:
    context = {
        "ticket": ticket,
        "review": found,
        "reason": explained(refusal),
        "why_not": explained(found.refusal),
        "words": conversation.last(conversation.of(ticket)),
        "files": list(sight.files(ticket).order_by("pk")),
        "is_solution": ticket.status == Status.WAITING_SOLUTION_REVIEW,
        "reopen": forms.get("reopen") or ReopenForm(),
        "deploy": forms.get("deploy") or DeployForm(),
        "until": forms.get("until") or UntilForm(),
        "opened": next(iter(forms), ""),
    }
    return render(request, "portal/review.html", context, status=409 if refusal else 422 if forms else 200)
