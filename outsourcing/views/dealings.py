"""Other terms, more time, questions, a part of a flat amount: proposed, answered, taken back; a field taken over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from outsourcing import dealings, readings
from outsourcing.dealings import AnswerForm, AskForm, ExtendForm, PartForm, ProposeForm, RefuseForm
from outsourcing.forms.fields import Refusable
from outsourcing.models import Handover, Proposal, Side
from outsourcing.services import proposals, questions, releases, sending, taking_over
from outsourcing.views.fetching import after, handover_of, ticket_named, ticket_url
from psa.tenancy.errors import Refused
from psa.web import htmx
from psa.web.access import needs
from psa.web.views import safe_next
from tickets import permissions
from tickets.models import Ticket


@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.view")
def propose(request: Any, key: Any) -> HttpResponse:
    """Propose other terms (T16); while assigned the service side's is a counter-offer."""
    found, ticket = _dealt(request, key)
    terms = readings.terms_of(found)
    if terms is None or not proposals.open_for(found):
        raise Refused("handover_moved_on", status=found.status)
    form = ProposeForm(found, terms, request.POST or None)
    make: Callable[..., Any] = proposals.propose
    done = _("Proposed. Nothing changes yet.")
    if request.POST.get("do") == "release":
        make, done = releases.ask_to_change, _("The release is requested. You get a mail when somebody decides.")
    return _ask(
        request,
        found,
        ticket,
        form,
        "outsourcing/propose.html",
        _("Propose a change"),
        done,
        lambda: make(found, form.changes(), form.cleaned_data["reason"], by=request.actor),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs("outsource.send")
def extend(request: Any, key: Any) -> HttpResponse:
    """Give the partner longer to answer; the lead's alone."""
    found, ticket = _dealt(request, key)
    if ticket is None or found.side_of(request.tenant.pk) != Side.LEAD:
        raise Refused("handover_moved_on", status=found.status)
    form = ExtendForm(found, request.POST or None)
    return _ask(
        request,
        found,
        ticket,
        form,
        "outsourcing/deal.html",
        _("Extend"),
        _("Extended. The partner was told."),
        lambda: sending.extend(ticket, form.cleaned_data["answer_by"], by=request.actor),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.view")
def propose_part(request: Any, key: Any) -> HttpResponse:
    """Propose how much of a flat amount is paid for work that ended unfinished (T13, T15)."""
    found, ticket = _dealt(request, key)
    if not proposals.is_unsettled(found):
        raise Refused("part_is_settled")
    form = PartForm(request.POST or None)
    return _ask(
        request,
        found,
        ticket,
        form,
        "outsourcing/deal.html",
        _("Propose a part"),
        _("Proposed. Nothing changes yet."),
        lambda: proposals.propose_part(found, form.cleaned_data["part"], form.cleaned_data["reason"], by=request.actor),
    )


@require_POST
@needs("ticket.view")
def accept_proposal(request: Any, key: Any, proposal: Any) -> HttpResponse:
    """Agree to what the other side proposes, or ask those who may to agree."""
    found, _ticket, one = _proposal(request, key, proposal)
    if request.POST.get("do") == "release":
        releases.ask_to_change(found, {}, "", by=request.actor, proposal=one)
        messages.success(request, _("The release is requested. You get a mail when somebody decides."))
        return _back(request, found)
    read = request.POST.get("version", "")
    proposals.accept(one, by=request.actor, version=int(read) if read.isdecimal() else None)
    messages.success(request, _("Agreed. It counts from now on."))
    return _back(request, found)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.view")
def refuse_proposal(request: Any, key: Any, proposal: Any) -> HttpResponse:
    """Do not agree, and say why."""
    found, ticket, one = _proposal(request, key, proposal)
    form = RefuseForm(request.POST or None)
    return _ask(
        request,
        found,
        ticket,
        form,
        "outsourcing/deal.html",
        _("Refuse the proposal"),
        _("Refused. The partner was told why."),
        lambda: proposals.refuse(one, form.cleaned_data["reason"], by=request.actor),
    )


@require_POST
@needs("ticket.view")
def withdraw_proposal(request: Any, key: Any, proposal: Any) -> HttpResponse:
    """Take our own proposal back."""
    found, _ticket, one = _proposal(request, key, proposal)
    proposals.withdraw(one, by=request.actor)
    messages.success(request, _("The proposal was withdrawn."))
    return _back(request, found)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.view")
def ask(request: Any, key: Any) -> HttpResponse:
    """Ask the other company something; open until it answers."""
    found, ticket = _talked(request, key)
    form = AskForm(request.POST or None)
    return _ask(
        request,
        found,
        ticket,
        form,
        "outsourcing/deal.html",
        _("Ask a question"),
        _("Asked. The question stays open until it is answered."),
        lambda: questions.ask(found, form.cleaned_data["text"], by=request.actor),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.view")
def answer(request: Any, key: Any, question: Any) -> HttpResponse:
    """Answer a question of the other company."""
    found, ticket = _talked(request, key)
    asked = dealings.question_named(found, question)
    if asked is None:
        raise Http404
    form = AnswerForm(request.POST or None)
    return _ask(
        request,
        found,
        ticket,
        form,
        "outsourcing/deal.html",
        _("Answer the question"),
        _("Answered."),
        lambda: questions.answer(asked, form.cleaned_data["text"], by=request.actor),
        asked=asked,
    )


@require_POST
@needs("ticket.view")
def take_over(request: Any, number: int, entry: int, field: str) -> HttpResponse:
    """Let our field say what the partner's says by now."""
    ticket = ticket_named(request, number)
    permissions.require(ticket, "ticket.edit", request.actor)
    taking_over.take_over(ticket, entry, field, by=request.actor)
    messages.success(request, _("Taken over. Your ticket says so too."))
    return after(request, ticket)


def _dealt(request: Any, key: Any) -> tuple[Handover, Ticket | None]:
    """A handover for somebody who may deal about its terms. Raises Denied."""
    found, ticket = handover_of(request, key)
    request.actor.require("outsource.send" if found.lead_id == request.tenant.pk else "outsource.partners")
    if found.lead_id == request.tenant.pk and ticket is not None:
        permissions.require(ticket, "ticket.edit", request.actor)
    return found, ticket


def _talked(request: Any, key: Any) -> tuple[Handover, Ticket | None]:
    """A handover for somebody who may ask and answer about it. Raises Denied."""
    found, ticket = handover_of(request, key)
    if right := questions.missing(found, ticket, request.actor):
        request.actor.require(right)
        if ticket is not None:
            permissions.require(ticket, right, request.actor)
    return found, ticket


def _proposal(request: Any, key: Any, proposal: Any) -> tuple[Handover, Ticket | None, Proposal]:
    found, ticket = _dealt(request, key)
    one = dealings.proposal_named(found, proposal)
    if one is None:
        raise Http404
    return found, ticket, one


def _ask(
    request: Any,
    found: Handover,
    ticket: Ticket | None,
    form: Refusable,
    template: str,
    title: str,
    done: str,
    call: Callable[[], Any],
    **more: Any,
) -> HttpResponse:
    """Ask by GET, do by POST; a refusal keeps what was typed."""
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            call()
            messages.success(request, done)
            return _back(request, found)
        except Refused as refused:
            form.refuse(refused)
            status = 409
    context = {"handover": found, "ticket": ticket, "form": form, "title": title, **more}
    context |= {"partner": found.partner_name(request.tenant.pk), "next": safe_next(request, "")}
    context["ticket_url"] = ticket_url(request, ticket) if ticket else ""
    return render(request, template, context, status=status)


def _back(request: Any, found: Handover) -> HttpResponse:
    return htmx.go(request, safe_next(request, reverse("outsourcing:handover", args=[request.tenant.slug, found.key])))
