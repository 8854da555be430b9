"""A contact's requests: what waits, the lists, a new one, one with its conversation, and what can be said on it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from psa.tenancy.errors import Refused
from psa.web import refusals, throttle
from tickets.models import Ticket
from tickets.services.files import PICTURES
from tickets.views.files import QUARANTINE
from workflows.forms.portal import COMPANY, MessageForm, ReasonForm, RequestForm
from workflows.portal import conversation, decisions, listing, rooms, sight, wording
from workflows.portal.access import for_customers
from workflows.services import customer_words

editing = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@for_customers
def home(request: Any) -> HttpResponse:
    """What waits for the contact, their newest requests, and what other rooms have to say."""
    waiting = [
        (ticket, name, wording.STANDING.badge(ticket.status)) for ticket, name in decisions.waiting(request.eyes)
    ]
    shown = listing.page(request.eyes, listing.Wanted())
    context = {"waiting": waiting, "rows": _rows(shown)[:5], "shown": shown, "panels": rooms.panels(request)}
    return render(request, "portal/home.html", context)


@require_safe
@for_customers
@throttle.limited("search")
def requests(request: Any) -> HttpResponse:
    """The list: mine or the company's, open or over, searched."""
    asked = listing.wanted(request.GET, request.eyes)
    shown = listing.page(request.eyes, asked)
    context = {"asked": asked, "shown": shown, "rows": _rows(shown), "has_company": bool(request.eyes.shared_companies)}
    return render(request, "portal/requests.html", context)


@editing
@for_customers
def new_request(request: Any) -> HttpResponse:
    """Ask for something."""
    form = RequestForm(request.POST or None, request.FILES or None, eyes=request.eyes)
    if request.method == "POST" and form.is_valid():
        throttle.spend("request", request)
        throttle.spend("upload", request, len(form.cleaned_data["upload"]))
        said = form.cleaned_data
        asked = customer_words.Asked(
            said.get("company") or request.contact.company,
            said["title"],
            said["text"],
            said.get("category"),
            said.get("type"),
            said["share"] == COMPANY,
        )
        try:
            ticket = customer_words.open_request(request.contact, asked, said["upload"], by=request.actor)
            _acknowledge(request, ticket)
            messages.success(
                request, _("Your request is with us. Its number is %(number)s.") % {"number": ticket.number}
            )
            return _to(request, ticket)
        except Refused as refused:
            form.add_error(None, refusals.explain(refused))
    return render(request, "portal/new.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@for_customers
def page(request: Any, number: int) -> HttpResponse:
    """One request: where it stands and what happens next, the conversation, files, and what can be said."""
    ticket = _request(request, number)
    if ticket.number != number:
        return _to(request, ticket)
    return _page(request, ticket, MessageForm())


@require_POST
@for_customers
def write(request: Any, number: int) -> HttpResponse:
    """Say something on it, with files; on one that is over, ask again."""
    ticket = _request(request, number)
    form = MessageForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, ticket, form, 422)
    text, uploads = form.cleaned_data["text"], form.cleaned_data["upload"]
    throttle.spend("request", request)
    throttle.spend("upload", request, len(uploads))
    try:
        ticket = decisions.write(ticket, text, uploads, contact=request.contact, by=request.actor)
    except Refused as refused:
        form.add_error(None, refusals.explain(refused))
        return _page(request, ticket, form, 409)
    messages.success(request, _("Your message is with us."))
    return _to(request, ticket)


@require_POST
@for_customers
def share(request: Any, number: int) -> HttpResponse:
    """Let one's colleagues read one's own request, or oneself alone."""
    ticket = _request(request, number)
    customer_words.share(ticket, request.POST.get("share") == COMPANY, by=request.actor)
    messages.success(request, _("Saved."))
    return _to(request, ticket)


@editing
@for_customers
def cancel(request: Any, number: int) -> HttpResponse:
    """Call one's own request off, before anybody works on it: a page that asks, and the word itself."""
    ticket = _request(request, number)
    form = ReasonForm(request.POST or None)
    if ticket.contact_id != request.contact.pk:
        raise Http404
    if request.method == "POST" and form.is_valid():
        customer_words.cancel(ticket, form.cleaned_data["text"], request.contact, by=request.actor)
        messages.success(request, _("Your request is cancelled."))
        return _to(request, ticket)
    context = {"ticket": ticket, "form": form, "refusal": customer_words.why_not_cancel(ticket)}
    return render(request, "portal/cancel.html", context)


@require_safe
@for_customers
def file(request: Any, number: int, key: UUID) -> FileResponse:
    """A file of the request: pictures in the browser, in a sandbox; everything else as a download."""
    item = get_object_or_404(sight.files(_request(request, number)), key=key)
    kind = item.file.content_type
    response = FileResponse(
        default_storage.open(item.file.path),
        as_attachment=kind not in PICTURES,
        filename=item.name,
        content_type=kind,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = QUARANTINE
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _request(request: Any, number: int) -> Ticket:
    found = sight.request(request.eyes, number)
    if found is None:
        raise Http404
    return found


def _page(request: Any, ticket: Ticket, form: MessageForm, status: int = 200) -> HttpResponse:
    context = {
        "ticket": ticket,
        "badge": wording.STANDING.badge(ticket.status),
        "next": wording.next_of(ticket),
        "asks": decisions.ASKS.get(ticket.status, ""),
        "said": conversation.whole(ticket),
        "files": list(sight.files(ticket).order_by("pk")),
        "steps": list(sight.steps(ticket)) if ticket.checklist_total else [],
        "form": form,
        "is_mine": ticket.contact_id == request.contact.pk,
        "may_ask_again": decisions.may_ask_again(ticket),
        "may_cancel": ticket.contact_id == request.contact.pk and customer_words.why_not_cancel(ticket) is None,
    }
    return render(request, "portal/request.html", context, status=status)


def _rows(shown: listing.Shown) -> list[tuple[Any, Any]]:
    return [(ticket, wording.STANDING.badge(ticket.status)) for ticket in shown.requests]


def _acknowledge(request: Any, ticket: Ticket) -> None:
    """A mail that it came in, unless so many were written today that they help nobody."""
    try:
        throttle.spend("acknowledgement", request)
    except throttle.TooOften:
        return
    customer_words.acknowledge(ticket, request.contact, by=request.actor)


def _to(request: Any, ticket: Ticket) -> HttpResponse:
    return HttpResponseRedirect(reverse("portal:request", args=[request.tenant.slug, ticket.number]), status=303)
