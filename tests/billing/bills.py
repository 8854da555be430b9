"""A company that can send invoices, its customer, and posted items to bill."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from billing.models import BillingItem, BillingProfile, Invoice
from billing.services import billing_settings, drafts, issuing, papers
from psa.directory.models import Company
from psa.tenancy.actor import Actor

SELLER = {
    "street": "Kai 1", "postal_code": "24103", "city": "Kiel", "country": "DE", "vat_id": "DE123456788",
    "iban": "DE02120300000000202051", "contact_name": "Max Petersen", "email": "bills@nordlicht.example",
    "phone": "+49 431 1", "endpoint": "bills@nordlicht.example",
}  # fmt: skip
BUYER = {
    "street": "Kaistraße 3", "postal_code": "24114", "city": "Kiel", "country": "DE",
    "email": "office@hansen.example", "reference": "04011000-1234512345-35", "endpoint": "office@hansen.example",
}  # fmt: skip
DAY = date(2026, 3, 2)


def settled(company: Company, by: Actor, **buyer: Any) -> BillingProfile:
    """Seller and customer are complete."""
    if billing_settings.missing(row := billing_settings.of_tenant()):
        billing_settings.settle(SELLER, version=row.version, by=by)
    return billing_settings.agree(company, BUYER | buyer, by=by)


def posted(company: Company, price: str = "100", quantity: str = "1", **more: Any) -> BillingItem:
    """Something that waits for its invoice."""
    count, each = Decimal(quantity), Decimal(price)
    values: dict[str, Any] = {
        "source": "time", "name": "On-site support", "unit": "h", "unit_code": "HUR", "worked_on": DAY,
        "amount": (count * each).quantize(Decimal("0.01")),
    }  # fmt: skip
    item: BillingItem = BillingItem.objects.create(company=company, quantity=count, unit_price=each, **(values | more))
    item.post(timezone.now())
    item.save()
    return item


def draft(company: Company, by: Actor, *items: BillingItem, currency: str = "EUR") -> Invoice:
    """A draft of these, or of one hour."""
    found = items or (posted(company, currency=currency),)
    return drafts.draw(company, currency, [one.pk for one in found], by=by)


def issued(company: Company, by: Actor, *items: BillingItem, **buyer: Any) -> Invoice:
    """An invoice with its number and its papers."""
    settled(company, by, **buyer)
    row = draft(company, by, *items)
    issuing.issue(row, version=row.version, by=by)
    papers.work()
    return Invoice.objects.get(pk=row.pk)
