"""Drafts of invoices: drawn from posted items, worded and reckoned until somebody issues them (it-house spec)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Subquery
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from billing import units, vat
from billing.documents.invoices import amount_of
from billing.electronic import amount
from billing.models import (
    ArticleKind,
    BillingItem,
    BillingProfile,
    BillingSettings,
    BillingSource,
    BillingStatus,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceVat,
    OrderLine,
)
from billing.pricing import cents
from billing.services import billing_settings, returned_billing
from psa.directory.models import Company, Location
from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.web.figures import hours

WORDED = ("text", "closing", "reference", "order_reference", "payment_days", "format")
CHANGEABLE = ("name", "text", "quantity", "unit", "unit_price", "discount", "vat_kind", "is_goods", "supplied_on")
# What was posted stands still: a line that bills it may be worded and discounted, no more.
CHANGEABLE_OF_ITEMS = ("name", "text", "discount")
MOST_LINES = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line somebody writes by hand. Price net in the draft's currency; discount in per cent."""

    name: str
    quantity: Decimal
    unit_price: Decimal
    text: str = ""
    unit: str = ""
    discount: Decimal = Decimal(0)
    vat_kind: str = "standard"
    is_goods: bool = False
    supplied_on: date | None = None


def free(rows: Any) -> Any:
    """Of these billing items those that are posted and stand on no current line of an invoice."""
    lines = InvoiceLine.objects.filter(item=OuterRef("pk"), is_current=True)
    return rows.filter(~Exists(lines), status=BillingStatus.POSTED)


def told(rows: Any) -> Any:
    """These billing items, each with the number of the newest credit note that took it back (`credited`)."""
    notes = InvoiceLine.objects.filter(item=OuterRef("pk"), invoice__kind=InvoiceKind.CREDIT_NOTE).order_by("-pk")
    return rows.annotate(credited=Subquery(notes.values("invoice__number")[:1]))


# Drawing --------------------------------------------------------------------------------------------------------------
@transaction.atomic
def draw(company: Company, currency: str, items: Sequence[int], *, by: Actor) -> Invoice:
    """A draft for a customer in a currency from these billing items (by id); none of them for an empty one.

    Raises Denied, Refused("item_is_not_free") where one is not posted, somebody else's, or on an invoice already.
    """
    by.require("invoice.manage")
    return drawn(company, currency, locked_items(items), by=by)


def drawn(company: Company, currency: str, items: Sequence[BillingItem], *, by: Actor) -> Invoice:
    """`draw` from rows the caller has locked."""
    profile, settings = billing_settings.profile_of(company), billing_settings.of_tenant()
    invoice = Invoice.objects.create(
        company=company,
        currency=currency,
        language=company.language or settings.tenant.language,
        payment_days=settings.payment_days if profile.payment_days is None else profile.payment_days,
        format=profile.format,
        reference=profile.reference,
        order_reference=_customers_number(items),
        rounding_step=profile.rounding,
        handover=_of_one({item.handover for item in items}),
        contract_id=_of_one({item.contract_id for item in items}),
        created_by_name=by.name,
    )
    invoice.company = company
    _put(invoice, items, profile)
    reckon(invoice)
    journal.record(invoice, "invoice.drawn", by=by, items=len(items), due=str(invoice.due), currency=currency)
    return invoice


def _customers_number(items: Sequence[BillingItem]) -> str:
    """The customer's own number of the one order these items come from; empty where it is none, or several."""
    ordered = [item.order_line_id for item in items if item.order_line_id]
    rows = OrderLine.objects.filter(pk__in=ordered).values_list("order__customer_reference", flat=True)
    numbers = set(rows.order_by()) if ordered else set()
    return numbers.pop() if len(numbers) == 1 else ""


@transaction.atomic
def add_items(invoice: Invoice, items: Sequence[int], *, version: int, by: Actor) -> Invoice:
    """Put more billing items on a draft. Raises as `draw`, and Refused("invoice_moved_on")."""
    row = locked(invoice, version, by)
    _put(row, locked_items(items), billing_settings.profile_of(row.company))
    return _kept(row, by, "items", count=len(items))


def locked_items(items: Sequence[int]) -> list[BillingItem]:
    """The items with their rows locked, in one order. Raises Refused("item_is_not_free")."""
    rows = BillingItem.objects.filter(pk__in=items)
    # Locked first and asked then: who waited for the lock has to see what the other one did meanwhile.
    list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))
    found = list(free(rows.select_related("article", "block")).order_by("worked_on", "pk"))
    if len(found) != len(set(items)):
        raise Refused("item_is_not_free")
    return found


def _put(invoice: Invoice, items: Sequence[BillingItem], profile: BillingProfile) -> None:
    if any(item.company_id != invoice.company_id or item.currency != invoice.currency for item in items):
        raise Refused("item_is_not_free")
    begin = _last(invoice)
    if begin + len(items) > MOST_LINES:
        raise Refused("invoice_too_long", most=MOST_LINES)
    with translation.override(invoice.language or "en"):
        for place, item in enumerate(items, begin + 1):
            InvoiceLine.objects.create(**_line_of(item, profile.discount), invoice=invoice, position=place)


def _line_of(item: BillingItem, discount: Decimal) -> dict[str, Any]:
    """The line an item becomes. Where its amount is not quantity × price (it is covered, or has a minimum) the amount
    stands as one price, so that the line still adds up. Its words are in the active language."""
    quantity, price, text = item.quantity, item.unit_price, item.text
    if cents(quantity * price) != item.amount:
        sign = Decimal(-1) if item.amount < 0 else Decimal(1)
        quantity, price = sign, abs(item.amount)
        text = f"{text}\n{amount_of(item)}".strip()
    text = f"{text}\n{drawn_from_block(item)}".strip()
    is_plain = (quantity, price) == (item.quantity, item.unit_price)
    goods = item.article.kind == ArticleKind.GOODS if item.article else item.source == BillingSource.DELIVERY
    line = InvoiceLine(quantity=quantity, unit_price=price, discount=discount)
    return {
        "item": item,
        "name": item.name,
        "text": text,
        "quantity": quantity,
        "unit": item.unit if is_plain else "",
        "unit_code": item.unit_code if is_plain else units.PIECE,
        "unit_price": price,
        "discount": discount,
        "amount": amount(line),
        "supplied_on": item.period_until or item.worked_on,
        "vat_kind": item.vat_kind,
        "is_goods": goods,
        "vat_rate": Decimal(0),
        "account": item.article.account if item.article else "",
    }


def drawn_from_block(item: BillingItem) -> str:
    """Which block of hours paid it, how much was taken from it, or given back, and what was left then; "" where none
    did."""
    if item.block is None or item.block_left is None:
        return ""
    said = {"block": item.block.name, "time": hours(abs(item.minutes)), "left": hours(item.block_left)}
    if item.minutes < 0:
        return _("%(time)s given back to the block “%(block)s”; %(left)s are left of it.") % said
    return _("%(time)s taken from the block “%(block)s”; %(left)s are left of it.") % said


# Lines ----------------------------------------------------------------------------------------------------------------
@transaction.atomic
def add_line(invoice: Invoice, wanted: Wanted, *, version: int, by: Actor) -> Invoice:
    """Write a line by hand; an electronic invoice counts in what its unit says (`billing.units`). Raises Denied,
    Refused("invoice_moved_on")."""
    row = locked(invoice, version, by)
    if (place := _last(row) + 1) > MOST_LINES:
        raise Refused("invoice_too_long", most=MOST_LINES)
    values = {name: getattr(wanted, name) for name in CHANGEABLE}
    values["supplied_on"] = wanted.supplied_on or timezone.localdate()
    values["unit_code"] = units.code_of(wanted.unit)
    InvoiceLine.objects.create(invoice=row, position=place, amount=Decimal(0), vat_rate=Decimal(0), **values)
    return _kept(row, by, "added", name=wanted.name)


@transaction.atomic
def edit_line(line: InvoiceLine, values: Mapping[str, Any], *, version: int, by: Actor) -> Invoice:
    """Change what a line says, its quantity, price or discount. Raises Denied, Refused("invoice_moved_on")."""
    row = locked(line.invoice, version, by)
    found = InvoiceLine.objects.get(pk=line.pk, invoice=row)
    for name in CHANGEABLE_OF_ITEMS if found.item_id else CHANGEABLE:
        if name in values:
            setattr(found, name, values[name])
    if not found.item_id:
        found.unit_code = units.code_of(found.unit)
    found.save()
    return _kept(row, by, "edited", name=found.name)


@transaction.atomic
def drop_line(line: InvoiceLine, *, version: int, by: Actor) -> Invoice:
    """Take a line off; what it bills can go on another invoice. Raises Denied, Refused("invoice_moved_on")."""
    released = _items_of(InvoiceLine.objects.filter(pk=line.pk, invoice=line.invoice))
    returned_billing.held_notes(released)
    row = locked(line.invoice, version, by)
    InvoiceLine.objects.filter(pk=line.pk, invoice=row).delete()
    returned_billing.follow_release(released, _told(row, by, "dropped", name=line.name))
    return row


def take_off(row: Invoice, lines: Any, names: Sequence[str], *, by: Actor) -> None:
    """Take lines off a draft the caller has locked, because what they bill was taken back."""
    lines.delete()
    _kept(row, by, "balanced", name=", ".join(names))


@transaction.atomic
def shift_line(line: InvoiceLine, up: bool, *, version: int, by: Actor) -> Invoice:
    """Let a line change places with the one above it, or below. Raises Denied, Refused("invoice_moved_on")."""
    row = locked(line.invoice, version, by)
    lines = list(InvoiceLine.objects.filter(invoice=row).order_by("position", "pk"))
    place = next(place for place, one in enumerate(lines) if one.pk == line.pk)
    other = place + (-1 if up else 1)
    if 0 <= other < len(lines):
        one, two = lines[place], lines[other]
        first, second = one.position, two.position
        InvoiceLine.objects.filter(pk=one.pk).update(position=0)  # each place is taken once
        InvoiceLine.objects.filter(pk=two.pk).update(position=first)
        InvoiceLine.objects.filter(pk=one.pk).update(position=second)
        row.version += 1
        row.save(update_fields=["version"])
    return row


# The whole ------------------------------------------------------------------------------------------------------------
@transaction.atomic
def reword(invoice: Invoice, values: Mapping[str, Any], *, version: int, by: Actor) -> Invoice:
    """Change texts, references, days to pay or format of a draft. Raises Denied, Refused("invoice_moved_on")."""
    row = locked(invoice, version, by)
    for name in WORDED:
        if name in values:
            setattr(row, name, values[name])
    return _kept(row, by, "worded")


@transaction.atomic
def reckon_again(invoice: Invoice, *, version: int, by: Actor) -> Invoice:
    """Work VAT and sums out anew: the customer's data or the rates are others by now. Raises as `reword`."""
    return _kept(locked(invoice, version, by), by, "reckoned")


@transaction.atomic
def discard(invoice: Invoice, *, version: int, by: Actor) -> None:
    """Throw a draft away; what it bills is to be invoiced again. Raises Denied, Refused("invoice_moved_on")."""
    released = _items_of(InvoiceLine.objects.filter(invoice=invoice))
    returned_billing.held_notes(released)
    row = locked(invoice, version, by)
    entry = journal.record(row.company, "invoice.discarded", by=by, due=str(row.due), currency=row.currency)
    InvoiceVat.objects.filter(invoice=row).delete()
    InvoiceLine.objects.filter(invoice=row).delete()
    row.delete()
    returned_billing.follow_release(released, entry)


def was_discarded(pk: int) -> bool:
    """Whether a draft of this id was drawn here once; asked where there is no invoice of it any more."""
    return Entry.objects.filter(subject_type="invoice", subject_id=pk, kind="invoice.drawn").exists()


def _items_of(lines: Any) -> list[int]:
    return list(lines.filter(item__isnull=False).values_list("item", flat=True))


def locked(invoice: Invoice, version: int, by: Actor) -> Invoice:
    """The draft with its row locked, as its reader saw it. Raises Denied, Refused("invoice_moved_on")."""
    by.require("invoice.manage")
    rows = Invoice.objects.visible_to(by).select_for_update(of=("self",), no_key=True).select_related("company")
    row: Invoice | None = rows.filter(pk=invoice.pk).first()
    if row is None or row.status != "draft" or row.version != version:
        raise Refused("invoice_moved_on")
    return row


def _kept(row: Invoice, by: Actor, what: str, **said: Any) -> Invoice:
    _told(row, by, what, **said)
    return row


def _told(row: Invoice, by: Actor, what: str, **said: Any) -> Entry:
    """Reckon and keep a draft that was changed, and write down what was."""
    reckon(row)
    row.version += 1
    row.save(update_fields=["version", *WORDED])
    return journal.record(row, "invoice.edited", by=by, what=what, **said)


def reckon(invoice: Invoice) -> bool:
    """Work out VAT and sums of a draft and keep them; says whether anything is another than it was."""
    settings, profile = billing_settings.of_tenant(), billing_settings.profile_of(invoice.company)
    buyer = vat.Buyer(country_of(profile, invoice.company), invoice.company.vat_id, profile.is_business)
    seller = vat.Seller(settings.country, settings.is_small_business)
    lines = list(InvoiceLine.objects.filter(invoice=invoice).order_by("position"))
    rates: dict[tuple[str, date], Decimal] = {}
    reasons: dict[tuple[str, Decimal], str] = {}
    changed = False
    for line in lines:
        day = line.supplied_on or timezone.localdate()
        if (line.vat_kind, day) not in rates:
            rates[line.vat_kind, day] = billing_settings.vat_percent(line.vat_kind, day)
        found = vat.treatment(vat.Sold(line.vat_kind, rates[line.vat_kind, day], line.is_goods), seller, buyer)
        reasons[str(found.category), found.rate] = found.reason
        before = (line.vat_category, line.vat_rate, line.amount)
        line.vat_category, line.vat_rate, line.amount = found.category, found.rate, amount(line)
        if before != (line.vat_category, line.vat_rate, line.amount):
            line.save(update_fields=["vat_category", "vat_rate", "amount"])
            changed = True
    return _sum_up(invoice, lines, reasons) or changed


def _sum_up(invoice: Invoice, lines: Sequence[InvoiceLine], reasons: Mapping[tuple[str, Decimal], str]) -> bool:
    found = vat.sums(lines, invoice.rounding_step)
    before = [getattr(invoice, name) for name in found.columns]
    for name, value in found.columns.items():
        setattr(invoice, name, value)
    days = [line.supplied_on for line in lines if line.supplied_on]
    begins = BillingItem.objects.filter(pk__in=[line.item_id for line in lines if line.item_id])
    periods = [day for day in begins.values_list("period_from", flat=True) if day]
    invoice.period_from, invoice.period_until = min([*days, *periods], default=None), max(days, default=None)
    invoice.save(update_fields=[*found.columns, "period_from", "period_until"])
    InvoiceVat.objects.filter(invoice=invoice).delete()
    InvoiceVat.objects.bulk_create(
        InvoiceVat(
            invoice=invoice,
            category=one.category,
            rate=one.rate,
            base=one.base,
            amount=one.amount,
            reason=reasons.get((one.category, one.rate), ""),
        )
        for one in found.groups
    )
    return before != list(found.columns.values())


def _last(invoice: Invoice) -> int:
    return InvoiceLine.objects.filter(invoice=invoice).aggregate(last=Max("position"))["last"] or 0


def _of_one(found: set[Any]) -> Any:
    return next(iter(found)) if len(found) == 1 else None


# Whom it goes to ------------------------------------------------------------------------------------------------------
def country_of(profile: BillingProfile, company: Company) -> str:
    """Where the customer sits: as it is billed, else as its first place says, else by its VAT id."""
    if profile.country:
        return profile.country
    places = Location.objects.filter(company=company).exclude(country="").order_by("pk")
    place = places.values_list("country", flat=True).first()
    return place or company.vat_id[:2].upper().replace("EL", "GR") or ""


def seller_of(settings: BillingSettings) -> dict[str, str]:
    """The seller as it stands on the paper."""
    names = (
        "street", "postal_code", "city", "country", "vat_id", "tax_number", "register", "managers", "contact_name",
        "email", "phone", "bank", "iban", "bic", "endpoint", "endpoint_scheme", "footer",
    )  # fmt: skip
    return {"name": settings.legal_name, **{name: getattr(settings, name) for name in names}}


def buyer_of(company: Company, profile: BillingProfile) -> dict[str, str]:
    """The customer as it stands on the paper: as agreed, else its first place."""
    place: Any = Location.objects.filter(company=company).order_by("pk").first()
    found = {
        name: getattr(profile, name) or (getattr(place, name) if place else "")
        for name in ("street", "postal_code", "city")
    }
    return {
        "name": profile.name or company.name,
        **found,
        "country": country_of(profile, company) or billing_settings.of_tenant().country,
        "vat_id": company.vat_id,
        "number": company.number,
        "email": profile.email or company.email,
        "endpoint": profile.endpoint,
        "endpoint_scheme": profile.endpoint_scheme,
    }
