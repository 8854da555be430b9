"""Forwarding a ticket, and writing to its customer: pages of their own, reached from the ticket."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from psa.mail import troubles
from psa.mail.lists import STATES
from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.access import needs
from tickets import inserting, permissions, services
from tickets.forms.forwarding import ForwardForm, MailForm
from tickets.models import Note, NoteKind, Ticket
from tickets.services import correspondence, customer_mails
from tickets.views import drafts, fetch

editing = require_http_methods(["GET", "HEAD", "POST"])


@editing
@needs("ticket.assign")
def forward(request: Any, number: int) -> HttpResponse:
    """Give the ticket on, and tell the customer about it in the same breath."""
    ticket, actor = fetch.ticket(request, number), request.actor
    permissions.require(ticket, "ticket.assign", actor)
    if request.method != "POST" or "preview" in request.POST:
        typed = request.POST if request.method == "POST" else None
        form = ForwardForm(ticket, actor, typed=typed)
        return _page(request, "forward", ticket, form if typed is not None else drafts.restored(form))
    form = ForwardForm(ticket, actor, request.POST)
    if form.is_valid():
        text = form.mail_to_send(ticket, actor)
        try:
            services.forwarding.forward(ticket, form.where, by=actor, mail_text=text, key=form.cleaned_data["key"])
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("The ticket was forwarded."))
            services.drafts.sent(ticket, form.place, by=actor)
            return drafts.tell_sent(request, _back(request, ticket))
    return _page(request, "forward", ticket, form, 422)


@require_POST
@needs("ticket.assign")
def release(request: Any, number: int) -> HttpResponse:
    """Take somebody off who works on it beside the assignee."""
    ticket, named = fetch.ticket(request, number), request.POST.get("member", "")
    member = next((one for one in services.forwarding.helpers(ticket) if str(one.pk) == named), None)
    try:
        if member is not None:  # else somebody was faster
            services.forwarding.release(ticket, member, by=request.actor)
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
    return _back(request, ticket)


@editing
@needs("note.publish_to_customer")
def write(request: Any, number: int) -> HttpResponse:
    """Write a mail to the ticket's contact."""
    ticket, actor, posted = fetch.ticket(request, number), request.actor, request.POST
    permissions.require(ticket, "note.publish_to_customer", actor)
    if request.method != "POST" or "preview" in posted or inserting.is_asked(posted):
        form = MailForm(ticket, actor, typed=posted if request.method == "POST" else None)
        texts = inserting.choice("mail", ticket, actor) if inserting.is_asked(posted) else None
        if texts is not None:
            typed = posted.get("mail_text", "")
            form.initial["mail_text"] = inserting.inserted(typed, posted, "mail", ticket, actor)
        if request.method != "POST":
            drafts.restored(form)
        return _page(request, "mail", ticket, form, with_preview="preview" in posted, texts=texts)
    form = MailForm(ticket, actor, posted)
    if form.is_valid():
        try:
            customer_mails.send(ticket, form.cleaned_data["mail_text"], by=actor, key=form.cleaned_data["key"])
        except Refused as refused:
            form.refuse(refused)
        else:
            services.drafts.sent(ticket, form.place, by=actor)
            return drafts.tell_sent(request, redirect(fetch.address(request, ticket)))
    return _page(request, "mail", ticket, form, 422, True)


@require_POST
@needs("note.publish_to_customer")
def undo(request: Any, number: int, key: UUID) -> HttpResponse:
    """Take a mail back that has not left; its text is in the form again."""
    ticket = fetch.ticket(request, number)
    note = get_object_or_404(Note.objects.filter(ticket=ticket, kind_of=NoteKind.MAIL), key=key)
    note.ticket = ticket
    try:
        customer_mails.undo(note, by=request.actor)
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
        return redirect(fetch.address(request, ticket))
    messages.success(request, _("The mail was not sent. Its text is here again."))
    return redirect(fetch.address(request, ticket, "write_customer"))


@editing
@needs("ticket.view")
def sent(request: Any, number: int, key: UUID) -> HttpResponse:
    """A mail as it was sent to the customer and how far it got; a POST sends it again."""
    ticket = fetch.ticket(request, number)
    note = get_object_or_404(Note.objects.filter(ticket=ticket, kind_of=NoteKind.MAIL), key=key)
    if correspondence.is_from_outside(note):
        raise Http404
    note.ticket = ticket
    if request.method == "POST":
        try:
            customer_mails.send_again(note, by=request.actor)
        except Refused as refused:
            messages.warning(request, refusals.explain(refused))
        else:
            messages.success(request, _("The mail is on its way again."))
        return redirect(fetch.address(request, ticket, "customer_mail", key))
    delivery = customer_mails.deliveries([note]).get(note.pk)
    may = permissions.may(ticket, "note.publish_to_customer", request.actor)
    context = {
        "ticket": ticket,
        "note": note,
        "delivery": delivery,
        "state": STATES.badge(delivery.state) if delivery else "",
        "trouble": troubles.explain(delivery.error) if delivery and delivery.error else "",
        "may_send_again": bool(delivery and delivery.is_stuck and delivery.mail.html and may),
    }
    return render(request, "tickets/forwarding/sent.html", context)


def _back(request: Any, ticket: Ticket) -> HttpResponse:
    """To the ticket, or to the list where it is not one's own any more."""
    if Ticket.objects.visible_to(request.actor).filter(pk=ticket.pk).exists():
        return redirect(fetch.address(request, ticket))
    return redirect("tickets:list", request.tenant.slug)


def _page(
    request: Any, name: str, ticket: Ticket, form: Any, status: int = 200, with_preview: bool = False, texts: Any = None
) -> HttpResponse:
    drafts.remembered(form)
    context = {
        "ticket": ticket,
        "form": form,
        "texts": texts,
        "no_mail": refusals.explain(refused) if (refused := customer_mails.refusal(ticket)) else "",
        "preview": form.preview if with_preview else None,
    }
    return render(request, f"tickets/forwarding/{name}.html", context, status=status)
