"""A portal company's invoices: one draft from each settlement, issued under its own numbers (outsourcing spec §10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from billing.models import BillingItem, BillingProfile, Invoice, InvoiceKind, InvoiceLine, InvoiceStatus, InvoiceVat
from billing.services import billing_settings, credit_notes, drafts, issuing, partner_billing, partner_money
from outsourcing.models import Handover, ServiceSide, Side, Statement
from psa.directory import services as directory
from psa.directory.models import Company
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets.models import Ticket

WAITING = 50


def of_handover(handover: UUID) -> QuerySet[Invoice]:
    """The invoices and credit notes of a settlement, the oldest first."""
    return Invoice.objects.filter(handover=handover).select_related("company", "file").order_by("pk")


def waiting() -> list[Statement]:
    """Settlements of which nothing is billed yet, the newest first, at most 50."""
    open_ones = ServiceSide.objects.filter(billed_at=None).values("handover")
    drawn = Invoice.objects.filter(handover__isnull=False, status=InvoiceStatus.DRAFT).values("handover")
    rows = Statement.objects.filter(side=Side.SERVICE, number=1, handover__in=open_ones)
    found = rows.exclude(handover__key__in=drawn).filter(total__gt=0).select_related("handover")
    return list(found.order_by("-pk")[:WAITING])


def lines_of(invoice: Invoice) -> tuple[list[InvoiceLine], list[InvoiceVat]]:
    """What stands on an invoice, line by line, and its VAT."""
    lines = InvoiceLine.objects.filter(invoice=invoice).order_by("position")
    return list(lines), list(InvoiceVat.objects.filter(invoice=invoice).order_by("pk"))


def is_to_draw(handover: Handover) -> bool:
    """Whether something of the settlement stands on no invoice yet."""
    statement = partner_billing.statement_of(handover)
    if statement is None:
        return False
    rest = statement.total != partner_billing.billed(handover.key)
    return rest or drafts.free(BillingItem.objects.filter(handover=handover.key)).exists()


@transaction.atomic
def draw(ticket: Ticket, handover: Handover, *, by: Actor) -> Invoice:
    """A draft to the lead partner of what the settlement says and no invoice has yet. Raises Denied,
    Refused("settlement_is_missing"), ("nothing_to_invoice")."""
    partner_billing.post(ticket, handover, by=by)
    statement = partner_billing.statement_of(handover)
    assert statement is not None  # there was something to post
    free = drafts.free(BillingItem.objects.filter(handover=handover.key))
    items = list(free.order_by("pk").values_list("pk", flat=True))
    if not items:
        raise Refused("nothing_to_invoice")
    own = ServiceSide.objects.select_related("handover", "ticket").get(handover=handover)
    company = Company.objects.get(pk=partner_money.payer(own))
    return drafts.draw(company, statement.currency, items, by=by)


def issue(invoice: Invoice, *, version: int, by: Actor) -> Invoice:
    """The draft gets its number and its paper. Raises as billing's `issue`."""
    return issuing.issue(invoice, version=version, by=by)


def discard(invoice: Invoice, *, version: int, by: Actor) -> None:
    """Throw the draft away; it can be drawn again. Raises Denied, Refused("invoice_moved_on")."""
    drafts.discard(invoice, version=version, by=by)


def credit(invoice: Invoice, reason: str, *, by: Actor) -> Invoice:
    """Take an issued invoice back by a credit note with a number of its own; its work can be billed again."""
    if invoice.kind != InvoiceKind.INVOICE:
        raise Refused("invoice_moved_on")
    return credit_notes.credit(invoice, [], reason, by=by)


def missing(company: Company) -> tuple[bool, bool]:
    """Whether our own data, and whether the lead partner's address, lack something an invoice must say."""
    settings = billing_settings.of_tenant()
    buyer = drafts.buyer_of(company, billing_settings.profile_of(company))
    ours = bool(billing_settings.missing(settings)) or not billing_settings.rates_are_known()
    return ours, not all(buyer[name] for name in ("name", "street", "city"))


@transaction.atomic
def agree(company: Company, values: Mapping[str, Any], vat_id: str, *, by: Actor) -> BillingProfile:
    """Name, address and VAT id of the lead partner as they stand on our invoices. Raises Denied."""
    by.require("invoice.manage")
    if company.vat_id != vat_id:
        directory.edit_company(company, by=by, vat_id=vat_id)
    return billing_settings.agree(company, values, by=by)
