"""Visits and licences: last week's, today's and next week's, one planned too late, some without their delivery note;
licences in each state, and what is installed and not billed by age."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils import timezone

from billing.models import Article, ContractLine
from billing.models.articles import ArticleKind
from billing.services import licences
from billing.services.licences import Position, Report
from demo.desk import Desk
from demo.history import History
from psa.directory.models import Contract
from psa.tenancy.actor import Actor
from tickets import services
from tickets.models import Appointment, AppointmentStatus, Ticket
from tickets.services import appointments

# Per desk: who goes (the first plans), and who sells.
CAST = {"nordlicht": (("Ada", "Lena"), "Katrin"), "baltic": (("Ilze", "Mārtiņš"), "Raivis")}
# Days from today (working days are not counted), the hour, how long in hours, what becomes of it.
PLAN = (
    (-6, 9, 3, "done"),
    (-4, 13, 2, "done"),
    (-2, 10, 2, "cancelled"),
    (0, 9, 2, "today"),
    (0, 14, 2, "planned"),
    (1, 8, 4, "late"),
    (2, 10, 2, "planned"),
    (5, 9, 6, "planned"),
    (7, 13, 3, "planned"),
)  # fmt: skip
WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "de": {
        "titles": (
            "Switch im Serverraum tauschen", "Neue Arbeitsplätze aufbauen", "Drucker im Lager prüfen",
            "Firewall in Betrieb nehmen", "WLAN ausmessen", "Server in den neuen Schrank setzen",
            "USV-Batterien wechseln", "Telefone am Empfang tauschen", "Notebooks übergeben",
        ),
        "material": ("1 Switch 24 Ports, 4 Patchkabel 2 m",),
        "late": ("Der Server ist heute ausgefallen, der Kunde kann nicht warten.",),
        "without": ("Es wird nichts geliefert, nur gemessen.",),
        "products": ("Microsoft 365 Business Premium", "Endpoint Security", "Backup je Server", "Kennworttresor"),
        "question": ("Welche Edition, und ab welchem Monat?",),
        "devices": ("NB-0117", "SRV-FILE-01", "m.voss", "NB-0121"),
    },
    "lv": {
        "titles": (
            "Komutatora maiņa serveru telpā", "Jaunu darba vietu iekārtošana", "Printera pārbaude noliktavā",
            "Ugunsmūra ieviešana", "Wi-Fi mērījumi", "Servera pārvietošana uz jauno skapi",
            "UPS bateriju maiņa", "Telefonu maiņa reģistratūrā", "Klēpjdatoru nodošana",
        ),
        "material": ("1 komutators ar 24 portiem, 4 kabeļi pa 2 m",),
        "late": ("Serveris šodien pārstāja darboties, klients nevar gaidīt.",),
        "without": ("Nekas netiek piegādāts, tikai mērījumi.",),
        "products": ("Microsoft 365 Business Premium", "Endpoint Security", "Servera rezerves kopijas", "Paroļu seifs"),
        "question": ("Kura versija, un no kura mēneša?",),
        "devices": ("NB-0117", "SRV-FILE-01", "a.liepa", "NB-0121"),
    },
}  # fmt: skip
# How many days ago, how many, what it is, and what became of it.
LICENCES: tuple[tuple[int, int, str, str], ...] = (
    (48, 5, "new", "accepted"),
    (40, 2, "new", "reported"),
    (19, 3, "extension", "reported"),
    (6, 1, "new", "returned"),
    (2, 4, "new", "reported"),
)


def plan(history: History, desks: dict[str, Desk]) -> None:
    """Each was planned some days before it takes place; what is over ended when it was."""
    for slug in CAST:
        desk = desks[slug]
        for place, (days, hour, length, fate) in enumerate(PLAN):
            day = (history.now + timedelta(days=days)).astimezone(desk.zone).date()
            starts = datetime.combine(day, time(hour), desk.zone)
            planned = min(starts - timedelta(days=5), history.now - timedelta(days=1, hours=place))
            planned = history.now - timedelta(hours=2) if fate == "late" else planned
            history.at(planned, slug, partial(_plan, desk, place, starts, length, fate))
        for place, (days, count, change, fate) in enumerate(LICENCES):
            when = history.now - timedelta(days=days, hours=1)
            history.at(when, slug, partial(_report, desk, place, count, change, fate))


def _words(desk: Desk, name: str, place: int = 0) -> str:
    found = WORDS[desk.firm.language][name]
    return found[place % len(found)]


def _ticket(desk: Desk, place: int, title: str) -> tuple[Ticket, Actor]:
    """A ticket of its own, so that no other part of the demo is in the way."""
    names, _seller = CAST[desk.slug]
    by = desk.history.actor(desk.slug, names[0])
    known = [name for name in desk.customers if desk.people.get(name) and Contract.objects.filter(company__name=name)]
    company = desk.customers[known[place % len(known)]]
    contact = desk.people[company.name][0]
    fields = {"title": title, "category": desk.categories["network"], "contact": contact}
    location = desk.places[company.name][0]
    return services.accept(services.create(by=by, company=company, location=location, **fields), by=by), by


def _plan(desk: Desk, place: int, starts: datetime, length: int, fate: str) -> None:
    ticket, by = _ticket(desk, place, _words(desk, "titles", place))
    names, _seller = CAST[desk.slug]
    going = [desk.history.member(desk.slug, name) for name in (names if place % 3 == 1 else names[:1])]
    made = appointments.plan(
        ticket,
        people=going,
        starts_at=starts,
        ends_at=starts + timedelta(hours=length),
        location=ticket.location,
        contact=ticket.contact,
        material=_words(desk, "material") if place % 2 == 0 else "",
        late_reason=_words(desk, "late") if starts - timezone.now() < timedelta(days=4) else "",
        by=by,
    )
    if fate in {"done", "today"}:
        desk.history.at(starts, desk.slug, partial(_visit, desk, made.pk, by, starts + timedelta(hours=length)))
    elif fate == "cancelled":
        desk.history.at(starts - timedelta(days=1), desk.slug, partial(_cancel, made.pk, by))


def _visit(desk: Desk, pk: int, by: Actor, ends: datetime) -> None:
    row = Appointment.objects.select_related("ticket").get(pk=pk)
    appointments.start(row, by=by, reason=_words(desk, "without"))
    if ends < desk.history.now:
        desk.history.at(ends, desk.slug, partial(_finish, pk, by))


def _finish(pk: int, by: Actor) -> None:
    row = Appointment.objects.select_related("ticket").get(pk=pk)
    if row.status == AppointmentStatus.STARTED:
        appointments.finish(row, by=by)


def _cancel(pk: int, by: Actor) -> None:
    appointments.cancel(Appointment.objects.select_related("ticket").get(pk=pk), by=by)


def _report(desk: Desk, place: int, count: int, change: str, fate: str) -> None:
    product = _words(desk, "products", place)
    ticket, by = _ticket(desk, place, product)
    seller = desk.history.actor(desk.slug, CAST[desk.slug][1])
    contract = Contract.objects.filter(company=ticket.company_id).order_by("pk").first()
    assert contract is not None  # chosen for it
    replaces = _position(contract, product) if change == "extension" else None
    said = Report(
        product=product,
        quantity=count,
        installed_on=timezone.localdate(),
        change=change,
        article=_article(desk, place, product),
        replaces=replaces,
        device=_words(desk, "devices", place),
    )
    row = licences.report(ticket, said, by=by)
    if fate == "accepted":
        position: dict[str, Any] = {"unit_price": Decimal("20.60"), "months": 1}
        licences.accept(row, Position(contract, _first_of_next_month(), **position), by=seller)
    elif fate == "returned":
        licences.give_back(row, _words(desk, "question"), by=seller)


def _article(desk: Desk, place: int, product: str) -> Article:
    number = f"LIC-{place + 1:03d}"
    fields = {"name": product, "kind": ArticleKind.LICENCE, "price": Decimal(4 + 8 * place)}
    found: Article = Article.objects.get_or_create(number=number, defaults=fields)[0]
    return found


def _position(contract: Contract, product: str) -> ContractLine:
    first = date(timezone.localdate().year, 1, 1)
    found: ContractLine = ContractLine.objects.create(
        contract=contract,
        name=product,
        quantity=Decimal(10),
        unit_price=Decimal(12),
        starts_on=first,
        next_on=_first_of_next_month(),
    )
    return found


def _first_of_next_month() -> date:
    day = timezone.localdate().replace(day=1) + timedelta(days=32)
    return day.replace(day=1)
