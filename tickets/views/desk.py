"""Administrators' pages for queues, categories and types of tickets: listed, written, retired with a new home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.access import needs
from tickets.forms.desk import CategoryForm, QueueForm, RetireForm, SortForm, TypeForm
from tickets.labels import PRIORITIES
from tickets.models import Category, Queue, Requirable, Ticket, TicketType
from tickets.services import desk

editing = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of what is sorted by, as its pages call it."""

    word: str
    model: type[Any]
    form: type[SortForm]
    icon: str
    title: Any
    one: Any
    new: Any
    column: str


KINDS = {
    one.word: one
    for one in (
        Kind(
            "queues", Queue, QueueForm, "inbox",
            gettext_lazy("Queues"), gettext_lazy("Queue"), gettext_lazy("New queue"), "queue",
        ),
        Kind(
            "categories", Category, CategoryForm, "tags",
            gettext_lazy("Categories"), gettext_lazy("Category"), gettext_lazy("New category"), "category",
        ),
        Kind(
            "types", TicketType, TypeForm, "tag",
            gettext_lazy("Types"), gettext_lazy("Type"), gettext_lazy("New type"), "type",
        ),
    )
}  # fmt: skip


@dataclass(slots=True)
class Row:
    """One line of a page."""

    row: Any
    url: str
    open: int
    told: list[str]
    is_below: bool = False


@require_safe
@needs("category.manage")
def sorts(request: Any, kind: str) -> HttpResponse:
    """All of a kind, with how many open tickets each holds; retired ones last."""
    what = KINDS[kind]
    context = {"kind": what, "rows": _rows(request, what), "kinds": KINDS.values()}
    return render(request, "tickets/desk/list.html", context)


@editing
@needs("category.manage")
def new_sort(request: Any, kind: str) -> HttpResponse:
    """Another one."""
    what = KINDS[kind]
    return _edit(request, what, what.model(position=0))


@editing
@needs("category.manage")
def edit_sort(request: Any, kind: str, pk: int) -> HttpResponse:
    """Its name, place, members or defaults."""
    what = KINDS[kind]
    return _edit(request, what, get_object_or_404(what.model, pk=pk))


def _edit(request: Any, what: Kind, row: Any) -> HttpResponse:
    form = what.form(row, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            if row.pk:
                desk.change(row, form.values(), form.members, seen=form.cleaned_data["seen"], by=request.actor)
            else:
                desk.add(row, form.values(), form.members, by=request.actor)
            messages.success(request, _("Saved."))
            return _to(request, what)
        except Refused as refused:
            form.refuse(refused)
    context = {"kind": what, "row": row, "form": form, "own": [form[name] for name in form.fields if name != "seen"]}
    return render(request, "tickets/desk/edit.html", context, status=422 if form.errors else 200)


@editing
@needs("category.manage")
def retire_sort(request: Any, kind: str, pk: int) -> HttpResponse:
    """Offer it no more, after saying what becomes of its tickets."""
    what = KINDS[kind]
    row = get_object_or_404(what.model, pk=pk)
    form = RetireForm(row, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            desk.retire(row, form.cleaned_data.get("home"), by=request.actor)
            messages.success(request, _("%(name)s is retired.") % {"name": row.name})
            return _to(request, what)
        except Refused as refused:
            place = "home" if refused.code == "new_home_missing" and "home" in form.fields else None
            form.add_error(place, refusals.explain(refused))
    tickets = Ticket.objects.visible_to(request.actor).filter(**{what.column: row})
    context = {"kind": what, "row": row, "form": form, "open": tickets.unresolved().count()}
    return render(request, "tickets/desk/retire.html", context, status=422 if form.errors else 200)


@require_POST
@needs("category.manage")
def restore_sort(request: Any, kind: str, pk: int) -> HttpResponse:
    """Offer it again."""
    what = KINDS[kind]
    row = desk.restore(get_object_or_404(what.model, pk=pk), by=request.actor)
    messages.success(request, _("%(name)s is offered again.") % {"name": row.name})
    return _to(request, what)


def _to(request: Any, what: Kind) -> HttpResponse:
    return HttpResponseRedirect(reverse("tickets:sorts", args=[request.tenant.slug, what.word]))


def _rows(request: Any, what: Kind) -> list[Row]:
    found = what.model._default_manager.order_by("-is_active", "position", "name")
    if what.model is Category:
        found = found.select_related("parent", "default_queue", "default_assignee")
    counted = Ticket.objects.visible_to(request.actor).filter(is_open=True).order_by().values_list(what.column)
    held = dict(counted.annotate(count=Count("pk")))
    workers = desk.workers() if what.model is Queue else {}
    slug = request.tenant.slug
    rows = [
        Row(
            row,
            reverse("tickets:edit_sort", args=[slug, what.word, row.pk]),
            held.get(row.pk, 0),
            _told(row, workers),
            bool(getattr(row, "parent_id", None)),
        )
        for row in found
    ]
    return _in_tree(rows) if what.model is Category else rows


def _in_tree(rows: list[Row]) -> list[Row]:
    """Each main category, then those below it."""
    mains = [one for one in rows if not one.is_below]
    ordered = [two for one in mains for two in (one, *(below for below in rows if below.row.parent_id == one.row.pk))]
    return sorted(ordered, key=lambda one: not one.row.is_active)


def _told(row: Any, workers: dict[int, list[str]]) -> list[str]:
    """What the line says beside the name."""
    if isinstance(row, Queue):
        return [", ".join(workers.get(row.pk, []))]
    if isinstance(row, Category):
        words = dict(Requirable.choices)
        begins = [
            str(row.default_queue or ""),
            PRIORITIES.text(row.default_priority) if row.default_priority else "",
            str(row.default_assignee or ""),
        ]
        return [" · ".join(filter(None, begins)), ", ".join(str(words[name]) for name in row.required if name in words)]
    return []
