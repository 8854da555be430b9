"""The list of mails: the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from psa.mail.models import DELIVERY_LOOKS, DeliveryState
from psa.web import labels
from psa.web.lists import Choice, Column, List, Sort, row_link
from psa.web.templatetags.ui import ago

STATES = labels.Table({state: labels.Label(state.label, *DELIVERY_LOOKS[state]) for state in DeliveryState})


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail as the list shows it."""

    id: int
    subject: str
    to_name: str
    to_address: str
    state: str
    created_at: datetime
    slug: str


def _link(row: MailRow) -> SafeString:
    return row_link(
        reverse("mail:page", kwargs={"tenant": row.slug, "pk": row.id}), row.subject or _("This mail was not written")
    )


OUTBOX = List(
    "outbox",
    row=MailRow,
    fields=(
        "id",
        "mail__subject",
        "mail__to_name",
        "mail__to_address",
        "state",
        "mail__created_at",
        "slug",
    ),
    columns=(
        Column("subject", _("Subject"), _link, css="cell-title"),
        Column("to", _("To"), lambda row: row.to_name or row.to_address, css="cell-clip"),
        Column("address", _("Address"), lambda row: row.to_address, css="cell-clip cell-wide", shown=False),
        Column("state", _("State"), lambda row: STATES.badge(row.state, plain=True), css="cell-nowrap"),
        Column(
            "written",
            _("Written"),
            lambda row: ago(row.created_at),
            css="cell-nowrap",
            plain=lambda row: row.created_at.isoformat(),
        ),
    ),
    sorts=(Sort("written", _("Written"), "pk", "int", descending=True),),
    filters=(Choice("state", _("State"), field="state", choices=DeliveryState.choices),),
    search=lambda rows, words: rows.filter(
        Q(mail__subject__icontains=words) | Q(mail__to_address__icontains=words) | Q(mail__to_name__icontains=words)
    ),
    search_label=_("Search mails"),
    empty_title=_("No mails yet"),
    empty_text=_("Every mail this company sends is shown here as its reader sees it."),
    empty_icon="mail",
)
