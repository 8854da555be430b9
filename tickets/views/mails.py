"""The e-mails of a ticket, both ways, with what became of each; one that came in, and its bytes to take away.

A mail that came in is a stranger's document: its HTML stands in a frame of no origin, without scripts, forms and
pictures, and its bytes are only ever downloaded.
"""

from __future__ import annotations

from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from psa.mail import reasons, troubles
from psa.mail.inbound import headers, parsing
from psa.mail.inbound.signs import Verdict
from psa.mail.lists import STATES as SENT
from psa.mail.models import IncomingMail
from psa.web.access import needs
from tickets import services
from tickets.quarantine_list import STATES
from tickets.views import fetch

PARTS = {"text": gettext_lazy("Text"), "html": gettext_lazy("As it looks"), "headers": gettext_lazy("Headers")}
FRAME = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
MOST_HEADERS = 100
HEAD = 64 * 1024


@require_GET
@needs("ticket.view")
def mails(request: Any, number: int) -> HttpResponse:
    """Every mail about a ticket, the latest first, and how far each got."""
    ticket = fetch.ticket(request, number)
    context = {
        "ticket": ticket,
        "came": [(one, STATES.badge(one.state)) for one in services.correspondence.came(ticket)],
        "went": [
            (row, SENT.badge(row.state), troubles.explain(row.error) if row.error else "")
            for row in services.correspondence.went(ticket)
        ],
    }
    return render(request, "tickets/quarantine/mails.html", context)


@require_GET
@csp_update({"frame-src": [SELF]})
@needs("ticket.view")
def mail(request: Any, number: int, pk: int) -> HttpResponse:
    """One that came in."""
    ticket, found = fetch.ticket(request, number), _mail(request, number, pk)
    return render(request, "tickets/quarantine/mail.html", {**shown(request, found), "ticket": ticket})


@require_GET
@xframe_options_sameorigin
@needs("ticket.view")
def mail_html(request: Any, number: int, pk: int) -> HttpResponse:
    """Its HTML alone, for the frame."""
    return frame(_mail(request, number, pk))


@require_GET
@needs("ticket.view")
def mail_original(request: Any, number: int, pk: int) -> FileResponse:
    """The bytes as they came, to take away."""
    return download(_mail(request, number, pk))


def shown(request: Any, found: IncomingMail) -> dict[str, Any]:
    """What the page of a mail shows, in quarantine and on a ticket."""
    part = request.GET.get("show", "") if request.GET.get("show") in PARTS else "text"
    on_ticket = request.resolver_match.kwargs.get("number") is not None
    where = [request.tenant.slug, request.resolver_match.kwargs["number"]] if on_ticket else [request.tenant.slug]
    name = "came_mail" if on_ticket else "quarantined"
    return {
        "mail": found,
        "state": STATES.badge(found.state),
        "why": reasons.explain(found.reason) if found.reason else "",
        "is_unproved": found.verdict == Verdict.FAILED,
        "headers": _headers(found) if part == "headers" else [],
        "tabs": [(label, f"?show={code}", code == part) for code, label in PARTS.items()],
        "shown": part,
        "html_url": reverse(f"tickets:{name}_html", args=[*where, found.pk]),
        "original_url": reverse(f"tickets:{name}_original", args=[*where, found.pk]),
    }


def frame(found: IncomingMail) -> HttpResponse:
    """The HTML of a mail that came in, cleaned, in a sandbox that loads nothing."""
    if not found.html:
        raise Http404
    body = f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>-</title></head><body>{found.html}</body></html>'
    return HttpResponse(body, headers={"Content-Security-Policy": FRAME, "Cache-Control": "no-store"})


def download(found: IncomingMail) -> FileResponse:
    """The bytes of a mail that came in: never shown, always taken away."""
    try:
        kept = default_storage.open(found.path)
    except OSError as error:
        raise Http404 from error
    response = FileResponse(kept, as_attachment=True, filename=f"mail-{found.pk}.eml", content_type="message/rfc822")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


def _mail(request: Any, number: int, pk: int) -> IncomingMail:
    """A mail that is on this ticket."""
    ticket = fetch.ticket(request, number)
    rows = IncomingMail.objects.filter(subject_id=ticket.pk, subject_type="ticket")
    found: IncomingMail = get_object_or_404(rows, pk=pk)
    return found


def _headers(found: IncomingMail) -> list[tuple[str, str]]:
    """What stands at its top, as it came."""
    try:
        with default_storage.open(found.path) as kept:
            named = parsing.first_lines(kept.read(HEAD))
    except OSError:
        return []
    return [(name, headers.decoded(value)) for name, values in named.items() for value in values][:MOST_HEADERS]
