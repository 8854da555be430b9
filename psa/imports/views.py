"""The imports' pages: a file comes in, its columns are named, its rows are checked, and then they are brought in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from psa.batches import batches
from psa.batches.models import BatchState
from psa.imports import reading, services, subjects
from psa.imports.forms import UploadForm
from psa.imports.models import Import
from psa.tenancy.errors import Refused
from psa.web import refusals, throttle
from psa.web.access import needs

SHOWN = 20
EXAMPLES = 3
LONGEST_EXAMPLE = 60


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file: its place, heading, first cells, and what it was chosen to be."""

    place: int
    head: str
    examples: list[str]
    chosen: str


@require_http_methods(["GET", "HEAD", "POST"])
@needs("import.run")
def imports(request: Any) -> HttpResponse:
    """A new file, and the last ones."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload, subject = form.cleaned_data["upload"], subjects.named(form.cleaned_data["subject"])
        assert subject is not None
        try:
            throttle.spend("upload", request)
            data = upload.read(reading.LARGEST + 1)
            return redirect(services.take(subject, upload.name, data, by=request.actor))
        except Refused as refused:
            form.refuse(refused)
    rows = Import.objects.visible_to(request.actor).select_related("member").defer("rows").order_by("-pk")[:SHOWN]
    files = [(one, subjects.named(one.subject)) for one in rows]
    return render(request, "imports/list.html", {"form": form, "files": files}, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs("import.run")
def page(request: Any, pk: int) -> HttpResponse:
    """One file: its columns, what the check found, what the run did. A POST names the columns and checks."""
    found = _import(request, pk)
    columns, refused = found.columns, None
    if request.method == "POST":
        columns = [request.POST.get(f"column-{place}", "") for place in range(len(found.heads))]
        try:
            batches.go_on(services.check(found, columns, by=request.actor))
            return redirect(found)
        except Refused as no:
            refused = no
    is_part = request.GET.get("part") == "state"
    context = {"found": found, "subject": subjects.named(found.subject), **_state(found)}
    if is_part:
        return render(request, "imports/_state.html", context)
    context |= {"columns": _columns(found, columns), "refused": refusals.explain(refused) if refused else ""}
    return render(request, "imports/page.html", context, status=422 if refused else 200)


@require_POST
@needs("import.run")
def run(request: Any, pk: int) -> HttpResponse:
    """Bring the rows in."""
    batch = services.run(_import(request, pk), by=request.actor)
    messages.success(request, _("The rows are brought in. You can leave this page; the import goes on."))
    batches.go_on(batch)
    return redirect("imports:page", tenant=request.tenant.slug, pk=pk)


def _import(request: Any, pk: int) -> Import:
    """A file the reader may look at, or 404."""
    rows = Import.objects.visible_to(request.actor).select_related("check_batch", "run_batch", "member", "tenant")
    return get_object_or_404(rows, pk=pk)


def _state(found: Import) -> dict[str, Any]:
    """How far the file is: the batch that counts now, and its results."""
    batch = found.run_batch or found.check_batch
    said = services.report(batch) if batch else {}
    return {
        "batch": batch,
        "is_run": found.ran_at is not None,
        "said": [
            (_("added") if found.ran_at else _("would be added"), said.get(subjects.CREATED, 0)),
            (_("changed") if found.ran_at else _("would be changed"), said.get(subjects.UPDATED, 0)),
            (_("there already"), said.get(subjects.UNCHANGED, 0)),
            (_("wrong"), said.get("refused", 0)),
        ],
        "may_run": found.ran_at is None and batch is not None and batch.state == BatchState.DONE,
    }


def _columns(found: Import, chosen: list[str]) -> list[Column]:
    return [
        Column(
            place,
            head,
            [cells[place][:LONGEST_EXAMPLE] for cells in found.rows[:EXAMPLES] if cells[place]],
            chosen[place] if place < len(chosen) else "",
        )
        for place, head in enumerate(found.heads)
    ]
