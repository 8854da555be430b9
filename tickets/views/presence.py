"""Who else has a ticket open, and who is writing there: said again by every open page, kept in the cache alone."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from psa.web import presence as here
from psa.web.access import needs
from psa.web.templatetags import ui
from tickets.views import fetch

# So many are named; of more their number is said.
MOST_NAMED = 3


@require_POST
@needs("ticket.view")
def presence(request: Any, number: int) -> HttpResponse:
    """Say that the reader is here, writes or leaves, and hear who else is: a line of words, or nothing.

    The session and the right to see the ticket are all that is asked of the database."""
    ticket = fetch.bare(request, number)
    if "leaves" in request.POST:
        here.off(ticket, request.member)
        return HttpResponse(status=204)
    here.on(ticket, request.member, writing="writes" in request.POST)
    people = here.of([ticket.pk], but=request.member.pk).get(ticket.pk, [])
    return HttpResponse(_line(people), headers={"Cache-Control": "no-store"})


def _line(people: list[here.Presence]) -> SafeString | str:
    """Writers first: that is what another pair of hands wants to know."""
    writing = [one.name for one in people if one.writing]
    reading = [one.name for one in people if not one.writing]
    said = []
    if writing:
        words = ngettext("%(names)s is writing", "%(names)s are writing", len(writing)) % {"names": _names(writing)}
        said.append(format_html('<span class="is-writing">{}{}</span>', ui.icon("pencil", "s"), words))
    if reading:
        words = ngettext("%(names)s is here", "%(names)s are here", len(reading)) % {"names": _names(reading)}
        said.append(format_html("<span>{}{}</span>", ui.icon("eye", "s"), words))
    return format_html_join("", "{}", ((one,) for one in said))


def _names(names: list[str]) -> str:
    if len(names) > MOST_NAMED:
        more = len(names) - MOST_NAMED + 1
        rest = ngettext("%(more)s other", "%(more)s others", more) % {"more": more}
        names = [*names[: MOST_NAMED - 1], rest]
    if len(names) == 1:
        return names[0]
    return _("%(names)s and %(last)s") % {"names": ", ".join(names[:-1]), "last": names[-1]}
