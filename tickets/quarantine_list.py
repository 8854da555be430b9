"""The list of mails that wait for somebody to look at them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from psa.mail import reasons
from psa.mail.models import ARRIVAL_LOOKS, ArrivalState
from psa.web import labels
from psa.web.lists import Choice, Column, List, Sort, row_link
from psa.web.templatetags.ui import ago

STATES = labels.Table({state: labels.Label(state.label, *ARRIVAL_LOOKS[state]) for state in ArrivalState})


@dataclass(frozen=True, slots=True)
class Row:
    """A mail as the list shows it."""

    id: int
    title: str
    from_name: str
    from_address: str
    state: str
    reason: str
    received_at: datetime
    slug: str


def _link(row: Row) -> SafeString:
    return row_link(reverse("tickets:quarantined", args=[row.slug, row.id]), row.title or _("(no subject)"))


QUARANTINE = List(
    "quarantine",
    row=Row,
    fields=("id", "title", "from_name", "from_address", "state", "reason", "received_at", "slug"),
    columns=(
        Column("subject", _("Subject"), _link, css="cell-title"),
        Column("from", _("From"), lambda row: row.from_name or row.from_address, css="cell-clip"),
        Column("address", _("Address"), lambda row: row.from_address, css="cell-clip cell-wide", shown=False),
        Column("why", _("Why it is here"), lambda row: reasons.explain(row.reason), css="cell-clip cell-wide"),
        Column("state", _("State"), lambda row: STATES.badge(row.state, plain=True), css="cell-nowrap"),
        Column(
            "received",
            _("Received"),
            lambda row: ago(row.received_at),
            css="cell-nowrap",
            plain=lambda row: row.received_at.isoformat(),
        ),
    ),
    sorts=(Sort("received", _("Received"), "pk", "int", descending=True),),
    filters=(Choice("state", _("State"), field="state", choices=ArrivalState.choices),),
    search=lambda rows, words: rows.filter(
        Q(title__icontains=words) | Q(from_address__icontains=words) | Q(from_name__icontains=words)
    ),
    search_label=_("Search mails"),
    empty_title=_("No mail waits here"),
    empty_text=_("What comes in and cannot be placed waits here until somebody looks at it. Nothing is lost."),
    empty_icon="shield",
)
