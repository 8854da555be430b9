"""Invoices of the demo: seller data, a customer of each country, invoices paid, open and overdue, and a draft."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial

from django.utils import timezone

from billing.models import BillingItem, Invoice
from billing.services import billing_settings, drafts, issuing, payments
from demo import customers
from demo.desk import Desk
from demo.history import History
from psa.directory.models import Company
from psa.tenancy.actor import Actor

SELLERS = {
    "nordlicht": {
        "street": "Sophienblatt 12", "postal_code": "24103", "city": "Kiel", "vat_id": "DE123456788",
        "tax_number": "20/293/08154", "bank": "Förde Sparkasse", "iban": "DE02120300000000202051",
        "bic": "BYLADEM1001", "email": "rechnung@nordlicht.example", "phone": "+49 431 555 02",
        "contact_name": "Max Petersen", "managers": "Max Petersen", "register": "HRB 4711 KI",
    },
    "baltic": {
        "street": "Uriekstes iela 3", "postal_code": "LV-1005", "city": "Rīga", "vat_id": "LV40003032949",
        "bank": "Baltijas Banka", "iban": "LV80BANK0000435195001", "email": "rekini@baltic.example",
        "phone": "+371 67 555 02", "contact_name": "Gunta Bērziņa",
    },
}  # fmt: skip
STREETS = {"nordlicht": ("Kaistraße 3", "24114", "Kiel"), "baltic": ("Brīvības iela 10", "LV-1010", "Rīga")}
WORK = {
    "nordlicht": ("Vor-Ort-Einsatz Netzwerk", "Wartung Server", "Switch 24 Ports"),
    "baltic": ("Tīkla darbi pie klienta", "Servera apkope", "Komutators ar 24 portiem"),
}
# How many days ago it was issued, and how much of it was paid in per cent; the last one stays a draft.
FATES = ((48, 100), (40, 100), (34, 0), (26, 40), (12, 0), (5, 0), (1, None))


def plan(history: History, desks: dict[str, Desk]) -> None:
    """The seller's data seven weeks ago, then an invoice every week; the first customer's are read in its portal."""
    for slug in SELLERS:
        desk = desks[slug]
        history.at(history.now - timedelta(days=50), slug, partial(_found, desk))
        for place, (days, percent) in enumerate(FATES):
            history.at(history.now - timedelta(days=days), slug, partial(_bill, desk, place, percent))


def _found(desk: Desk) -> None:
    by = desk.history.manager(desk.slug)
    billing_settings.settle(SELLERS[desk.slug], version=billing_settings.of_tenant().version, by=by)


def _customer(desk: Desk, place: int, by: Actor) -> Company:
    reader = customers.first_people(desk)[0]
    rows = Company.objects.filter(kind="customer", is_active=True).exclude(pk=reader.company_id).order_by("pk")
    others = list(rows[:2])
    company: Company = reader.company if place % 2 == 0 else others[place // 2 % len(others)]
    if billing_settings.profile_of(company).pk is None:
        street, code, city = STREETS[desk.slug]
        to = reader.email if company == reader.company else company.email
        values = {"street": street, "postal_code": code, "city": city, "email": to}
        billing_settings.agree(company, values | {"country": SELLERS[desk.slug]["vat_id"][:2]}, by=by)
    return company


def _bill(desk: Desk, place: int, percent: int | None) -> None:
    by = desk.history.manager(desk.slug)
    company, today = _customer(desk, place, by), timezone.localdate()
    items = []
    for line, name in enumerate(WORK[desk.slug][: 1 + place % 3]):
        count, price = Decimal(1 + (place + line) % 4), Decimal(("96.00", "120.00", "289.00")[line])
        item = BillingItem.objects.create(
            company=company, source="charge" if line == 2 else "time", name=name, quantity=count, unit_price=price,
            unit="" if line == 2 else "h", unit_code="C62" if line == 2 else "HUR", amount=count * price,
            worked_on=today - timedelta(days=3 + line), currency=desk.firm.currency,
        )  # fmt: skip
        item.post(timezone.now())
        item.save()
        items.append(item.pk)
    row = drafts.draw(company, desk.firm.currency, items, by=by)
    if percent is None:
        return
    issuing.issue(row, version=row.version, by=by, is_mailed=False)
    if percent:
        found = Invoice.objects.get(pk=row.pk)
        amount = (found.due * percent / 100).quantize(Decimal("0.01"))
        payments.pay(found, amount, today, by=by)
