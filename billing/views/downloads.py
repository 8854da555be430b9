"""Handing out papers that were kept, as they were kept."""

from __future__ import annotations

from django.http import Http404, HttpResponse

from billing.services import papers
from tickets.models import StoredFile


def handed(kept: StoredFile | None, name: str) -> HttpResponse:
    """The bytes of a file, to save under this name. Raises Http404 where none is kept, and what papers.content does."""
    if kept is None:
        raise Http404
    response = HttpResponse(papers.content(kept), content_type=kept.content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
