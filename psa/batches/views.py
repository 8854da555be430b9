"""The batches' pages: what runs, how far it is, what came of each line, and the sheet it made."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, Value
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from psa.batches import batches as services
from psa.batches import kinds
from psa.batches.lists import BATCHES, LINES, STATES, LineRow
from psa.batches.models import Batch, BatchLine, BatchState
from psa.tenancy.errors import Refused
from psa.web.access import for_members
from psa.web.refusals import sentence


@require_safe
@for_members
def batches(request: Any) -> HttpResponseBase:
    """My tasks of the last days; for administrators everybody's."""
    rows = Batch.objects.visible_to(request.actor).annotate(slug=Value(request.tenant.slug))
    return BATCHES.open(request, rows).answer("batches/list.html", {})


@require_safe
@never_cache
@for_members
def page(request: Any, pk: int) -> HttpResponseBase:
    """One task: how far it is, and what came of each entry. The head asks again by itself until it has ended."""
    batch = _batch(request, pk)
    kind = kinds.named(batch.kind)
    context = {
        "batch": batch,
        "title": kind.title(batch) if kind else batch.kind,
        "state": STATES.badge(batch.state),
        "icon": kind.icon if kind else "list-checks",
        "error": sentence(batch.error, {"capability": kind.capability if kind else ""}) if batch.error else "",
        "has_sheet": bool(kind and kind.sheet and batch.state == BatchState.DONE),
        "back": kind.back(batch) if kind else "",
        "counts": _counts(batch),
    }
    if request.GET.get("part") == "head":
        return render(request, "batches/_head.html", context)
    if not BatchLine.objects.filter(batch=batch).exists():
        return render(request, "batches/page.html", context)
    subjects = kind.seen(request.actor) if kind else None
    is_seen = Value(True) if subjects is None else Exists(subjects.filter(pk=OuterRef("subject_id")))
    lines = BatchLine.objects.filter(batch=batch).annotate(is_seen=is_seen)
    declared = replace(LINES, row=partial(_row, kind, batch)) if kind else LINES
    return declared.open(request, lines).answer("batches/page.html", context)


@require_safe
@never_cache
@for_members
def sheet(request: Any, pk: int) -> HttpResponseBase:
    """The sheet a task made."""
    batch = _batch(request, pk)
    kind = kinds.named(batch.kind)
    if kind is None or not kind.sheet or batch.state != BatchState.DONE:
        raise Http404
    request.actor.require(kind.capability)
    if isinstance(kind, kinds.SheetKind) and kind.is_outdated(batch, request.actor):
        raise Refused("batch.rights_changed", way_out="batches:list")
    name = f"{kind.sheet}-{timezone.localdate(batch.created_at).isoformat()}.csv"
    response = StreamingHttpResponse(kinds.content(batch), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@for_members
def cancel(request: Any, pk: int) -> HttpResponse:
    """Stop a task; what is done stays done."""
    batch = services.cancel(_batch(request, pk), by=request.actor)
    messages.success(request, _("Stopped. What was done by then stays done."))
    return redirect(batch)


def _batch(request: Any, pk: int) -> Batch:
    """A batch the reader may look at, or 404."""
    return get_object_or_404(Batch.objects.visible_to(request.actor).select_related("member", "tenant"), pk=pk)


def _counts(batch: Batch) -> list[tuple[str, int]]:
    """What became of how many; what was so already is named where there is any."""
    already = [(_("Was so already"), batch.already)] if batch.already else []
    return [(_("Done"), batch.went_well), *already, (_("Refused"), batch.refused), (_("Waiting"), _waiting(batch))]


def _waiting(batch: Batch) -> int:
    return max(0, batch.total - batch.done)


def _row(kind: kinds.Kind, batch: Batch, *values: Any) -> LineRow:
    row = LineRow(*values)
    if not row.is_seen:
        return row
    line = BatchLine(subject_id=row.subject_id, label=row.label, detail=row.detail)
    return replace(row, href=kind.href(batch, line))
