"""What is billed: what contracts bring beyond their hours; time that was approved, posted, sent back and taken back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial

from django.utils import timezone

from billing.models import BillingItem
from billing.services import approving, contracts, posting
from demo.desk import Desk, add
from demo.history import History
from psa.directory.models import Contract
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets.models import Audience, Charge, Source, Status, Ticket, TimeEntry

BILLERS = {"nordlicht": "Caro", "baltic": "Inese", "atlas": "Hannah"}
WORDS = {
    "de": (
        "Nachtzuschlag", "Sonntag und Feiertag", "Monitoring je Server",
        "Welche Station war es?", "Kulanz: nur eine halbe Stunde.", "Fehler gesucht und eingegrenzt.",
    ),
    "lv": (
        "Nakts piemaksa", "Svētdienas un svētku dienas", "Serveru uzraudzība",
        "Kura darbstacija tā bija?", "Pretimnākšana: tikai pusstunda.", "Meklēta un sašaurināta kļūda.",
    ),
    "en": (
        "Night", "Sundays and holidays", "Monitoring, each server",
        "Which workstation was it?", "Goodwill: half an hour only.", "Looked for the fault and narrowed it down.",
    ),
}  # fmt: skip
APPROVED, POSTED, RETURNED = 18, 10, 2
OLD = timedelta(days=9)


def plan(history: History, desks: dict[str, Desk]) -> None:
    """Contracts first; what was worked over a week ago is decided on last of all."""
    for slug, name in BILLERS.items():
        history.at(history.now - timedelta(days=60), slug, partial(_agree, desks[slug], name))
        history.at(history.now - timedelta(days=3, hours=1), slug, partial(_work_uncovered, desks[slug]))
        history.at(history.now - timedelta(minutes=2), slug, partial(_decide, desks[slug], name))


def _agree(desk: Desk, name: str) -> None:
    """The first customers' contracts: surcharges, and a position that is due for the first time this month."""
    by, words = desk.history.actor(desk.slug, name), WORDS[desk.firm.language]
    first = desk.history.now.astimezone(desk.zone).date().replace(day=1)
    for place, contract in enumerate(Contract.objects.order_by("pk")[:3]):
        contracts.add_surcharge(contract, by=by, name=words[0], percent=Decimal(25), starts=22 * 60, ends=30 * 60)
        contracts.add_surcharge(
            contract, by=by, name=words[1], percent=Decimal(50), weekdays=[6], on_holidays=True, starts=0, ends=24 * 60
        )
        if place == 0:
            line = {"name": words[2], "quantity": Decimal(4), "unit_price": Decimal("29.00"), "starts_on": first}
            contracts.add_line(contract, by=by, **line)


def _work_uncovered(desk: Desk) -> None:
    """Work that nobody has put under a contract yet, with who should have."""
    own = Ticket.objects.filter(status=Status.IN_PROGRESS, assignee__isnull=False).exclude(source=Source.INSOURCED)
    for ticket, minutes in zip(own.select_related("assignee").order_by("pk"), (35, 80), strict=False):
        by = desk.history.actor(desk.slug, ticket.assignee.name)
        facts = {"minutes": minutes, "worked_on": timezone.localdate(), "text": WORDS[desk.firm.language][5]}
        add(ticket, "timeentry", Audience.INTERNAL, by, contract=None, **facts)


def _decide(desk: Desk, name: str) -> None:
    by, words = desk.history.actor(desk.slug, name), WORDS[desk.firm.language]
    day = (desk.history.now - OLD).date()
    rows = TimeEntry.objects.filter(removed_at=None, is_billable=True, received_at=None, worked_on__lt=day)
    own = rows.exclude(ticket__source=Source.INSOURCED).exclude(ticket__deleted_at__isnull=False)
    own = own.exclude(pk__in=BillingItem.objects.exclude(entry=None).values("entry"))
    found = list(own.select_related("ticket__tenant").order_by("worked_on", "pk")[:APPROVED])
    made = [item for entry in found if (item := _approve(entry, by))]
    for charge in Charge.objects.filter(removed_at=None, is_billable=True, received_at=None).order_by("pk")[:3]:
        _approve(charge, by)
    posting.post(made[:POSTED], by=by)
    for item in made[POSTED : POSTED + RETURNED]:
        if item.entry is not None:
            approving.give_back(item.entry, words[3], by=by)
    wrong = next((item for item in made[:POSTED] if item.amount), None)
    if wrong is not None:
        instead = posting.Instead(Decimal("0.5"), wrong.unit_price, wrong.text)
        posting.correct(wrong, instead, words[4], by=by)


def _approve(thing: TimeEntry | Charge, by: Actor) -> BillingItem | None:
    """What something stands against stays on its list, as in any firm."""
    try:
        return approving.approve(thing, by=by)
    except Refused:
        return None
