"""The page of an estimate: what it costs and means, and the contact's word on it. Only a POST decides (hostile tests
W2, W4, W5)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from psa.journal import origins
from psa.paper.document import pdf
from psa.tenancy.errors import Refused
from psa.web import throttle
from tickets.models import Ticket
from workflows.forms.portal import PassForm, QuestionForm, ReasonForm
from workflows.portal import decisions, papers, sight
from workflows.portal.access import for_customers
from workflows.views.portal.deciding import carried_out, explained, number_in


@require_safe
@for_customers
def page(request: Any, number: int) -> HttpResponse:
    """The estimate."""
    ticket, offer = _offer(request, number)
    return _page(request, ticket, offer)


@require_safe
@for_customers
@throttle.limited("export")
def paper(request: Any, number: int) -> HttpResponse:
    """The same as a PDF."""
    ticket, offer = _offer(request, number)
    document = papers.estimate(ticket, offer, request.tenant.name)
    response = HttpResponse(pdf(document), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{slugify(document.title)}.pdf"'
    return response


@require_POST
@for_customers
def accept(request: Any, number: int) -> HttpResponse:
    """Accept what the page showed: its version and hash come back with the form."""
    ticket, offer = _offer(request, number)

    def act() -> None:
        decisions.accept_estimate(
            offer.estimate,
            version=number_in(request.POST.get("version", ""), 0),
            sha256=request.POST.get("sha256", ""),
            contact=request.contact,
            by=request.actor,
            address=origins.address(request),
        )

    return _done(request, ticket, offer, act, _("Thank you. You accepted the estimate; a copy comes by e-mail."))


@require_POST
@for_customers
def decline(request: Any, number: int) -> HttpResponse:
    """Cancel the request instead."""
    ticket, offer = _offer(request, number)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, ticket, offer, decline=form)

    def act() -> None:
        decisions.decline_estimate(
            offer.estimate,
            form.cleaned_data["text"],
            contact=request.contact,
            by=request.actor,
            address=origins.address(request),
        )

    return _done(request, ticket, offer, act, _("The request is cancelled."))


@require_POST
@for_customers
def give_back(request: Any, number: int) -> HttpResponse:
    """Ask, or propose something else."""
    ticket, offer = _offer(request, number)
    form = QuestionForm(request.POST)
    if not form.is_valid():
        return _page(request, ticket, offer, question=form)

    def act() -> None:
        decisions.give_back(offer.estimate, form.cleaned_data["text"], contact=request.contact, by=request.actor)

    return _done(request, ticket, offer, act, _("Your question is with us. A new estimate follows."))


@require_POST
@for_customers
def pass_on(request: Any, number: int) -> HttpResponse:
    """Let another approver decide."""
    ticket, offer = _offer(request, number)
    form = PassForm(request.POST, others=offer.others)
    if not form.is_valid():
        return _page(request, ticket, offer, passing=form)
    said = form.cleaned_data

    def act() -> None:
        decisions.pass_to(offer.estimate, said["to"], said["text"], contact=request.contact, by=request.actor)

    return _done(request, ticket, offer, act, _("%(name)s is asked now.") % {"name": said["to"].name})


def _offer(request: Any, number: int) -> tuple[Ticket, decisions.Offer]:
    """The estimate of a request in sight, or of one whose approver the reader is."""
    ticket = sight.request(request.eyes, number)
    if ticket is None:
        ticket = sight.everybodys(request.contact.company_id).filter(number=number).select_related("company").first()
        if ticket is None or not decisions.is_approver(ticket, request.contact):
            raise Http404
    offer = decisions.offer(ticket, request.contact)
    if offer is None:
        raise Http404
    return ticket, offer


def _done(request: Any, ticket: Ticket, offer: decisions.Offer, act: Callable[[], None], said: str) -> HttpResponse:
    return carried_out(request, ticket.number, act, partial(_page, request, ticket, offer), said)


def _page(
    request: Any, ticket: Ticket, offer: decisions.Offer, *, refusal: Refused | None = None, **forms: Any
) -> HttpResponse:
    context = {
        "ticket": ticket,
        "offer": offer,
        "estimate": offer.estimate,
        "sees_request": sight.request(request.eyes, ticket.number) is not None,
        "reason": explained(refusal),
        "why_not": explained(offer.refusal),
        "changes": papers.changes(offer),
        "decline": forms.get("decline") or ReasonForm(),
        "question": forms.get("question") or QuestionForm(prefix=None),
        "passing": forms.get("passing") or (PassForm(others=offer.others) if offer.others else None),
        "opened": next(iter(forms), ""),
    }
    return render(request, "portal/estimate.html", context, status=409 if refusal else 422 if forms else 200)
