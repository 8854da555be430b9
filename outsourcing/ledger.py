"""The ledger: everything that ever left this company for a partner, with size, hash and receipt (§6 "Mechanics")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outsourcing import receipts, sentences
from outsourcing.models import Handover, Partnership, Side
from outsourcing.services import announcing, history, partners
from outsourcing.services.erasing import ERASED
from psa.lanes.lanes import weigh
from psa.lanes.models import Event
from psa.tenancy.actor import Actor
from psa.web import figures, labels
from psa.web.lists import Choice, Column, Cursor, Days, List, Listing, Sort, row_link
from psa.web.templatetags import ui

KINDS = {
    "item.put": gettext_lazy("Item, new or changed"),
    "item.withdrawn": gettext_lazy("Item withdrawn"),
    "fields.changed": gettext_lazy("Changed properties"),
    history.MOVED: gettext_lazy("Move"),
    announcing.PAPERS: gettext_lazy("Papers of an invoice"),
    partners.ANSWERED: gettext_lazy("Answer to an invitation"),
    partners.MOVED: gettext_lazy("Partnership paused or resumed"),
    ERASED: gettext_lazy("A person was erased"),
}
OUTCOMES = labels.Table(
    {
        Event.Outcome.WAITING: labels.Label(gettext_lazy("On its way"), "gray", "loader-circle"),
        Event.Outcome.APPLIED: labels.Label(gettext_lazy("Arrived"), "green", "check"),
        Event.Outcome.REFUSED: labels.Label(gettext_lazy("Refused"), "red", "circle-x"),
        Event.Outcome.SKIPPED: labels.Label(gettext_lazy("Given up"), "red", "unlink"),
    }
)
# A lane's channel names what it is about: "handover:<key>", "partnership:<key>".
NAMES: dict[str, Any] = {"handover": Handover, "partnership": Partnership}


@dataclass(slots=True)
class Row:
    """One event of ours: itself, and whom it went to about which ticket, fetched once a page."""

    id: int
    sent_at: datetime
    kind: str
    payload: dict[str, Any]
    size: int
    sha256: str
    is_emptied: bool
    outcome: str
    reason: str
    applied_at: datetime | None
    channel: str
    me: int
    slug: str = ""
    about: Any = None

    @property
    def key(self) -> UUID:
        return UUID(self.channel.partition(":")[2])

    @property
    def side(self) -> str:
        return Side.LEAD if self.about is not None and self.about.lead_id == self.me else Side.SERVICE

    @property
    def partner(self) -> str:
        if self.about is None:
            return ""
        return self.about.service_name if self.side == Side.LEAD else self.about.lead_name

    @property
    def number(self) -> int | None:
        """Our ticket's number, None where there is none."""
        if not isinstance(self.about, Handover):
            return None
        return self.about.lead_number if self.side == Side.LEAD else self.about.service_number

    @property
    def url(self) -> str:
        if self.number:
            return reverse("tickets:page", args=[self.slug, self.number])
        if isinstance(self.about, Handover):
            return reverse("outsourcing:handover", args=[self.slug, self.about.key])
        return reverse("outsourcing:partner", args=[self.slug, self.about.key]) if self.about else ""

    @property
    def weight(self) -> tuple[int, str]:
        """Bytes and hash of what left; events older than these columns are weighed as they are read."""
        return (self.size, self.sha256) if self.sha256 or self.is_emptied else weigh(self.payload)


FIELDS = (
    "id", "sent_at", "kind", "payload", "size", "sha256", "is_emptied", "outcome", "reason", "applied_at",
    "lane__channel", "source_id",
)  # fmt: skip


class Sent(Listing):
    """A page of the ledger: handovers and partnerships of its rows in two statements, however many rows there are."""

    def fetch(self, cursor: Cursor | None, size: int) -> Any:
        found: Any = super().fetch(cursor, size)
        complete([row for row, _value in found], self.request.tenant.slug)
        return found


def complete(rows: Sequence[Any], slug: str) -> None:
    """Tell each row what its lane is about."""
    known: dict[str, Any] = {}
    model: Any
    for name, model in NAMES.items():
        keys = {row.key for row in rows if row.channel.startswith(f"{name}:")}
        known |= {f"{name}:{one.key}": one for one in model._default_manager.filter(key__in=keys)} if keys else {}
    for row in rows:
        row.slug, row.about = slug, known.get(row.channel)


# Cells ----------------------------------------------------------------------------------------------------------------
def what(row: Row) -> str:
    """A short reading of what left."""
    if row.is_emptied:
        return _("Its content was taken out: withdrawn, or a person was erased.")
    if row.kind == history.MOVED:
        return _move(row)
    if row.kind == "fields.changed":
        return ", ".join(str(sentences.FIELDS.get(name, name)) for name in row.payload.get("changes", {}))
    return f"{receipts.thing(row.kind, row.payload)}: {receipts.content(row.payload)}".removesuffix(": ")


def _move(row: Row) -> str:
    told = (sentences.MOVED | sentences.ASKED).get(row.payload.get("move", ""))
    if told is None:
        return row.payload.get("move", "").replace("_", " ")
    said = told.say({**row.payload.get("data", {}), "side": row.side, "partner": row.partner})
    reason = row.payload.get("reason", "")
    return f"{row.payload.get('by', '')} {said}{': ' if reason else ''}{reason}"


def receipt(row: Row) -> str:
    """What came back: when it arrived, or why it did not."""
    why = row.reason if row.outcome == Event.Outcome.SKIPPED else ""
    if row.outcome == Event.Outcome.REFUSED:
        why = receipts.reason(row.reason, row.partner)
    at = figures.moment(row.applied_at) if row.applied_at else ""
    return " · ".join(part for part in (OUTCOMES.text(row.outcome), at, why) if part)


def _receipt(row: Row) -> Any:
    return format_html('{} <span class="under tiny muted">{}</span>', OUTCOMES.badge(row.outcome, True), _behind(row))


def _behind(row: Row) -> str:
    return receipt(row).partition(" · ")[2]


def _what(row: Row) -> Any:
    return row_link(row.url, what(row)) if row.url else what(row)


def _hash(row: Row) -> Any:
    said = row.weight[1]
    return format_html('<code class="tiny" title="{}">{}</code>', said, said[:12])


# The list -------------------------------------------------------------------------------------------------------------
def rows_of(by: Actor) -> QuerySet:
    """Everything we sent to anybody."""
    return Event.objects.filter(source=by.tenant_id)


def _partners(request: Any) -> list[tuple[Any, str]]:
    """Every company we were ever partners with, once."""
    found: dict[int, tuple[Any, str]] = {}
    for one in Partnership.objects.order_by("pk"):
        is_lead = one.lead_id == request.tenant.pk
        name = one.service_name if is_lead else one.lead_name
        found[one.service_id if is_lead else one.lead_id] = (one.key, name)
    return sorted(found.values(), key=lambda pair: pair[1].casefold())


def _to(rows: QuerySet, keys: list[Any]) -> QuerySet:
    theirs = Partnership.objects.filter(key__in=keys)
    return rows.filter(Q(target__in=theirs.values("lead_id")) | Q(target__in=theirs.values("service_id")))


LEDGER = List(
    "ledger",
    Row,
    FIELDS,
    (
        Column("sent", gettext_lazy("Sent"), lambda row: ui.ago(row.sent_at), sort="sent", css="cell-nowrap",
               plain=lambda row: row.sent_at),
        Column("what", gettext_lazy("What"), _what, css="cell-title", plain=what),
        Column("partner", gettext_lazy("Partner"), lambda row: row.partner, css="cell-clip"),
        Column("ticket", gettext_lazy("Ticket"), lambda row: row.number or "", css="cell-number cell-labelled"),
        Column("kind", gettext_lazy("Kind"), lambda row: KINDS.get(row.kind, row.kind), css="cell-clip cell-wide"),
        Column("receipt", gettext_lazy("Receipt"), _receipt, css="cell-nowrap", plain=receipt),
        Column("size", gettext_lazy("Bytes"), lambda row: row.weight[0], css="cell-num cell-labelled"),
        Column("sha256", gettext_lazy("SHA-256"), _hash, css="cell-nowrap cell-wide", plain=lambda row: row.weight[1]),
    ),
    (Sort("sent", gettext_lazy("Sent"), "pk", "int", descending=True),),
    (
        Choice("partner", gettext_lazy("Partner"), choices=_partners, where=_to),
        Choice("kind", gettext_lazy("Kind"), "kind", list(KINDS.items())),
        Choice("receipt", gettext_lazy("Receipt"), "outcome", [
            (code or "waiting", label) for code, label in OUTCOMES.choices()
        ], where=lambda rows, codes: rows.filter(outcome__in=["" if code == "waiting" else code for code in codes])),
        Days("sent", gettext_lazy("Sent"), "sent_at"),
    ),
    empty_title=gettext_lazy("Nothing has left yet"),
    empty_text=gettext_lazy("What your company sends to a partner is written down here for good."),
    empty_icon="book-open",
    export_limit=10**9,
)  # fmt: skip
