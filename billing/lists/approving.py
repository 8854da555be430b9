"""What waits for a decision: the time and the charges to approve, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing.models import BillingItem, BillingStatus, ReturnedEntry
from billing.services import approving, prices
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from psa.web import refusals
from psa.web.figures import hours, money, quantity
from psa.web.lists import Choice, Column, Days, List, Sort, Text, row_link, two_lines
from psa.web.templatetags.ui import badge
from tickets.models import Charge, Source, Ticket, TimeEntry

NO_CONTRACT = Q(contract=None) | ~Q(contract__company=F("ticket__company"))
OF_A_PARTNER = Q(received_at__isnull=False) | Q(ticket__source=Source.INSOURCED)


# What waits ---------------------------------------------------------------------------------------------------------
def _undecided(model: Any, by: Actor) -> QuerySet:
    """What is to be billed and nobody decided on, of the tickets this member sees; deleted ones are not among them."""
    column = "entry" if model is TimeEntry else "charge"
    decided = BillingItem.objects.filter(**{column: OuterRef("pk")}).exclude(status=BillingStatus.RETURNED)
    rows = model.objects.filter(ticket__in=Ticket.objects.visible_to(by), removed_at=None, is_billable=True)
    back = ReturnedEntry.objects.filter(**{column: OuterRef("pk")})
    return rows.exclude(Exists(decided)).annotate(is_back=Exists(back)) if by.can("time.approve") else rows.none()


def entries(place: str, by: Actor) -> QuerySet:
    """The time of one tab."""
    rows = _undecided(TimeEntry, by)
    match place:
        case "returned":
            return rows.filter(is_back=True)
        case "over-estimate":
            return rows.filter(is_back=False, is_over_estimate=True).exclude(OF_A_PARTNER)
        case "partners":
            return rows.filter(OF_A_PARTNER, is_back=False)
        case "no-contract":
            open_ones = rows.filter(NO_CONTRACT, is_back=False, is_over_estimate=False, ticket__agreed_at=None)
            return open_ones.exclude(OF_A_PARTNER)
        case _:
            covered = ~NO_CONTRACT | Q(ticket__agreed_at__isnull=False)
            return rows.filter(covered, is_back=False, is_over_estimate=False).exclude(OF_A_PARTNER)


def waiting(by: Actor) -> dict[str, int]:
    """How many entries wait on the first lists, by their tab. One statement."""
    rows = _undecided(TimeEntry, by).filter(is_over_estimate=False).exclude(OF_A_PARTNER)
    bare = NO_CONTRACT & Q(ticket__agreed_at=None)
    return rows.order_by().aggregate(
        **{
            "time": Count("pk", filter=Q(is_back=False) & ~bare),
            "no-contract": Count("pk", filter=Q(is_back=False) & bare),
            "returned": Count("pk", filter=Q(is_back=True)),
        }
    )


def charges(by: Actor) -> QuerySet:
    """The charges, those that were sent back among them."""
    return _undecided(Charge, by)


def sums(rows: QuerySet) -> dict[str, Any]:
    """How much time is listed, worked and to bill, in minutes."""
    bare = Greatest(F("minutes") + F("offset_minutes"), 0)
    return rows.order_by().aggregate(worked=Sum("minutes", default=0), to_bill=Sum(bare, default=0))


# The lists ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class EntryRow:
    """Time that waits."""

    id: int
    worked_on: date
    person: str
    minutes: int
    offset_minutes: int
    text: str
    work_type: str | None
    contract: str | None
    number: int
    title: str
    company: str
    received: Any
    is_back: bool
    slug: str

    @property
    def to_bill(self) -> int:
        return max(self.minutes + self.offset_minutes, 0)


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """A charge that waits."""

    id: int
    made_at: Any
    person: str
    name: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    currency: str
    number: int
    title: str
    company: str
    received: Any
    is_back: bool
    slug: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page says of a row besides its columns: why it cannot be approved, what it would be billed at, and where
    its price is entered (`ask`)."""

    why: str
    price: str
    plain: str
    ask: str = ""


def _seen(model: Any) -> Any:
    """One reading for a page: reasons and prices of all of its rows."""

    def read(ids: Sequence[Any], by: Actor) -> Mapping[Any, Seen]:
        rows = model.objects.filter(pk__in=ids).select_related("ticket__tenant")
        extra = ("work_type", "contract") if model is TimeEntry else ()
        things = list(rows.select_related("ticket__tenant", "author__role", *extra))
        book = prices.read(things) if things else None
        back, checks = _reasons(model, ids), approving.checks()
        may_price = bool(by.can("price.view"))
        return {thing.pk: _look(thing, book, checks, back.get(thing.pk, ""), may_price) for thing in things}

    return read


def _reasons(model: Any, ids: Sequence[Any]) -> dict[int, str]:
    column = "entry" if model is TimeEntry else "charge"
    rows = ReturnedEntry.objects.filter(**{f"{column}__in": ids})
    return {pk: f"{name}: {why}" for pk, name, why in rows.values_list(column, "by_name", "reason")}


def _look(thing: Any, book: Any, checks: Mapping[str, Sequence[str]], back: str, may_price: bool) -> Seen:
    role = thing.author.role.code if thing.author else ""
    no = approving.refusal(thing, book.partner, checks.get(role, approving.USUAL))
    why = back or (refusals.explain(no) if no else "")
    try:
        quote = book.of(thing)
    except Refused as unpriced:
        asks = may_price and not why and unpriced.code in prices.GIVEN
        return Seen(why or refusals.explain(unpriced), "", "", _ask(thing) if asks else "")
    return Seen(why, money(quote.amount, quote.currency), str(quote.amount))


def _ask(thing: Any) -> str:
    tab = "charges" if isinstance(thing, Charge) else "partners"
    return reverse("billing:give_price", args=[thing.ticket.tenant.slug, tab, thing.pk])


def _ticket(row: Any) -> str:
    return row_link(reverse("tickets:page", args=[row.slug, row.number]), row.title)


def _short(text: str) -> SafeString:
    """As much of what was written as two lines show."""
    return format_html('<span class="clamp">{}</span>', text[:200])


def _worked(row: EntryRow) -> str:
    """How long it took, where that is not what is billed."""
    return "" if row.minutes == row.to_bill else _("%(time)s worked") % {"time": hours(row.minutes)}


def _with_reason(said: Any, why: str, link: str = "") -> Any:
    reason = format_html('<span class="clamp is-tall" title="{0}">{0}</span> {1}', why, link) if why else ""
    return two_lines(said, reason)


def _state(row: Any, seen: Seen | None) -> Any:
    """A badge, and why where something stands against it."""
    if row.is_back:
        return _with_reason(badge(_("Returned"), "orange", "undo-2", plain=True), seen.why if seen else "")
    if seen is None or not seen.why:
        return badge(_("Ready"), "green", "check", plain=True)
    if seen.ask:
        link = format_html('<a class="nowrap" href="{}">{}</a>', seen.ask, _("Enter the price"))
        return _with_reason(badge(_("Needs a price"), "amber", "euro", plain=True), seen.why, link)
    label = _("Provisional") if row.received else _("Not yet")
    return _with_reason(badge(label, "amber", "lock", plain=True), seen.why)


def _people(request: Any) -> list[tuple[int, str]]:
    return list(Membership.objects.order_by("name").values_list("pk", "name"))


FILTERS = (
    Text("customer", gettext_lazy("Customer"), field="ticket__company__name"),
    Choice("person", gettext_lazy("Person"), field="author", choices=_people),
)
ENTRIES = List(
    "approve",
    row=EntryRow,
    fields=(
        "id", "worked_on", "author_name", "minutes", "offset_minutes", "text", "work_type__name", "contract__name",
        "ticket__number", "ticket__title", "ticket__company__name", "received_at", "is_back", "slug",
    ),
    columns=(
        Column("day", gettext_lazy("Day"), lambda row: date_format(row.worked_on, "SHORT_DATE_FORMAT"), sort="day",
               plain=lambda row: row.worked_on.isoformat(), css="cell-nowrap"),
        Column("ticket", gettext_lazy("Ticket"), lambda row: row.number, beneath="title"),
        Column("title", gettext_lazy("Title"), _ticket, plain=lambda row: row.title, css="cell-title"),
        Column("company", gettext_lazy("Customer"), lambda row: row.company, beneath="title"),
        Column("text", pgettext_lazy("time entry", "What was done"), lambda row: _short(row.text),
               plain=lambda row: row.text, css="cell-text cell-wide"),
        Column("person", gettext_lazy("Person"), lambda row: row.person, css="cell-who"),
        Column("work_type", gettext_lazy("Work type"), lambda row: row.work_type or "", css="cell-nowrap",
               shown=False),
        Column("contract", gettext_lazy("Contract"), lambda row: row.contract or "", beneath="text",
               needs="contract.view"),
        Column("minutes", gettext_lazy("Worked"), _worked, plain=lambda row: row.minutes, beneath="to_bill"),
        Column("to_bill", gettext_lazy("To bill"), lambda row: hours(row.to_bill), plain=lambda row: row.to_bill,
               css="cell-num"),
        Column("price", gettext_lazy("Price"), lambda row, seen: seen.price if seen else "", batch=_seen(TimeEntry),
               plain=lambda row, seen: seen.plain if seen else "", needs="price.view", css="cell-num"),
        Column("state", gettext_lazy("Status"), _state, batch=_seen(TimeEntry), css="cell-state"),
    ),
    sorts=(Sort("day", gettext_lazy("Day"), "worked_on", "date"),),
    filters=(
        Days("day", gettext_lazy("Day"), field="worked_on", is_moment=False),
        *FILTERS,
        Text("contract", gettext_lazy("Contract"), field="contract__name"),
    ),
    search=lambda rows, words: rows.filter(Q(text__icontains=words) | Q(ticket__title__icontains=words)),
    search_label=gettext_lazy("Search the work"),
    pick="decide",
    bar="billing/approve/_bar.html",
    empty_title=gettext_lazy("Nothing waits here"),
    empty_text=gettext_lazy("Time comes here as soon as it is logged and is to be billed."),
    empty_icon="badge-check",
)  # fmt: skip
CHARGES = List(
    "approve-charges",
    row=ChargeRow,
    fields=(
        "id", "made_at", "author_name", "name", "quantity", "unit", "unit_price", "currency", "ticket__number",
        "ticket__title", "ticket__company__name", "received_at", "is_back", "slug",
    ),
    columns=(
        Column("day", gettext_lazy("Day"), lambda row: date_format(row.made_at, "SHORT_DATE_FORMAT"), sort="day",
               plain=lambda row: row.made_at.date().isoformat(), css="cell-nowrap"),
        Column("ticket", gettext_lazy("Ticket"), lambda row: row.number, beneath="name"),
        Column("name", gettext_lazy("Name"), lambda row: row_link(
            reverse("tickets:page", args=[row.slug, row.number]), row.name), plain=lambda row: row.name,
            css="cell-title"),
        Column("company", gettext_lazy("Customer"), lambda row: row.company, beneath="name"),
        Column("person", gettext_lazy("Person"), lambda row: row.person, css="cell-who cell-hide"),
        Column("quantity", gettext_lazy("Quantity"), lambda row: quantity(row.quantity, row.unit),
               plain=lambda row: row.quantity, css="cell-num"),
        Column("price", gettext_lazy("Price"), lambda row, seen: seen.price if seen else "", batch=_seen(Charge),
               plain=lambda row, seen: seen.plain if seen else "", needs="price.view", css="cell-num"),
        Column("state", gettext_lazy("Status"), _state, batch=_seen(Charge), css="cell-state"),
    ),
    sorts=(Sort("day", gettext_lazy("Day"), "made_at", "datetime"),),
    filters=(Days("day", gettext_lazy("Day"), field="made_at"), *FILTERS),
    search=lambda rows, words: rows.filter(Q(name__icontains=words) | Q(ticket__title__icontains=words)),
    search_label=gettext_lazy("Search the charges"),
    pick="decide",
    bar="billing/approve/_bar.html",
    empty_title=gettext_lazy("No charges wait"),
    empty_text=gettext_lazy("Material, travel and other charges come here once they stand on a ticket."),
    empty_icon="receipt",
)  # fmt: skip
