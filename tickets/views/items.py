"""Notes, files, time and charges of a ticket: added from the composer, edited and removed on pages of their own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from psa.tenancy.errors import Refused
from psa.web import htmx, refusals, throttle
from psa.web.access import needs
from tickets import differences, guards, inserting, parts, permissions, services
from tickets.forms import ItemForm, form_of
from tickets.models import Attachment, Item, Ticket
from tickets.services.items import KINDS
from tickets.views import drafts, fetch, page, time


@require_POST
@needs("ticket.view")
def add(request: Any, number: int, kind: str) -> HttpResponse:
    """Put an item on the ticket. A no is shown in the composer, over what was typed."""
    ticket = fetch.ticket(request, number)
    permissions.require(ticket, KINDS[kind].add, request.actor)
    if inserting.is_asked(request.POST):
        return page.answer(request, ticket, _with_text(request, ticket, kind))
    form = form_of(kind, ticket, request.actor, request.POST, request.FILES)
    more = form.parts = parts.parts(kind, ticket, None, request.POST, request.FILES)
    if form.is_valid() and all(part.is_valid() for part in more):
        try:
            throttle.spend("upload", request, len(request.FILES.getlist("upload")))
            item = _add(request, ticket, kind, form, tuple(more))
        except throttle.TooOften as late:
            form.add_error("upload", late.sentence)
            return page.answer(request, ticket, form, status=429)
        except Refused as refused:
            form.refuse(refused)
        else:
            time.warn(request, item)
            return drafts.tell_sent(request, htmx.go(request, time.after(request, ticket)))
    return page.answer(request, ticket, form, status=422)


def _with_text(request: Any, ticket: Ticket, kind: str) -> ItemForm:
    """The composer as typed, with a choice of text modules, and the chosen one's text at the end."""
    form = form_of(kind, ticket, request.actor)
    form.take(request.POST)
    form.initial["text"] = inserting.inserted(request.POST.get("text", ""), request.POST, kind, ticket, request.actor)
    form.texts = inserting.choice(kind, ticket, request.actor)
    return form


def _add(request: Any, ticket: Ticket, kind: str, form: ItemForm, more: tuple[Any, ...]) -> Item:
    along, by = form.along(), request.actor
    if kind == Attachment.kind():
        return services.replies.attach(ticket, form.cleaned_data["upload"], form.chosen, by=by, **along)[0]
    if "without_status" in request.POST:
        along.pop("move", None)
    return services.replies.send(ticket, kind, form.chosen, by=by, parts=more, **along, **form.values())


@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.view")
def edit(request: Any, number: int, kind: str, key: UUID) -> HttpResponse:
    """Change an item; over somebody else's change both are shown."""
    ticket = fetch.ticket(request, number)
    item = fetch.item(ticket, kind, key)
    permissions.require_item(ticket, item, KINDS[kind].edit, request.actor)
    if request.method != "POST":
        return _form(request, item, drafts.restored(form_of(kind, ticket, request.actor, item=item)))
    form = form_of(kind, ticket, request.actor, request.POST, item=item)
    more = form.parts = parts.parts(kind, ticket, item, request.POST, request.FILES)
    if form.is_valid() and all(part.is_valid() for part in more):
        try:
            time.warn(request, _save(request, item, form, tuple(more)))
        except Refused as refused:
            return _over(request, item, form, refused)
        services.drafts.sent(ticket, form.place, by=request.actor)
        return drafts.tell_sent(request, redirect(fetch.address(request, ticket)))
    return _form(request, item, form, status=422)


def _save(request: Any, item: Item, form: ItemForm, more: tuple[parts.Part, ...]) -> Item:
    version = form.cleaned_data["version"] or 0
    return services.items.edit(item, by=request.actor, reader=form.chosen, version=version, parts=more, **form.values())


def _over(request: Any, item: Item, form: ItemForm, refused: Refused) -> HttpResponse:
    """What was typed, over the item as it is now; sending it again means it."""
    now = fetch.item(item.ticket, item.kind(), item.key)
    typed: Any = request.POST.copy()
    typed["version"] = str(now.version)
    again = form_of(item.kind(), item.ticket, request.actor, typed, item=now)
    again.parts = form.parts
    again.is_valid()
    again.refuse(refused)
    return _form(request, now, again, now if refused.code == "changed_meanwhile" else None, 409)


def _form(request: HttpRequest, item: Item, form: ItemForm, now: Item | None = None, status: int = 200) -> HttpResponse:
    refused = guards.refusals(item.ticket, f"{item.kind()}.edit", [item], form.actor)
    stands = refused.get(None) or refused.get(item)
    context = {
        "ticket": item.ticket,
        "item": item,
        "form": form,
        "parts": parts.parts(item.kind(), item.ticket, item) if form.parts is None else form.parts,
        "now": now,
        "difference": _difference(form, now),
        "figures": differences.figures(form, now) if now else [],
        "reason": refusals.explain(stands) if stands else "",
    }
    drafts.remembered(form)
    return render(request, "tickets/item.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.view")
def remove(request: Any, number: int, kind: str, key: UUID) -> HttpResponse:
    """Take an item off the ticket, after asking."""
    ticket = fetch.ticket(request, number)
    item = fetch.item(ticket, kind, key)
    permissions.require_item(ticket, item, KINDS[kind].edit, request.actor)
    reason, status = "", 200
    if request.method == "POST":
        try:
            services.items.remove(item, by=request.actor, version=_version(request))
            return redirect(fetch.address(request, ticket))
        except Refused as refused:
            reason, status = refusals.explain(refused), 409
            item = fetch.item(ticket, kind, key)
    return render(request, "tickets/remove.html", {"ticket": ticket, "item": item, "reason": reason}, status=status)


def _version(request: HttpRequest) -> int:
    given = request.POST.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 10 else 0


def _difference(form: ItemForm, now: Any) -> Any:
    """Where the words that were typed differ from those that stand there now; a file has none."""
    return differences.between(now.text, form["text"].value() or "") if now and "text" in form.fields else None
