"""The lead partner is billed what the settlement says: its lines as posted items (outsourcing spec §9).

What was approved and posted entry by entry counts; the settlement adds what is missing, and one line for what differs:
the flat amount, a cap, an item that never got there, a part that was agreed on afterwards. So the sum of the items is
what is payable, whatever was posted before.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from billing import pricing, units
from billing.models import BillingItem, BillingSource, BillingStatus, InvoiceLine
from billing.services import partner_money
from outsourcing.links import Link, links
from outsourcing.models import Handover, ServiceSide, Side, Statement
from outsourcing.services import history
from outsourcing.settlement import NOTHING
from psa.directory.models import Company
from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets.models import Charge, Ticket, TimeEntry
from tickets.services.locking import lock

DEAD = (BillingStatus.RETURNED, BillingStatus.WRITTEN_OFF)


def live(handover: UUID) -> Any:
    """The items of a handover that count: neither sent back nor written off. A reversal counts against what it
    reverses."""
    return BillingItem.objects.filter(handover=handover).exclude(status__in=DEAD)


def billed(handover: UUID) -> Decimal:
    """What the lead partner is billed for a handover so far, net, in the currency of its terms."""
    return live(handover).aggregate(sum=Sum("amount"))["sum"] or NOTHING


def statement_of(handover: Handover) -> Statement | None:
    """Our newest statement of work we received; None before the end."""
    return Statement.objects.filter(handover=handover, side=Side.SERVICE).order_by("-number").first()


@transaction.atomic
def post(ticket: Ticket, handover: Handover, *, by: Actor) -> list[BillingItem]:
    """Make posted items of our newest settlement statement, to be drawn on an invoice; what there is stays.

    Twice the same adds nothing. Raises Refused("settlement_is_missing"), Denied.
    """
    by.require("invoice.manage")
    link = _received(lock(ticket), handover)
    statement = statement_of(link.handover)
    if statement is None:
        raise Refused("settlement_is_missing", partner=handover.lead_name)
    made = _post_approved(handover.key, by)
    made += _post_all(_missing(link, statement), by)
    rest = statement.total - billed(handover.key)
    if rest:
        made += _post_all([_rest(link, statement, rest)], by)
    if made:
        told = {"handover": str(handover.key), "partner": handover.lead_name, "number": statement.number}
        journal.record(ticket, "settlement.posted", by=by, **told)
    return made


def _received(ticket: Ticket, handover: Handover) -> Link:
    link = next((one for one in links(ticket) if one.handover.pk == handover.pk and not one.is_lead), None)
    if link is None or not link.handover.is_ended:
        raise Refused("settlement_is_missing", partner=handover.lead_name)
    return link


def _post_approved(handover: UUID, by: Actor) -> list[BillingItem]:
    """What was approved entry by entry is posted with the rest."""
    found = list(BillingItem.objects.filter(handover=handover, status=BillingStatus.APPROVED).order_by("pk"))
    for item in found:
        item.post(timezone.now())
        item.save(update_fields=["status", "posted_at"])
        _tell(item, by)
    return found


def _tell(item: BillingItem, by: Actor) -> None:
    journal.record(item, "billingitem.posted", by=by, amount=str(item.amount), currency=item.currency)


def _post_all(items: Iterable[BillingItem], by: Actor) -> list[BillingItem]:
    """Approved and posted at once: both companies have agreed on the figures."""
    made = list(items)
    for item in made:
        item.approved_by_id = by.membership_id
        item.post(timezone.now())
        item.save(force_insert=True)
        _tell(item, by)
    return made


# Lines ----------------------------------------------------------------------------------------------------------------
def _missing(link: Link, statement: Statement) -> list[BillingItem]:
    """An item for each entry and charge of the statement that has none."""
    document = statement.document
    entries = {str(row.key): row for row in _rows(TimeEntry, link, document["entries"], "entry")}
    charges = {str(row.key): row for row in _rows(Charge, link, document["charges"], "charge")}
    book = partner_money.book([*entries.values(), *charges.values()])
    made = [_of_entry(link, entries[one["key"]], one, book) for one in document["entries"] if one["key"] in entries]
    return made + [_of_charge(link, charges[one["key"]], book) for one in document["charges"] if one["key"] in charges]


def _rows(model: Any, link: Link, lines: list[dict[str, Any]], column: str) -> list[Any]:
    """Our own rows behind these lines, those that have an item left out."""
    has = BillingItem.objects.filter(reverses=None, **{f"{column}__ticket": link.own.ticket_id})
    rows = model.objects.filter(ticket=link.own.ticket_id, key__in=[one["key"] for one in lines])
    return list(rows.exclude(pk__in=has.values(column)).select_related("ticket"))


def _of_entry(link: Link, entry: TimeEntry, line: dict[str, Any], book: partner_money.Book) -> BillingItem:
    """The work of one entry, as the statement counts it: where the lead has an older state of it, that counts."""
    versions = book.terms[link.handover.pk]
    rate = NOTHING if versions[-1].is_flat else partner_money.rate_on(versions, entry.worked_on)
    minutes = line["to_bill"]
    return _item(
        link,
        BillingSource.SETTLEMENT,
        book,
        entry=entry,
        worked_on=entry.worked_on,
        name=_first_line(line["text"]) or link.handover.title,
        text=line["by"],
        minutes=minutes,
        quantity=pricing.hours(minutes),
        unit="h",
        unit_code=pricing.HOUR,
        unit_price=rate,
        amount=pricing.of_minutes(minutes, rate),
        covered=partner_money.Basis.FLAT.value if versions[-1].is_flat else "",
    )


def _of_charge(link: Link, charge: Charge, book: partner_money.Book) -> BillingItem:
    return _item(
        link,
        BillingSource.SETTLEMENT,
        book,
        charge=charge,
        worked_on=timezone.localdate(charge.made_at),
        name=charge.name,
        quantity=charge.quantity,
        unit=charge.unit,
        unit_code=units.code_of(charge.unit),
        unit_price=charge.unit_price,
        amount=charge.amount,
    )


def _rest(link: Link, statement: Statement, rest: Decimal) -> BillingItem:
    """One line for what the lines above do not come to, with its reason in the lead partner's language."""
    company = Company.objects.get(pk=_payer(link))
    with translation.override(company.language or link.own.ticket.tenant.language or "en"):
        name, text = _said(link, statement, rest)
    return BillingItem(
        source=BillingSource.SETTLEMENT,
        company=company,
        ticket=link.own.ticket,
        handover=link.handover.key,
        worked_on=timezone.localdate(link.handover.ended_at),
        name=name[:200],
        text=text,
        quantity=Decimal(1 if rest > 0 else -1),
        unit_price=abs(rest),
        amount=rest,
        currency=statement.currency,
    )


def _said(link: Link, statement: Statement, rest: Decimal) -> tuple[str, str]:
    document = statement.document
    named = {"title": link.handover.title, "number": statement.number}
    text = _("Settlement statement %(number)s") % named
    if document["part"] is not None:
        return _("Flat amount, %(part)s %%: %(title)s") % {**named, "part": document["part"]}, text
    if document["terms"][-1]["flat_amount"] is not None and rest > 0:
        return _("Flat amount: %(title)s") % named, text
    if Decimal(document["sums"]["over_the_cap"]):
        return _("Over what was authorised, not billed: %(title)s") % named, text
    return _("Adjusted to the settlement: %(title)s") % named, text


def _item(link: Link, source: BillingSource, book: partner_money.Book, **columns: Any) -> BillingItem:
    currency = book.terms[link.handover.pk][-1].currency
    own = {"ticket": link.own.ticket, "handover": link.handover.key, "currency": currency, "company_id": _payer(link)}
    return BillingItem(source=source, **own, **columns)


def _payer(link: Link) -> int:
    return partner_money.payer(link.service_side)


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:200]


# Invoices -------------------------------------------------------------------------------------------------------------
def on_invoiced(entry: Entry) -> None:
    """An invoice was issued or credited: whoever works with the lead partner sees that the work is billed, or not after
    all. Part of the author's transaction."""
    lines = InvoiceLine.objects.filter(invoice=entry.subject_id, item__handover__isnull=False)
    keys = set(lines.values_list("item__handover", flat=True))
    by = Actor.system("invoice").because(entry)
    for own in ServiceSide.objects.filter(handover__key__in=keys).select_related("handover").order_by("handover"):
        _mark(own, by)


def _mark(own: ServiceSide, by: Actor) -> None:
    """Billed is a handover of which every item stands on an invoice."""
    taken_back = BillingItem.objects.filter(handover=own.handover.key, reverses__isnull=False)
    items = live(own.handover.key).filter(reverses=None).exclude(pk__in=taken_back.values("reverses"))
    is_billed = items.filter(status=BillingStatus.INVOICED).exists() and not (
        items.exclude(status=BillingStatus.INVOICED).exists()
    )
    if is_billed == (own.billed_at is not None):
        return
    own.billed_at = timezone.now() if is_billed else None
    own.save(update_fields=["billed_at"])
    history.told(own.handover, "billed" if is_billed else "not_billed", by=by)
