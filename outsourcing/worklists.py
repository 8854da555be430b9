"""The two work lists of the dashboard, outsourced and received: their rows, cells, columns, sorts and filters (§8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outsourcing import standing
from outsourcing.labels import BILLING, INSOURCED, INVOICES, NEEDS_A_PARTNER, OUTSOURCED
from outsourcing.models import (
    HandoverStatus,
    LeadSide,
    Partnership,
    Question,
    Release,
    ReleaseAction,
    ReleaseStatus,
    ServiceSide,
    Side,
    Terms,
)
from outsourcing.models.handover import ACTIVE, ENDED, RUNNING, total
from outsourcing.services import limits
from outsourcing.standing import Settled, flags
from psa.web import figures
from psa.web.lists import Choice, Column, Cursor, Days, Flag, List, Listing, Sort, joined, row_link
from psa.web.templatetags import ui
from tickets.models.ticket import NO_DEADLINE

S = HandoverStatus
Cell = Callable[[Any], Any]


# What a row knows -----------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class Row:
    """One handover in a list: its own columns, and our ticket, the terms and the hours, fetched once a page."""

    id: int
    key: UUID
    status: str
    title: str
    lead_name: str
    service_name: str
    lead_number: int
    service_number: int | None
    sent_at: datetime | None
    sent_by_name: str
    answer_by: datetime | None
    complete_by: datetime | None
    submitted_at: datetime | None
    ended_at: datetime | None
    slug: str = ""
    side: str = ""
    ticket: dict[str, Any] = field(default_factory=dict)
    terms: dict[str, Any] = field(default_factory=dict)
    minutes: int | None = None
    names_partner: bool = False
    hangs: bool = False
    settled: Settled | None = None
    invoice: tuple[str, Decimal] | None = None
    release: Release | None = None
    by: Any = None

    @property
    def is_over_limit(self) -> bool:
        """Whether the reader may only ask somebody to authorise these terms."""
        if not self.terms:
            return False
        kept = self.terms
        labour = kept["rate_type"], kept["cost_rate"], kept["flat_amount"], kept["authorised_minutes"]
        return not limits.suffices(total(*labour, kept["authorised_charges"]), self.by)

    @property
    def number(self) -> int | None:
        return self.lead_number if self.side == Side.LEAD else self.service_number

    @property
    def handover_url(self) -> str:
        return reverse("outsourcing:handover", args=[self.slug, self.key])

    @property
    def url(self) -> str:
        """Where the row leads: to our ticket, or to the offer while there is none."""
        return reverse("tickets:page", args=[self.slug, self.number]) if self.number else self.handover_url

    @property
    def customer(self) -> str:
        return self.ticket.get("ticket__company__name", "")

    @property
    def place(self) -> str:
        return self.terms.get("customer", {}).get("site", "")

    @property
    def assignee(self) -> str:
        return self.ticket.get("ticket__assignee__name") or ""

    @property
    def is_asked(self) -> bool:
        """Whether a question about it is open."""
        return self.status in ACTIVE and bool(self.ticket.get("is_asked"))

    @property
    def activity(self) -> datetime | None:
        return self.ticket.get("ticket__last_activity")

    def move_url(self, name: str) -> str:
        return reverse(f"outsourcing:{name}", args=[self.slug, self.number])


FIELDS = (
    "id",
    "key",
    "status",
    "title",
    "lead_name",
    "service_name",
    "lead_number",
    "service_number",
    "sent_at",
    "sent_by_name",
    "answer_by",
    "complete_by",
    "submitted_at",
    "ended_at",
)
TICKET = (
    "handover_id",
    "ticket__title",
    "ticket__company__name",
    "ticket__last_activity",
    "ticket__assignee__name",
)
HOURS = {"hours", "flags"}
MONEY = {"labour", "charges", "settlement", "invoice", "decide"}
TERMS = (
    "handover_id",
    "version",
    "rate_type",
    "currency",
    "cost_rate",
    "flat_amount",
    "authorised_minutes",
    "authorised_charges",
    "customer",
)


class Handovers(Listing):
    """A folder's list. The page's own rows of both sides come in three statements, however many rows there are."""

    code: str
    side: Side
    known_count: int | None = None
    may_hang: bool = True

    @cached_property
    def count(self) -> int:
        """The folder's own count serves the list too, as long as nothing is filtered."""
        known = self.known_count
        return super().count if known is None or self.asked or self.q else known

    def params(self, **changes: Any) -> list[tuple[str, str]]:
        return [("folder", self.code), *super().params(**changes)]

    @property
    def hidden(self) -> list[tuple[str, str]]:
        return [("folder", self.code), *super().hidden]

    @property
    def plain_url(self) -> str:
        return f"{self.path}?folder={self.code}"

    def fetch(self, cursor: Cursor | None, size: int) -> Any:
        found: Any = super().fetch(cursor, size)
        rows = [row for row, _value in found]
        for row in rows:
            row.slug, row.side, row.by = self.request.tenant.slug, self.side, self.request.actor
        if rows:
            self._complete(rows)
        return found

    def _complete(self, rows: Sequence[Row]) -> None:
        ids, shown = [row.id for row in rows], {column.key for column in self.columns}
        side: Any = LeadSide if self.side == Side.LEAD else ServiceSide
        fields = (*TICKET, "is_asked") if self.side == Side.LEAD else (*TICKET, "is_asked", "billed_at")
        is_asked = Exists(Question.objects.filter(handover=OuterRef("handover"), answered_at=None))
        sides = side.objects.filter(handover__in=ids).annotate(is_asked=is_asked)
        if shown & HOURS:
            sides, fields = sides.annotate(logged=standing.logged(self.side)), (*fields, "logged")
        tickets = {own["handover_id"]: own for own in sides.values(*fields)}
        names_place = self.side == Side.SERVICE and any(row.status in ACTIVE for row in rows)
        wants_terms = names_place or shown & {"terms", "hours", "flags", "place", "decide"}
        terms = Terms.objects.filter(handover__in=ids).order_by("version").values(*TERMS) if wants_terms else ()
        agreed = {one["handover_id"]: one for one in terms}
        is_running = any(row.status in RUNNING for row in rows)
        hanging = standing.parked() if self.may_hang and is_running and "flags" in shown else set()
        ended = [row.id for row in rows if row.status in ENDED] if shown & MONEY else []
        settled = standing.settlements(ended, self.side) if ended else {}
        invoices = standing.invoices(ended) if ended and self.side == Side.LEAD else {}
        asked = _asked(ids) if self.side == Side.LEAD and self.code == "release" else {}
        for row in rows:
            row.release = asked.get(row.id)
            row.hangs, row.settled, row.invoice = row.key in hanging, settled.get(row.id), invoices.get(row.id)
            row.ticket, row.terms = tickets.get(row.id, {}), agreed.get(row.id, {})
            row.minutes = row.ticket.get("logged") or 0
            row.names_partner = self.side == Side.LEAD and "partner" not in shown


def _asked(ids: Sequence[int]) -> dict[int, Release]:
    """The oldest open request for release of each handover."""
    rows = Release.objects.filter(handover__in=ids, status=ReleaseStatus.REQUESTED).select_related("requested_by")
    return {one.handover_id: one for one in rows.order_by("-pk")}


# Cells ----------------------------------------------------------------------------------------------------------------
def countdown(sent_at: datetime | None, until: datetime | None, now: datetime | None = None) -> SafeString:
    """How long an offer may still be answered: amber in the last quarter of its time, red at its end."""
    if until is None:
        return mark_safe("")
    now = now or timezone.now()
    rest, whole = until - now, until - (sent_at or now)
    look = (
        ("ink-red", "circle-alert")
        if rest <= timedelta(0)
        else ("ink-amber", "hourglass")
        if rest * 4 < whole
        else ("", "hourglass")
    )
    words = _("over") if rest <= timedelta(0) else figures.left(until, now)[0]
    time = format_html('<time datetime="{}" title="{}">{}</time>', until.isoformat(), figures.moment(until), words)
    return format_html('<span class="row gap-1 nowrap {}">{}{}</span>', look[0], ui.icon(look[1], "s"), time)


def _title(row: Row) -> SafeString:
    return row_link(row.url, row.ticket.get("ticket__title") or row.title)


def _title_and_place(row: Row) -> SafeString:
    """Below the title whose it is: our customer, with the partner if no column says so, or the site the lead named."""
    whose = row.customer if row.side == Side.LEAD else row.place
    if row.names_partner:
        whose = " · ".join(filter(None, (whose, row.service_name)))
    under = format_html('<span class="under tiny muted">{}</span>', whose) if whose else ""
    return joined([_title(row), under, _question(row)])


def _question(row: Row) -> SafeString:
    """The flag of a question nobody has answered yet (§8)."""
    if not row.is_asked:
        return mark_safe("")
    icon = ui.icon("message-square", "s")
    return format_html('<span class="under tiny row gap-1 ink-amber">{}{}</span>', icon, _("Open question"))


def _activity(row: Row) -> SafeString:
    return ui.ago(row.activity)


def _answer_by(row: Row) -> SafeString:
    return countdown(row.sent_at, row.answer_by) if row.status == S.ASSIGNED else ui.deadline(row.answer_by, done=True)


def _complete_by(row: Row) -> SafeString:
    return ui.deadline(row.complete_by, done=row.status not in ACTIVE)


def _terms(row: Row) -> str:
    if not row.terms:
        return ""
    if row.terms["rate_type"] == "flat":
        return figures.money(row.terms["flat_amount"], row.terms["currency"])
    return _("%(rate)s / h") % {"rate": figures.money(row.terms["cost_rate"], row.terms["currency"])}


def _hours(row: Row) -> Any:
    whole = row.terms.get("authorised_minutes")
    if not row.terms or (not whole and not row.minutes):
        return ""
    label = f"{figures.hours(row.minutes).removesuffix(' h')} / {figures.hours(whole)}"
    return ui.meter(row.minutes, whole, label) if whole else figures.hours(row.minutes)


def _waiting(row: Row) -> SafeString:
    return ui.ago(row.submitted_at) if row.status == S.WAITING_APPROVAL else mark_safe("")


def _release(row: Row) -> SafeString:
    """Who asks for what, for how much."""
    if (asked := row.release) is None:
        return mark_safe("")
    what = f"{ReleaseAction(asked.action).label}, {figures.money(asked.amount, asked.currency)}"
    who = format_html(
        '<span class="under tiny muted">{} · {}</span>', asked.requested_by.name, ui.ago(asked.requested_at)
    )
    return joined([what, who])


def _decide_release(row: Row, asked: Release) -> SafeString:
    """Releasing is one form for the whole list, refusing asks for the reason; over one's own limit one may look."""
    here = {
        name: reverse(f"outsourcing:{name}", args=[row.slug, asked.pk])
        for name in ("release", "give_release", "refuse_release")
    }
    if not limits.suffices(asked.amount, row.by):
        return ui.button(_("View the request"), variant="quiet", small=True, href=here["release"])
    back = urlencode({"next": f"{reverse('outsourcing:dashboard', args=[row.slug])}?folder=release"})
    give = ui.button(_("Release"), "check", small=True, form="decide", formaction=here["give_release"])
    refuse = ui.button(_("Refuse"), variant="quiet", small=True, href=f"{here['refuse_release']}?{back}")
    return joined([give, refuse])


def _decide(row: Row) -> SafeString:
    """What can be done about the row without opening it. Approving is one form for the whole list."""
    if row.release is not None:
        return _decide_release(row, row.release)
    if row.side == Side.LEAD and row.status == S.WAITING_APPROVAL:
        approve = ui.button(_("Approve"), "check", small=True, form="decide", formaction=row.move_url("approve"))
        if row.is_over_limit:
            approve = ui.button(_("Request release"), "lock", small=True, href=row.move_url("release_approve"))
        back = urlencode({"next": f"{reverse('outsourcing:dashboard', args=[row.slug])}?folder=approval"})
        reject = f"{row.move_url('reject')}?{back}"
        return joined([approve, ui.button(_("Reject"), variant="quiet", small=True, href=reject)])
    if row.side == Side.SERVICE and row.status == S.ASSIGNED:
        accept = reverse("outsourcing:accept", args=[row.slug, row.key])
        decline = reverse("outsourcing:decline", args=[row.slug, row.key])
        return joined(
            [
                ui.button(_("Accept"), "check", small=True, href=accept),
                ui.button(_("Decline"), variant="quiet", small=True, href=decline),
            ]
        )
    if row.side == Side.LEAD and row.status in NEEDS_A_PARTNER:
        return _find_a_partner(row)
    return _settle(row) if row.settled else mark_safe("")


def _find_a_partner(row: Row) -> SafeString:
    again = reverse("outsourcing:offer", args=[row.slug, row.number])
    keep = row.move_url("ourselves")
    return joined(
        [
            ui.button(_("Hand over again"), "send", small=True, href=f"{again}?again={row.key}"),
            ui.button(_("We do it ourselves"), variant="quiet", small=True, form="decide", formaction=keep),
        ]
    )


def _settle(row: Row) -> SafeString:
    """What is next about the money of a handover that ended: the partner's invoice, or our own billing."""

    def at(name: str) -> str:
        return reverse(f"outsourcing:{name}", args=[row.slug, row.key])

    if row.side == Side.SERVICE:
        if row.ticket.get("billed_at"):
            return mark_safe("")
        return joined([ui.button(_("Mark as billed"), "check", small=True, form="decide", formaction=at("billed"))])
    if row.invoice is None:
        return joined([ui.button(_("Enter the invoice"), "receipt", small=True, href=at("invoice"))])
    if row.invoice[0] == "received":
        return joined([ui.button(_("Mark as paid"), "check", small=True, form="decide", formaction=at("invoice_paid"))])
    return mark_safe("")


def _flags(row: Row) -> SafeString:
    return joined([ui.badge(words, colour, icon, plain=True) for _code, words, colour, icon in flags(row)])


def _plain_flags(row: Row) -> str:
    return ", ".join(str(words) for _code, words, _colour, _icon in flags(row))


def _settlement(row: Row) -> SafeString:
    if row.settled is None:
        return mark_safe("")
    href = reverse("outsourcing:statement", args=[row.slug, row.key])
    amount = format_html('<a href="{}">{}</a>', href, figures.money(row.settled.total, row.settled.currency))
    return joined([amount, ui.badge(_("Different"), "red", "unlink", plain=True) if row.settled.is_disputed else ""])


def _part(name: str) -> Cell:
    def cell(row: Row) -> str:
        return figures.money(getattr(row.settled, name), row.settled.currency) if row.settled else ""

    return cell


def _plain_part(name: str) -> Cell:
    return lambda row: getattr(row.settled, name) if row.settled else None


def _invoice(row: Row) -> SafeString:
    """The invoice's state, and how much it says more or less than the statement."""
    if row.settled is None:
        return mark_safe("")
    if row.side == Side.SERVICE:
        return BILLING.badge("billed" if row.ticket.get("billed_at") else "unbilled", True)
    if row.invoice is None:
        return INVOICES.badge("expected", True)
    more = row.invoice[1] - row.settled.total
    words = figures.money(more, row.settled.currency)
    return joined(
        [INVOICES.badge(row.invoice[0], True), ui.badge(words, "amber", "triangle-alert", True) if more else ""]
    )


# Lists ----------------------------------------------------------------------------------------------------------------
NEVER = NO_DEADLINE
LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
SORTS = {
    "complete_by": Sort("complete_by", gettext_lazy("Complete by"), "complete_by", "datetime", empty=NEVER),
    "answer_by": Sort("answer_by", gettext_lazy("Answer by"), "answer_by", "datetime", empty=NEVER),
    "submitted": Sort("submitted", gettext_lazy("Waiting since"), "submitted_at", "datetime", empty=NEVER),
    "ended": Sort("ended", gettext_lazy("Ended"), "ended_at", "datetime", empty=LONG_AGO, descending=True),
    "sent": Sort("sent", gettext_lazy("Sent"), "sent_at", "datetime", empty=LONG_AGO, descending=True),
    "number": Sort("number", gettext_lazy("Number"), "lead_number", "int", descending=True),
}


def _search(rows: QuerySet, words: str) -> QuerySet:
    found = Q(title__icontains=words) | Q(lead_name__icontains=words) | Q(service_name__icontains=words)
    if words.isdecimal() and len(words) < 10:
        found |= Q(lead_number=int(words)) | Q(service_number=int(words))
    return rows.filter(found)


def partners(request: Any) -> list[tuple[Any, str]]:
    mine = Partnership.objects.filter(lead_id=request.tenant.pk).order_by("service_name")
    return list(mine.values_list("key", "service_name"))


def leads(request: Any) -> list[tuple[Any, str]]:
    mine = Partnership.objects.filter(service_id=request.tenant.pk).order_by("lead_name")
    return list(mine.values_list("key", "lead_name"))


OVERDUE = Flag(
    "overdue",
    gettext_lazy("Overdue"),
    where=lambda rows, request: rows.filter(complete_by__lt=timezone.now(), status__in=ACTIVE),
)
ASKED = Flag(
    "question",
    gettext_lazy("Open question"),
    where=lambda rows, request: rows.filter(
        Exists(Question.objects.filter(handover=OuterRef("pk"), answered_at=None)), status__in=ACTIVE
    ),
)


def _wrong(side: str) -> tuple[Flag, Flag]:
    """The filters for the other two flags of running work."""
    return (
        Flag("hours", gettext_lazy("Hours used up"), where=standing.hours_used(side)),
        Flag("trouble", gettext_lazy("Link trouble"), where=standing.hangs),
    )


DUE = Days("due", gettext_lazy("Complete by"), "complete_by")


def _when(key: str, label: Any, name: str, cell: Cell | None = None, sort: str = "") -> Column:
    """A column of moments: words on the page, the moment itself in the sheet."""
    css = "cell-nowrap cell-labelled" if cell else "cell-nowrap"
    shown = cell or (lambda row: ui.ago(getattr(row, name)))
    return Column(key, label, shown, sort=sort, css=css, plain=lambda row: getattr(row, name))


def _plain_title(row: Row) -> str:
    return row.ticket.get("ticket__title") or row.title


BOTH = (
    _when("answer_by", gettext_lazy("Answer by"), "answer_by", _answer_by, "answer_by"),
    _when("waiting", gettext_lazy("Waiting since"), "submitted_at", _waiting, "submitted"),
    _when("complete_by", gettext_lazy("Complete by"), "complete_by", _complete_by, "complete_by"),
    Column("terms", gettext_lazy("Terms"), _terms, css="cell-num cell-wide", needs="outsource.view_terms"),
)
MONEY_COLUMNS: tuple[Column, ...] = (
    Column("labour", gettext_lazy("Labour"), _part("labour"), css="cell-num cell-wide", plain=_plain_part("labour")),
    Column(
        "charges", gettext_lazy("Charges"), _part("charges"), css="cell-num cell-wide", plain=_plain_part("charges")
    ),
    Column("settlement", gettext_lazy("Settlement"), _settlement, css="cell-num", plain=_plain_part("total")),
    Column("currency", gettext_lazy("Currency"), lambda row: row.settled.currency if row.settled else ""),
    Column("invoice", gettext_lazy("Invoice"), _invoice, css="cell-nowrap"),
)
MONEY_COLUMNS = tuple(replace(column, needs="outsource.view_terms") for column in MONEY_COLUMNS)
LAST = (
    Column("flags", gettext_lazy("Flags"), _flags, css="cell-nowrap", plain=_plain_flags),
    *MONEY_COLUMNS,
    _when("sent", gettext_lazy("Sent"), "sent_at", sort="sent"),
    _when("ended", gettext_lazy("Ended"), "ended_at", sort="ended"),
    Column("activity", gettext_lazy("Last activity"), _activity, css="cell-nowrap", plain=lambda row: row.activity),
    Column("decide", gettext_lazy("Next"), _decide, css="cell-decide", plain=lambda row: ""),
)
LEAD_COLUMNS = (
    Column("number", gettext_lazy("Ticket"), lambda row: row.lead_number, sort="number", css="cell-number"),
    Column("title", gettext_lazy("Title"), _title_and_place, css="cell-title", plain=_plain_title),
    Column("customer", gettext_lazy("Customer"), lambda row: row.customer, css="cell-clip"),
    Column("partner", gettext_lazy("Partner"), lambda row: row.service_name, css="cell-clip"),
    Column("status", gettext_lazy("Status"), lambda row: OUTSOURCED.badge(row.status, True), css="cell-nowrap"),
    *BOTH,
    Column("hours", gettext_lazy("Hours"), _hours, css="cell-nowrap", needs="outsource.view_terms"),
    Column("asked", gettext_lazy("Asked for"), _release, css="cell-nowrap", needs="outsource.view_terms"),
    Column("sent_by", gettext_lazy("Sent by"), lambda row: row.sent_by_name, css="cell-clip"),
    *LAST,
)
SERVICE_COLUMNS = (
    Column("number", gettext_lazy("Our number"), lambda row: row.service_number or "", css="cell-number"),
    Column(
        "lead_number",
        gettext_lazy("Their number"),
        lambda row: row.lead_number,
        sort="number",
        css="cell-number cell-labelled",
    ),
    Column("title", gettext_lazy("Title"), _title_and_place, css="cell-title", plain=_plain_title),
    Column("lead", gettext_lazy("Lead partner"), lambda row: row.lead_name, css="cell-clip"),
    Column("place", gettext_lazy("Place"), lambda row: row.place, css="cell-clip cell-wide"),
    Column("assignee", gettext_lazy("Assignee"), lambda row: row.assignee, css="cell-clip"),
    Column("status", gettext_lazy("Status"), lambda row: INSOURCED.badge(row.status, True), css="cell-nowrap"),
    *BOTH,
    Column("hours", gettext_lazy("Hours"), _hours, css="cell-nowrap"),
    *LAST,
)
LISTS = {
    Side.LEAD: List(
        "outsourced-work",
        Row,
        FIELDS,
        LEAD_COLUMNS,
        tuple(SORTS.values()),
        (
            Choice("partner", gettext_lazy("Partner"), "partnership__key", partners),
            Choice("status", gettext_lazy("Status"), "status", OUTSOURCED.choices()),
            Choice("invoice", gettext_lazy("Invoice"), choices=INVOICES.choices(), where=standing.with_invoice),
            DUE,
            OVERDUE,
            ASKED,
            *_wrong(Side.LEAD),
        ),
        search=_search,
        search_label=gettext_lazy("Title, partner or number"),
        saved_as="outsourcing",
    ),
    Side.SERVICE: List(
        "received-work",
        Row,
        FIELDS,
        SERVICE_COLUMNS,
        tuple(SORTS.values()),
        (
            Choice("lead", gettext_lazy("Lead partner"), "partnership__key", leads),
            DUE,
            OVERDUE,
            ASKED,
            *_wrong(Side.SERVICE),
        ),
        search=_search,
        search_label=gettext_lazy("Title, lead partner or number"),
        saved_as="outsourcing",
    ),
}
