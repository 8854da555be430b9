"""Contracts that are not paid by the hour: hours bought ahead and drawn on, a fixed price, a monthly position with two
runs; each with its invoice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial

from django.utils import timezone

from billing.models import Article, BillingItem, Invoice
from billing.services import approving, contracts, drafts, issuing, payments, posting, recurring
from demo.desk import Desk
from demo.history import History
from psa.directory import services as book
from psa.directory.models import Contract, ContractKind
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets.models import TimeEntry

AGREED, FIRST_BILL, FIXED_BILL = timedelta(days=72), timedelta(days=23), timedelta(days=9)


@dataclass(frozen=True, slots=True)
class Bought:
    """One house's three contracts: customer and name of each, and what they cost in its currency."""

    block: tuple[str, str]
    hours: int
    hours_cost: str
    rate: str
    fixed: tuple[str, str]
    fixed_price: str
    monthly: tuple[str, str]
    # Name, how many, price each a month, number of its article.
    lines: Sequence[tuple[str, int, str, str]]


BOUGHT = {
    "nordlicht": Bought(
        ("Steuerkanzlei Möller", "Stundenkontingent 10 Stunden"), 10, "880.00", "98",
        ("Museum der Seefahrt", "Medienstationen im Neubau"), "6400.00",
        ("Zahnarztpraxis Dr. Sievers", "Rundum-Betreuung Praxis"),
        (
            ("Microsoft 365 Business Premium", 8, "20.60", "30100"),
            ("Virenschutz je Gerät", 9, "4.20", "30200"),
            ("Überwachung des Servers", 1, "39.00", ""),
        ),
    ),
    "baltic": Bought(
        ("AS Liepkalns Koks", "10 stundu pakete"), 10, "410.00", "45",
        ("SIA Kurzemes Piens", "Pienotavas tīkla atjaunošana"), "3200.00",
        ("Viesnīca Vecpilsētas Nams", "Viesnīcas ikmēneša uzturēšana"),
        (
            ("Microsoft 365 Business Premium", 12, "20.60", "30100"),
            ("Pretvīrusu aizsardzība ierīcei", 14, "4.20", "30200"),
            ("Servera uzraudzība", 1, "29.00", ""),
        ),
    ),
    "atlas": Bought(
        ("Harrow & Finch", "Block of 10 hours"), 10, "950.00", "105",
        ("Meridian Architects", "Hamburg office move"), "7200.00",
        ("Brightwater Dental", "Managed practice"),
        (
            ("Microsoft 365 Business Premium", 7, "18.10", "30100"),
            ("Antivirus, each device", 9, "3.60", "30200"),
            ("Server monitoring", 1, "35.00", ""),
        ),
    ),
}  # fmt: skip


def plan(history: History, desks: dict[str, Desk]) -> None:
    """Agreed ten weeks ago; the hours billed three weeks ago, the fixed price last week, the months on their first."""
    for slug in BOUGHT:
        desk = desks[slug]
        for ago, deed in ((AGREED, _agree), (FIRST_BILL, _bill_block), (FIXED_BILL, _bill_fixed)):
            history.at(history.now - ago, slug, partial(deed, desk))
        for place, first in enumerate(firsts(history.now.astimezone(desk.zone).date())):
            moment = datetime.combine(first, time(8, 10), desk.zone)
            run = partial(_run, desk, first, is_paid=place == 0)
            history.at(min(moment, history.now - timedelta(hours=1)), slug, run)


def firsts(today: date) -> tuple[date, date]:
    """The first days of the last month and of this one."""
    this = today.replace(day=1)
    return (this - timedelta(days=1)).replace(day=1), this


def _agree(desk: Desk) -> None:
    by, bought, today = desk.history.manager(desk.slug), BOUGHT[desk.slug], timezone.localdate()
    block = _contract(desk, bought.block, ContractKind.BLOCK, today, by)
    book.add_rate(block, by=by, amount=Decimal(bought.rate))
    _contract(desk, bought.fixed, ContractKind.FIXED, today, by, fixed_price=Decimal(bought.fixed_price))
    monthly = _contract(desk, bought.monthly, ContractKind.RECURRING, today, by)
    begins = firsts(desk.history.now.astimezone(desk.zone).date())[0]
    for name, count, price, number in bought.lines:
        article = Article.objects.filter(number=number).first()
        contracts.add_line(
            monthly, by=by, name=name, quantity=Decimal(count), unit=article.unit if article else "",
            unit_price=Decimal(price), starts_on=begins, article=article,
        )  # fmt: skip
    contracts.add_block(
        block, by=by, name=bought.block[1], minutes=bought.hours * 60, price=Decimal(bought.hours_cost), bought_on=today
    )


def _contract(
    desk: Desk, named: tuple[str, str], kind: str, today: date, by: Actor, fixed_price: Decimal | None = None
) -> Contract:
    customer, name = named
    fields = {"name": name, "kind": kind, "currency": desk.firm.currency, "starts_on": today}
    return book.add_contract(desk.customer(customer), by=by, fixed_price=fixed_price, **fields)


def _bill_block(desk: Desk) -> None:
    """The hours that were bought, and on the same invoice what was drawn from them since."""
    by, contract = desk.history.manager(desk.slug), _of(desk, BOUGHT[desk.slug].block)
    rows = TimeEntry.objects.filter(contract=contract, is_billable=True, removed_at=None, received_at=None)
    for entry in rows.filter(ticket__is_open=False).order_by("worked_on", "pk"):
        try:
            approving.approve(entry, by=by)
        except Refused:
            continue  # what something stands against waits on its list, as in any firm
    _paid(_billed(contract, by), by, desk)


def _bill_fixed(desk: Desk) -> None:
    by, contract = desk.history.manager(desk.slug), _of(desk, BOUGHT[desk.slug].fixed)
    contracts.bill_fixed_price(contract, by=by)
    _billed(contract, by)


def _run(desk: Desk, first: date, *, is_paid: bool) -> None:
    """What is due on the first of a month, issued as it was drawn."""
    by, contract = desk.history.manager(desk.slug), _of(desk, BOUGHT[desk.slug].monthly)
    for row in recurring.bill(contract.company, first, by=by):
        made = issuing.issue(row, version=row.version, by=by, is_mailed=False)
        if is_paid:
            _paid(made, by, desk)


def _of(desk: Desk, named: tuple[str, str]) -> Contract:
    rows = Contract.objects.select_related("company")
    found: Contract = rows.get(company=desk.customer(named[0]), name=named[1])
    return found


def _billed(contract: Contract, by: Actor) -> Invoice:
    """All that is approved under the contract, posted and on one invoice."""
    approved: Iterable[BillingItem] = BillingItem.objects.filter(contract=contract, status="approved")
    made = posting.post(approved, by=by)
    row = drafts.draw(contract.company, contract.currency, [one.pk for one in made], by=by)
    return issuing.issue(row, version=row.version, by=by, is_mailed=False)


def _paid(row: Invoice, by: Actor, desk: Desk) -> None:
    """The customer pays ten days later."""
    desk.history.at(timezone.now() + timedelta(days=10), desk.slug, partial(_pay, row.pk, by))


def _pay(pk: int, by: Actor) -> None:
    row = Invoice.objects.get(pk=pk)
    payments.pay(row, row.due, timezone.localdate(), by=by)
