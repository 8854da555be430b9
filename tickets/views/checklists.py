"""The checklists of a ticket: beside it and on a page of their own, one item settled at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from psa.tenancy.errors import Refused
from psa.web import figures, htmx, refusals, throttle
from psa.web.access import needs
from tickets import guards, permissions, services
from tickets.forms import AddItemForm, AddListForm
from tickets.models import Checklist, ChecklistItem, Evidence, Source, Ticket
from tickets.models.checklists import ACTIVE
from tickets.models.status import IN_REVIEW
from tickets.views import fetch

# What was left out can be filled in; every other no is somebody else's doing.
INCOMPLETE = {"evidence_missing", "not_a_number", "not_a_photo", "reason_missing"}


@dataclass(frozen=True, slots=True)
class Wrong:
    """What was typed for one item and refused, with the reason."""

    key: UUID
    act: str
    typed: str
    reason: str


@dataclass(frozen=True, slots=True)
class Line:
    """One item as the page draws it."""

    item: ChecklistItem
    url: str
    photo_url: str
    may: bool
    reason: str
    wrong: Wrong | None = None

    @property
    def icon(self) -> str:
        return {"done": "square-check", "not_applicable": "circle-slash"}.get(self.item.state, "square")

    @property
    def asks(self) -> str:
        """What has to be given with the tick; "" for one press."""
        return "" if self.item.evidence == Evidence.NONE else self.item.evidence

    @property
    def typed(self) -> str:
        """What was typed for the tick and not taken."""
        return self.wrong.typed if self.wrong and self.wrong.act == "tick" else ""

    @property
    def typed_reason(self) -> str:
        return self.wrong.typed if self.wrong and self.wrong.act != "tick" else ""

    @property
    def proof(self) -> str:
        """The evidence in words."""
        if self.item.evidence != Evidence.VALUE or not self.item.proof:
            return self.item.proof
        return f"{figures.number(Decimal(self.item.proof))} {self.item.unit}".strip()


@dataclass(frozen=True, slots=True)
class Listed:
    """One list with its items."""

    checklist: Checklist
    lines: list[Line]

    @property
    def done(self) -> int:
        return sum(not line.item.is_open for line in self.lines)

    @property
    def is_unused(self) -> bool:
        """Whether it can still be taken off: nothing settled, and not a partner's."""
        return not self.done and not self.checklist.partner


class Panel:
    """What a ticket's checklists draw: one query, none where there are none."""

    def __init__(self, request: Any, ticket: Ticket, wrong: Wrong | None = None) -> None:
        self.request, self.actor, self.ticket, self.wrong = request, request.actor, ticket, wrong

    @cached_property
    def may(self) -> bool:
        return permissions.may(self.ticket, "checklist.tick", self.actor)

    @property
    def may_add(self) -> bool:
        if not self.may or not self.ticket.is_open or self.ticket.status in IN_REVIEW:
            return False
        return not guards.refusals(self.ticket, "checklistitem.add", [], self.actor).get(None)

    @property
    def url(self) -> str:
        return fetch.address(self.request, self.ticket, "checklists")

    @property
    def waits(self) -> str:
        """Why nothing can be ticked now, whatever the item."""
        if not self.may or self.ticket.status in ACTIVE:
            return ""
        return refusals.explain(Refused("checklist_waits", status=self.ticket.status))

    @cached_property
    def lists(self) -> list[Listed]:
        if not self.ticket.checklist_total:
            return []
        rows = ChecklistItem.objects.filter(ticket=self.ticket, removed_at=None).select_related("checklist")
        items = list(rows.order_by("checklist", "position", "pk"))
        found = guards.refusals(self.ticket, "checklistitem.tick", items, self.actor)
        groups = groupby(items, key=lambda item: item.checklist_id)
        made = [[self._line(item, found.get(None) or found.get(item)) for item in group] for _pk, group in groups]
        return [Listed(lines[0].item.checklist, lines) for lines in made]

    @property
    def is_done(self) -> bool:
        return self.ticket.checklist_done >= self.ticket.checklist_total

    def _line(self, item: ChecklistItem, refused: Refused | None) -> Line:
        may = self.may and not refused and self.ticket.status in ACTIVE
        photo = fetch.address(self.request, self.ticket, "file", item.photo) if item.photo else ""
        wrong = self.wrong if self.wrong and self.wrong.key == item.key else None
        reason = refusals.explain(refused) if refused and item.is_open else ""
        return Line(item, f"{self.url}items/{item.key}/", photo, may, reason, wrong)


@require_safe
@needs("ticket.view")
def checklists(request: HttpRequest, number: int) -> HttpResponse:
    """The checklists alone: for a phone in front of a rack, and without JavaScript."""
    return _page(request, fetch.ticket(request, number))


@require_POST
@needs("checklist.tick")
def settle(request: Any, number: int, key: UUID, act: str) -> HttpResponse:
    """Tick one item, untick it, or say that it is not applicable. Whoever came second reads who was faster."""
    ticket = fetch.ticket(request, number)
    item = get_object_or_404(ChecklistItem.objects.filter(ticket=ticket), key=key)
    if act not in _ACTS:
        raise Http404
    try:
        _ACTS[act](item, request)
    except Refused as refused:
        typed = request.POST.get("proof" if act == "tick" else "reason", "")
        wrong = Wrong(key, act, typed, refusals.explain(refused))
        return _page(request, fetch.ticket(request, number), wrong, 422 if refused.code in INCOMPLETE else 409)
    return _done(request, number)


@require_POST
@needs("checklist.tick")
def add_list(request: Any, number: int) -> HttpResponse:
    """Put a list on the ticket, made from a template."""
    ticket = fetch.ticket(request, number)
    form = AddListForm(request.POST, templates=services.checklist_templates.active())
    if form.is_valid():
        try:
            services.checklists.add(
                ticket, form.cleaned_data["template"], by=request.actor, key=form.cleaned_data["key"]
            )
            return _done(request, number)
        except Refused as refused:
            form.add_error(None, refusals.explain(refused))
    permissions.require(ticket, "checklist.tick", request.actor)
    return _page(request, ticket, status=422, list_form=form)


@require_POST
@needs("checklist.tick")
def add_item(request: Any, number: int) -> HttpResponse:
    """Put one item of one's own on the ticket."""
    ticket = fetch.ticket(request, number)
    form = AddItemForm(request.POST, is_insourced=ticket.source == Source.INSOURCED)
    if form.is_valid():
        try:
            services.checklists.add_item(ticket, by=request.actor, **form.values())
            return _done(request, number)
        except Refused as refused:
            form.add_error(None, refusals.explain(refused))
    permissions.require(ticket, "checklist.tick", request.actor)
    return _page(request, ticket, status=422, item_form=form)


@require_POST
@needs("checklist.tick")
def remove_list(request: Any, number: int, key: UUID) -> HttpResponse:
    """Take a list off that nobody has begun."""
    ticket = fetch.ticket(request, number)
    checklist = get_object_or_404(Checklist.objects.filter(ticket=ticket), key=key)
    try:
        services.checklists.remove(checklist, by=request.actor)
        messages.success(request, _("The checklist is off this ticket."))
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
    return _done(request, number)


def _tick(item: ChecklistItem, request: Any) -> Any:
    if item.evidence == Evidence.PHOTO and (upload := request.FILES.get("photo")):
        throttle.spend("upload", request)
        return services.checklists.tick_with_photo(item, upload, by=request.actor)
    return services.checklists.tick(item, by=request.actor, proof=request.POST.get("proof", ""))


def _skip(item: ChecklistItem, request: Any) -> Any:
    return services.checklists.skip(item, request.POST.get("reason", ""), by=request.actor)


def _untick(item: ChecklistItem, request: Any) -> Any:
    typed = request.POST.get("version", "")
    version = int(typed) if typed.isdecimal() and len(typed) < 10 else 0
    return services.checklists.untick(item, request.POST.get("reason", ""), by=request.actor, version=version)


_ACTS: dict[str, Callable[[ChecklistItem, Any], Any]] = {"tick": _tick, "not-applicable": _skip, "untick": _untick}


def _done(request: Any, number: int) -> HttpResponse:
    """Back to where the press came from, with the lists as they are now."""
    ticket = fetch.ticket(request, number)
    if htmx.wants_part(request, "checklists"):
        return _page(request, ticket)
    if request.POST.get("from") == "checklists":
        return redirect(fetch.address(request, ticket, "checklists"))
    return redirect(f"{fetch.address(request, ticket)}#checklists")


def _page(request: Any, ticket: Ticket, wrong: Wrong | None = None, status: int = 200, **forms: Any) -> HttpResponse:
    panel = Panel(request, ticket, wrong)
    context = {"ticket": ticket, "panel": panel, "is_page": request.POST.get("from", "checklists") == "checklists"}
    if not htmx.wants_part(request, "checklists") and panel.may_add:
        insourced = ticket.source == Source.INSOURCED
        context["list_form"] = forms.get("list_form") or AddListForm(templates=services.checklist_templates.active())
        context["item_form"] = forms.get("item_form") or AddItemForm(is_insourced=insourced)
    return htmx.answer(
        request, "tickets/checklists.html", "tickets/_checklists.html", context, target="checklists", status=status
    )
