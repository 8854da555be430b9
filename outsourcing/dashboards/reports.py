"""The two reports, *Outsourced* and *Received services and transactions*: a line for each handover, and sums (§8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from outsourcing.dashboards import standing
from outsourcing.dashboards.lists import FEE, LISTS, SORTS, leads, partners
from outsourcing.dashboards.rows import Handovers
from outsourcing.labels import INSOURCED, INVOICES, OUTSOURCED
from outsourcing.models import Fee, Handover, HandoverStatus, ServiceSide, Side, Statement
from outsourcing.models.handover import PRIVATE
from outsourcing.terms import CURRENCIES
from psa.tenancy.actor import Actor
from psa.web import htmx
from psa.web.figures import hours, money
from psa.web.filters import Choice, Days, Flag
from psa.web.lists import List
from tickets.models import TimeEntry

S = HandoverStatus
SENT_STATUSES = [code for code in S if code not in PRIVATE]
SENT = replace(SORTS["sent"], empty=None)  # a report lists nothing that was not sent
SHOWN = {
    Side.LEAD: "number title partner terms hours charges fee settlement invoice",
    Side.SERVICE: "number title lead terms hours charges settlement invoice",
}
TITLES = {
    Side.LEAD: _("Outsourced services and transactions"),
    Side.SERVICE: _("Received services and transactions"),
}


# How a handover went, for the filters and the scorecard ---------------------------------------------------------------
def on_time() -> Q:
    """Submitted, or ended without a submission, not later than agreed. Asked of complete work with a date only."""
    return Q(complete_by__gte=Coalesce("submitted_at", "ended_at"))


ANSWERS = {
    "accepted": (_("Accepted"), Q(accepted_at__isnull=False)),
    "declined": (_("Declined"), Q(status=S.DECLINED)),
    "expired": (_("Expired"), Q(status=S.EXPIRED)),
}
RESULTS = {
    "right": (_("Right the first time"), Q(status=S.COMPLETE, is_right=True)),
    "rejected": (_("Rejected at least once"), Q(status=S.COMPLETE, is_right=False)),
}
DELIVERIES = {
    "on_time": (_("On time"), lambda: Q(status=S.COMPLETE, complete_by__isnull=False) & on_time()),
    "late": (_("Late"), lambda: Q(status=S.COMPLETE, complete_by__isnull=False) & ~on_time()),
}


def _either(rows: QuerySet, asked: list[Any], conditions: Callable[[str], Any]) -> QuerySet:
    found = Q(pk__in=())
    for code in asked:
        found |= conditions(code)
    return rows.filter(found)


@dataclass(frozen=True, slots=True)
class WorkedDays(Days):
    """Handovers on which the service partner worked between two days."""

    side: str = Side.LEAD

    def apply(self, rows: QuerySet, value: tuple[date | None, date | None], request: Any) -> QuerySet:
        return rows.filter(standing.worked_between(*value, self.side))


OWED = Flag(
    "fee",
    _("With a transaction fee"),
    where=lambda rows, request: rows.filter(Exists(Fee.objects.filter(handover=OuterRef("pk")))),
)


def _filters(side: Side) -> tuple[Any, ...]:
    who = (
        Choice("partner", _("Partner"), "partnership__key", partners)
        if side == Side.LEAD
        else Choice("lead", _("Lead partner"), "partnership__key", leads)
    )
    labels = OUTSOURCED if side == Side.LEAD else INSOURCED
    invoice = (Choice("invoice", _("Invoice"), choices=INVOICES.choices(), where=standing.with_invoice),)
    return (
        who,
        Choice("status", _("Status"), "status", [(code.value, labels.text(code)) for code in SENT_STATUSES]),
        Choice(
            "answer",
            _("Answer"),
            choices=[(code, label) for code, (label, _where) in ANSWERS.items()],
            where=lambda rows, asked: _either(rows, asked, lambda code: ANSWERS[code][1]),
        ),
        Choice(
            "result",
            _("Result"),
            choices=[(code, label) for code, (label, _where) in RESULTS.items()],
            where=lambda rows, asked: _either(rows, asked, lambda code: RESULTS[code][1]),
        ),
        Choice(
            "delivery",
            _("Delivery"),
            choices=[(code, label) for code, (label, _where) in DELIVERIES.items()],
            where=lambda rows, asked: _either(rows, asked, lambda code: DELIVERIES[code][1]()),
        ),
        *((*invoice, OWED) if side == Side.LEAD else ()),
        Choice(
            "settled",
            _("Settled in"),
            choices=[(code, code) for code in CURRENCIES],
            where=lambda rows, codes: rows.filter(
                Exists(Statement.objects.filter(handover=OuterRef("pk"), side=side, number=1, currency__in=codes))
            ),
        ),
        Days("sent", _("Sent"), "sent_at"),
        Days("ended", _("Ended"), "ended_at"),
        WorkedDays("worked", _("Worked on"), "", side=side),
    )


def _list(side: Side) -> List:
    whole, shown = LISTS[side], SHOWN[side].split()
    columns = tuple(
        replace(one, shown=one.key in shown) for one in whole.columns if one.key not in {"decide", "flags", "waiting"}
    )
    if side == Side.LEAD:
        at = [one.key for one in columns].index("settlement")
        columns = (*columns[:at], replace(FEE, shown="fee" in shown), *columns[at:])
    name = "outsourced-services" if side == Side.LEAD else "received-services"
    return replace(
        whole,
        name=name,
        saved_as=name,
        part="outsourcing/_report.html",
        columns=columns,
        sorts=(SENT, *(SORTS[name] for name in ("ended", "number", "complete_by", "answer_by", "submitted"))),
        filters=_filters(side),
        empty_title=_("No handovers yet"),
    )


REPORTS = {side: _list(side) for side in (Side.LEAD, Side.SERVICE)}


AMOUNTS = ("labour", "charges", "total")


class Report(Handovers):
    """A report's page: the list engine's, and the sums of everything that passes the filters."""

    def params(self, **changes: Any) -> list[tuple[str, str]]:
        return super(Handovers, self).params(**changes)

    @property
    def hidden(self) -> list[tuple[str, str]]:
        return super(Handovers, self).hidden

    @property
    def plain_url(self) -> str:
        return self.path

    @property
    def is_part(self) -> bool:
        """Whether the page stands already and the list alone is asked for; the sums then go to their own place."""
        return htmx.wants_part(self.request, "list")

    @cached_property
    def sums(self) -> list[dict[str, Any]]:
        """What was settled, by currency: how many, labour, charges, total. One statement."""
        rows = Statement.objects.filter(**mine(self.side, self.request.actor), side=self.side, number=1)
        if self.is_narrowed:
            rows = rows.filter(handover__in=self.filtered.order_by().values("pk"))
        rows = rows.order_by().values("currency")
        summed = rows.annotate(number=Count("pk"), **{name: Sum(name) for name in AMOUNTS}).order_by("currency")
        return [
            {
                **one,
                **{f"{name}_text": money(one[name], one["currency"]) for name in AMOUNTS},
                "url": self.url(settled=one["currency"]),
            }
            for one in summed
        ]

    @cached_property
    def fees(self) -> list[dict[str, Any]]:
        """What we owe the operator for what passes, by currency; the lead's alone. One statement."""
        if self.side != Side.LEAD:
            return []
        rows = Fee.objects.all()
        if self.is_narrowed:
            rows = rows.filter(handover__in=self.filtered.order_by().values("pk"))
        summed = rows.order_by().values("currency").annotate(number=Count("pk"), sum=Sum("amount")).order_by("currency")
        return [{**one, "text": money(one["sum"], one["currency"]), "url": self.url(fee="1")} for one in summed]

    @property
    def is_narrowed(self) -> bool:
        """Whether not everything passes."""
        return bool(self.asked or self.q)

    @property
    def minutes_text(self) -> str:
        return hours(self.minutes) or "–"

    @cached_property
    def minutes(self) -> int:
        """Minutes to bill logged for what passes, in the days asked for if any were. One statement."""
        rows = TimeEntry.objects.filter(handover__isnull=False, removed_at=None)
        rows = rows.filter(received_at__isnull=self.side != Side.LEAD)
        if self.is_narrowed:
            rows = rows.filter(handover__in=self.filtered.order_by().values("key"))
        elif self.side == Side.SERVICE:  # what we shared as the lead is no work for one
            rows = rows.filter(ticket__in=ServiceSide.objects.values("ticket"))
        first, last = self.asked.get("worked") or (None, None)
        rows = rows.filter(worked_on__gte=first) if first else rows
        rows = rows.filter(worked_on__lte=last) if last else rows
        return rows.aggregate(sum=Sum(F("minutes") + F("offset_minutes")))["sum"] or 0


def mine(side: Side, by: Actor) -> dict[str, int]:
    """Rows of two parties in which we are this side."""
    return {"lead_id": by.tenant_id} if side == Side.LEAD else {"service_id": by.tenant_id}


def rows(side: Side, by: Actor) -> QuerySet:
    """Everything that was ever sent, or received."""
    return Handover.objects.filter(**mine(side, by), sent_at__isnull=False)


def open_report(request: Any, side: Side) -> Report:
    """The report as this request asks for it."""
    made = Report(REPORTS[side], request, rows(side, request.actor), request.path)
    made.side = side
    return made


def address(request: Any, side: Side, **query: Any) -> str:
    """The report with filters set."""
    name = "outsourcing:report_outsourced" if side == Side.LEAD else "outsourcing:report_received"
    return f"{reverse(name, args=[request.tenant.slug])}?{urlencode(query, doseq=True)}"
