"""What outsourcing adds to the ticket list: to whom a ticket is outsourced, how far that is, and two views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from outsourcing.labels import OUTSOURCED
from outsourcing.models import HandoverStatus, LeadSide, Partnership
from outsourcing.models.handover import ACTIVE, PRIVATE
from psa.tenancy.actor import Actor
from psa.tenancy.prepared import Prepared
from psa.web.reading import once
from psa.web.templatetags import ui
from tickets import columns
from tickets.models import Source

SHOWN = tuple(status for status in HandoverStatus if status not in (*PRIVATE, HandoverStatus.CANCELED))


def outsourced_to(ids: Sequence[int], by: Actor) -> Mapping[int, Any]:
    """The partner and the status of each ticket's newest handover that left the house. One query."""
    rows = LeadSide.objects.filter(ticket__in=ids, handover__status__in=[*SHOWN, HandoverStatus.UNSENT])
    found = rows.order_by("handover").values_list("ticket_id", "handover__service_name", "handover__status")
    return {ticket: _cell(name, status) for ticket, name, status in found}


@once
def _cell(name: str, status: str) -> Any:
    look = OUTSOURCED[status]
    return format_html(
        '<span class="row gap-1 nowrap" title="{}">{}<span class="clip">{}</span><span class="unseen">{}</span></span>',
        look.label,
        ui.icon(look.icon, "s"),
        name,
        look.label,
    )


def to_partner(value: str) -> Q:
    """Tickets a partner has now."""
    own = LeadSide.objects.filter(ticket=OuterRef("pk"), handover__status__in=ACTIVE)
    return Q(Exists(own.filter(handover__partnership__key=value)))


def in_status(value: str) -> Q:
    """Tickets whose active or last handover has this status."""
    return Q(Exists(LeadSide.objects.filter(ticket=OuterRef("pk"), handover__status=value)))


def partners(by: Actor) -> list[tuple[str, Any]]:
    """Our service partners by name."""
    return [(str(key), name) for key, name in _PARTNERS(lead=by.tenant_id)]


_PARTNERS: Prepared[Any] = Prepared(
    lambda lead: Partnership.objects.filter(lead_id=lead).order_by("service_name").values_list("key", "service_name")
)


def _outsourced(rows: QuerySet, by: Actor) -> QuerySet:
    """With a partner now, or on the way there."""
    return rows.filter(Exists(LeadSide.objects.filter(ticket=OuterRef("pk"), is_active=True)))


def _insourced(rows: QuerySet, by: Actor) -> QuerySet:
    """Work a lead partner gave to us."""
    return rows.filter(is_open=True, source=Source.INSOURCED)


def _has_a_full_desk(by: Actor) -> bool:
    """A portal company's tickets are all insourced, and none is passed on."""
    return not by.is_portal


def register() -> None:
    """Offer the column, its two filters and the two views."""
    for code, label, icon, rows in (
        ("outsourced", gettext_lazy("Outsourced"), "external-link", _outsourced),
        ("insourced", gettext_lazy("Insourced"), "handshake", _insourced),
    ):
        columns.view(columns.ExtraView(code, label, icon, rows, _has_a_full_desk))
    columns.register(
        columns.ExtraColumn("outsourced_to", gettext_lazy("Outsourced to"), outsourced_to, to_partner, partners)
    )
    columns.register(
        columns.ExtraColumn(
            "outsource_status",
            gettext_lazy("Outsource status"),
            outsource_status,
            in_status,
            lambda by: [(code, OUTSOURCED.text(code)) for code in (*SHOWN, HandoverStatus.UNSENT)],
            shown=False,
        )
    )


def outsource_status(ids: Sequence[int], by: Actor) -> Mapping[int, Any]:
    """The status of each ticket's newest handover as a badge. One query."""
    rows = LeadSide.objects.filter(ticket__in=ids, handover__status__in=[*SHOWN, HandoverStatus.UNSENT])
    found = rows.order_by("handover").values_list("ticket_id", "handover__status")
    return {ticket: OUTSOURCED.badge(status, True) for ticket, status in found}
