"""Invoices of single jobs: paid, open, overdue, and a draft; on paper and as files for the customers' books."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial

from django.utils import timezone

from billing.models import BillingItem, Invoice
from billing.services import drafts, issuing, payments
from demo import customers
from demo.desk import Desk
from demo.history import History
from psa.directory.models import Company

# Besides the company whose people read theirs in the portal, who has every other one.
CUSTOMERS = {
    "nordlicht": ("Gymnasium Blankenese-West", "Spedition Lüders AG", "Elbtischlerei Kröger"),
    "baltic": ("Rīgas Jūras vidusskola", "AS Liepkalns Koks", "SIA Amber Tekstils"),
    "atlas": ("St Oswin's School", "Kingsley Freight Ltd", "Tideway Foods"),
}
HOUR, PIECE = 0, 1
UNITS = {"de": ("Std.", "Stück"), "lv": ("st.", "gab."), "en": ("h", "pcs")}
WORK = {
    "de": (
        "Netzwerk im Büro vermessen", "Server gewartet, Protokolle geprüft", "Arbeitsplätze eingerichtet",
        "Firewall umgestellt", "Mitarbeitende eingewiesen", "Switch 24 Ports", "Monitor 27 Zoll", "USV 1500 VA",
    ),
    "lv": (
        "Biroja tīkla mērījumi", "Servera apkope un žurnālu pārbaude", "Darba vietu iekārtošana",
        "Ugunsmūra pārkārtošana", "Darbinieku apmācība", "Komutators ar 24 portiem", "Monitors, 27 collas",
        "UPS 1500 VA",
    ),
    "en": (
        "Office network surveyed", "Server maintained, logs checked", "Workplaces set up", "Firewall moved",
        "Staff instructed", "Switch, 24 ports", "Monitor, 27 inch", "UPS 1500 VA",
    ),
}  # fmt: skip
# What each kind of work costs by the hour, and each thing.
PRICES = ("96.00", "120.00", "96.00", "120.00", "85.00", "289.00", "249.00", "419.00")
FIRST_THING = 5
# How many days ago it was issued, how much of it was paid in per cent (None: it stays a draft), what is on it (which
# work, how much).
FATES: tuple[tuple[int, int | None, Sequence[tuple[int, str]]], ...] = (
    (48, 100, ((0, "2.50"),)),
    (40, 100, ((1, "3"), (4, "1.50"))),
    (34, 0, ((3, "4"), (5, "2"), (0, "1.25"))),
    (26, 40, ((2, "5"), (6, "2"))),
    (12, 0, ((1, "2"), (7, "1"))),
    (5, 0, ((4, "3"),)),
    (1, None, ((2, "2.25"), (6, "1"))),
)


def plan(history: History, desks: dict[str, Desk]) -> None:
    """An invoice every week; the first customer's are read in its portal."""
    for slug in CUSTOMERS:
        for place, (days, *_rest) in enumerate(FATES):
            history.at(history.now - timedelta(days=days), slug, partial(_bill, desks[slug], place))


def _customer(desk: Desk, place: int) -> Company:
    if place % 2 == 0:
        reader: Company = customers.first_people(desk)[0].company
        return reader
    return desk.customer(CUSTOMERS[desk.slug][place // 2])


def _bill(desk: Desk, place: int) -> None:
    _days, percent, wanted = FATES[place]
    by, company, today = desk.history.manager(desk.slug), _customer(desk, place), timezone.localdate()
    items = [_item(desk, company, line, which, Decimal(count)) for line, (which, count) in enumerate(wanted)]
    row = drafts.draw(company, desk.firm.currency, items, by=by)
    if percent is None:
        return
    issuing.issue(row, version=row.version, by=by, is_mailed=False)
    if percent:
        found = Invoice.objects.get(pk=row.pk)
        amount = (found.due * percent / 100).quantize(Decimal("0.01"))
        payments.pay(found, amount, today, by=by)


def _item(desk: Desk, company: Company, line: int, which: int, count: Decimal) -> int:
    """Work of some days before that is posted, as its number."""
    language, is_thing, price = desk.firm.language, which >= FIRST_THING, Decimal(PRICES[which])
    item = BillingItem.objects.create(
        company=company, source="charge" if is_thing else "time", name=WORK[language][which], quantity=count,
        unit_price=price, unit=UNITS[language][PIECE if is_thing else HOUR], unit_code="C62" if is_thing else "HUR",
        amount=(count * price).quantize(Decimal("0.01")), worked_on=timezone.localdate() - timedelta(days=3 + line),
        currency=desk.firm.currency,
    )  # fmt: skip
    item.post(timezone.now())
    item.save()
    made: int = item.pk
    return made
