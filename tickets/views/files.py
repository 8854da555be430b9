"""The files of a ticket: taken away, or looked at without leaving it. Whoever sees the ticket sees its files.

Nothing of a file's bytes ever becomes part of a page of ours: pictures stand in an <img>, a PDF in a frame that knows
neither our cookies nor our pages, text is escaped, and everything else is a download.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from csp.constants import SELF
from csp.decorators import csp_update
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from psa.web import htmx
from psa.web.access import needs
from tickets import contents
from tickets.models import Attachment, StoredFile, Ticket
from tickets.services.files import BYTES, PICTURES, bytes_of
from tickets.views import fetch

# A file is a stranger's document even here: of no origin, nothing runs, nothing is fetched, nothing is sent.
QUARANTINE = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
# Names whose bytes may be read as text, whatever they were sent as.
TEXTS = {"txt", "log", "csv", "md", "json", "xml", "ini", "conf", "cfg", "yml", "yaml", "eml", "ps1", "sh", "sql"}
TEXT_SHOWN = 200_000
LOOKED_THROUGH_KEPT = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Preview:
    """One file as its page draws it: `kind` is picture, pdf, text, or why there is nothing to look at."""

    item: Attachment
    kind: str
    text: str = ""
    is_cut: bool = False


@require_safe
@needs("ticket.view")
def download(request: HttpRequest, number: int, key: UUID) -> FileResponse:
    """The bytes of a file: pictures in the browser, in a sandbox; everything else as a download."""
    item = _file(request, number, key)
    return _bytes(item, as_attachment=item.file.content_type not in PICTURES)


@require_safe
@xframe_options_sameorigin
@needs("ticket.view")
def pages(request: HttpRequest, number: int, key: UUID) -> FileResponse:
    """A PDF for the frame of its preview, if it does nothing but show pages."""
    item = _file(request, number, key)
    if _kind(item) != "pdf":
        raise Http404
    response = _bytes(item, as_attachment=False)
    response["Content-Security-Policy"] = f"{QUARANTINE}; frame-ancestors 'self'"
    return response


@require_safe
@csp_update({"frame-src": [SELF]})
@needs("ticket.view")
def preview(request: HttpRequest, number: int, key: UUID) -> HttpResponse:
    """A file to look at, with the ones before and behind it: a page, or the inside of the ticket's dialog."""
    ticket = fetch.ticket(request, number)
    item = _item(ticket, key)
    order = list(
        Attachment.objects.filter(ticket=ticket, removed_at=None).order_by("-pk").values_list("key", flat=True)
    )
    at = order.index(item.key)
    context = {
        "ticket": ticket,
        "shown": _preview(item),
        "place": at + 1,
        "count": len(order),
        "previous": order[at - 1] if at else None,
        "next": order[at + 1] if at + 1 < len(order) else None,
        "is_part": htmx.wants_part(request, "preview"),
    }
    return htmx.answer(request, "tickets/preview.html", "tickets/_preview.html", context, target="preview")


def _file(request: HttpRequest, number: int, key: UUID) -> Any:
    return _item(fetch.ticket(request, number), key)


def _item(ticket: Ticket, key: UUID) -> Any:
    item: Any = fetch.item(ticket, Attachment.kind(), key)
    if item.is_removed:
        raise Http404
    return item


def _bytes(item: Any, *, as_attachment: bool) -> FileResponse:
    return served(item.file, item.name, as_attachment=as_attachment)


def served(stored: StoredFile, name: str, *, as_attachment: bool) -> FileResponse:
    """The bytes of a file of ours, in a sandbox. Whoever asks for them has been asked for the right."""
    response = FileResponse(
        default_storage.open(stored.path),
        as_attachment=as_attachment,
        filename=name,
        content_type=stored.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = QUARANTINE
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, max-age=300"
    return response


def handed(stored: StoredFile | None, name: str) -> HttpResponse:
    """A paper that is kept, to save under this name. Raises Http404 where none is, and what files.bytes_of does."""
    if stored is None:
        raise Http404
    response = HttpResponse(bytes_of(stored), content_type=stored.content_type)
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def _kind(item: Any) -> str:
    kind = item.file.content_type
    if kind in PICTURES:
        return "picture"
    if kind == contents.PDF:
        return "pdf" if _only_shows(item.file) else "acts"
    ending = item.name.rpartition(".")[2].lower()
    return "text" if kind == contents.TEXT or (kind == BYTES and ending in TEXTS) else "other"


def _only_shows(file: StoredFile) -> bool:
    """Looked through once a day, not once a look: the bytes of a file never change."""
    name = f"pdf-only-shows:{file.sha256}"
    if (known := cache.get(name)) is None:
        with default_storage.open(file.path) as opened:
            known = contents.only_shows(opened.read())
        cache.set(name, known, LOOKED_THROUGH_KEPT)
    return bool(known)


def _preview(item: Any) -> Preview:
    kind = _kind(item)
    if kind != "text":
        return Preview(item, kind)
    with default_storage.open(item.file.path) as opened:
        head = opened.read(TEXT_SHOWN)
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Preview(item, "other")
    return Preview(item, "text", contents.as_text(head), item.file.size > TEXT_SHOWN)
