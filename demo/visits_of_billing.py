"""Visits and licences: last week's, today's and next week's, one planned too late, some without their delivery note;
licences in each state, and what is installed and not billed by age."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils import timezone

from billing.models import Article, ContractLine
from billing.services import licences
from billing.services.licences import Position, Report
from demo.desk import Desk
from demo.history import History
from psa.directory.contracts import in_force
from psa.directory.models import CompanyKind, Contract
from psa.tenancy.actor import Actor
from tickets import services
from tickets.models import Appointment, AppointmentStatus, Ticket
from tickets.services import appointments

# Per desk: who goes (the first plans), and who sells.
CAST = {"nordlicht": (("Ada", "Lena"), "Katrin"), "baltic": (("Ilze", "Mārtiņš"), "Raivis")}
# Days from today (what falls on a weekend is put on the working day beside it), the hour, how long in hours, what
# becomes of it.
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
FRIDAY = 4
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
        "question": ("Für wie viele Personen, und ab welchem Monat?",),
        "devices": ("m.voss", "NB-0117", "SRV-FILE-01", "NB-0121", "info@"),
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
        "question": ("Cik cilvēkiem, un no kura mēneša?",),
        "devices": ("a.liepa", "NB-0117", "SRV-FILE-01", "NB-0121", "info@"),
    },
}  # fmt: skip
# How many days ago, which article, how many, what it is, and what became of it.
LICENCES: tuple[tuple[int, str, int, str, str], ...] = (
    (48, "30100", 5, "new", "accepted"),
    (40, "30200", 12, "new", "reported"),
    (19, "30300", 1, "extension", "reported"),
    (6, "30400", 6, "new", "returned"),
    (2, "30500", 4, "new", "reported"),
)


def plan(history: History, desks: dict[str, Desk]) -> None:
    """Each was planned some days before it takes place; what is over ended when it was."""
    for slug in CAST:
        desk = desks[slug]
        for place, (days, hour, length, fate) in enumerate(PLAN):
            day = _on_a_working_day((history.now + timedelta(days=days)).astimezone(desk.zone).date(), days)
            starts = datetime.combine(day, time(hour), desk.zone)
            planned = min(starts - timedelta(days=5), history.now - timedelta(days=1, hours=place))
            planned = history.now - timedelta(hours=2) if fate == "late" else planned
            history.at(planned, slug, partial(_plan, desk, place, starts, length, fate))
        for place, (days, *_rest) in enumerate(LICENCES):
            when = history.now - timedelta(days=days, hours=1)
            history.at(when, slug, partial(_report, desk, place))


def _on_a_working_day(day: date, days: int) -> date:
    """That day, or the nearest one that is no weekend; what takes place today stays today."""
    if not days or day.weekday() <= FRIDAY:
        return day
    return day + timedelta(days=7 - day.weekday()) if days > 0 else day - timedelta(days=day.weekday() - FRIDAY)


def _words(desk: Desk, name: str, place: int = 0) -> str:
    found = WORDS[desk.firm.language][name]
    return found[place % len(found)]


def _ticket(desk: Desk, place: int, title: str) -> tuple[Ticket, Actor]:
    """A ticket of its own, so that no other part of the demo is in the way."""
    names, _seller = CAST[desk.slug]
    by = desk.history.actor(desk.slug, names[0])
    known = [one for name, one in desk.customers.items() if desk.people.get(name) and one.kind == CompanyKind.CUSTOMER]
    company = known[place % len(known)]
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
    if fate in {"done", "today"} and starts < desk.history.now:
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


def _report(desk: Desk, place: int) -> None:
    _days, number, count, change, fate = LICENCES[place]
    article = Article.objects.get(number=number)
    ticket, by = _ticket(desk, place, article.name)
    seller = desk.history.actor(desk.slug, CAST[desk.slug][1])
    contract = in_force(ticket.company_id, timezone.localdate())
    assert contract is not None  # chosen for it
    said = Report(
        product=article.name,
        quantity=count,
        installed_on=timezone.localdate(),
        change=change,
        article=article,
        replaces=_position(contract, article) if change == "extension" else None,
        device=_words(desk, "devices", place),
    )
    row = licences.report(ticket, said, by=by)
    if fate == "accepted":
        position: dict[str, Any] = {"unit_price": article.price, "months": 1}
        licences.accept(row, Position(contract, _first_of_next_month(), **position), by=seller)
    elif fate == "returned":
        licences.give_back(row, _words(desk, "question"), by=seller)


def _position(contract: Contract, article: Article) -> ContractLine:
    """What the customer has of it already."""
    found: ContractLine = ContractLine.objects.create(
        contract=contract,
        article=article,
        name=article.name,
        quantity=Decimal(2),
        unit_price=article.price,
        starts_on=date(timezone.localdate().year, 1, 1),
        next_on=_first_of_next_month(),
    )
    return found


def _first_of_next_month() -> date:
    day = timezone.localdate().replace(day=1) + timedelta(days=32)
    return day.replace(day=1)
