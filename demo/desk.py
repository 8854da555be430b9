"""A company's own tickets: who asked, who worked on it, and how far each is today."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from demo.cases import Case, cases
from demo.firm import Customer, Firm
from demo.history import History
from demo.papers import paper
from psa.directory import services as book
from psa.directory.models import Company, CompanyKind, Contact, Location, WorkType
from psa.tenancy.actor import Actor
from tickets import services
from tickets.models import Audience, Category, Queue, QueueMember, Ticket
from tickets.readers import Reader
from tickets.words import fold

PRIORITIES = {"critical": 1, "high": 2, "normal": 3, "low": 4}
DUE_AFTER = {1: timedelta(hours=4), 2: timedelta(days=1), 3: timedelta(days=3), 4: timedelta(days=7)}
# How far the tickets are today, in per cent of all; the rest is closed.
SHARES = (("new", 7), ("open", 9), ("in_progress", 13), ("waiting", 8), ("reopened", 5))
OPENS, SHUTS = time(8, 0), time(17, 30)
PHONES = {"DE": "+49 40 5551", "AT": "+43 1 5552", "LV": "+371 6700", "GB": "+44 20 7946"}
PRINTERS = ("MFP M428", "C5250i", "HL-6400", "B405", "ES5473")
SERVERS = ("SRV-FILE-01", "SRV-APP-02", "SRV-ERP", "SRV-DC-01", "SRV-RDS-03")
COUNTRIES = {"Rīga": "LV", "London": "GB", "Hamburg": "DE", "Wien": "AT", "Bergen": "NO", "Mannheim": "DE"}
# The place of the work type for calls in every firm's list.
PHONE = 2
# What a line of work begins with, and the place of its work type in the firm's list.
WORK = (
    (re.compile(r"(Vor Ort|Uz vietas|On site)", re.I), 1),
    (re.compile(r"(am Telefon|pa tālruni|On the phone)", re.I), PHONE),
)


@dataclass(slots=True)
class Desk:
    """One company's desk as the demo knows it."""

    firm: Firm
    history: History
    queues: dict[str, Queue] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)
    work_types: list[WorkType] = field(default_factory=list)
    customers: dict[str, Company] = field(default_factory=dict)
    places: dict[str, list[Location]] = field(default_factory=dict)
    people: dict[str, list[Contact]] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        return self.firm.slug

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.firm.time_zone)

    def queue_of(self, category: str) -> str:
        """The queue a category's tickets land in."""
        return next(name for name, codes in self.firm.queues.items() if category in codes)

    def customer(self, begins: str) -> Company:
        """A company of the address book, by how its name begins."""
        return next(company for name, company in self.customers.items() if name.startswith(begins))

    def set_up(self) -> None:
        """Queues, categories, work types and the address book. In the tenant's scope."""
        firm = self.firm
        for place, (name, codes) in enumerate(firm.queues.items()):
            self.queues[name] = Queue.objects.create(name=name, is_default=place == 0, position=place)
            for code in codes:
                self.categories[code] = Category.objects.create(
                    name=firm.categories[code], position=len(self.categories)
                )
            for worker in firm.workers.get(name, ()):
                QueueMember.objects.create(queue=self.queues[name], member=self.history.member(self.slug, worker))
        for place, (name, is_billable) in enumerate(firm.work_types):
            fields = {"name": name, "is_billable": is_billable, "is_for_calls": place == PHONE, "position": place}
            self.work_types.append(WorkType.objects.create(**fields))
        for number, customer in enumerate(firm.customers, 1):
            self._enter(customer, CompanyKind.CUSTOMER, number)
        for number, partner in enumerate(firm.partners, 101):
            self._enter(partner, CompanyKind.PARTNER, number)

    def _enter(self, customer: Customer, kind: str, number: int) -> None:
        """A company with its places, people and contract, written down by the administrator."""
        by, phone = self.history.manager(self.slug), PHONES[self.firm.country]
        language = self.firm.language if kind == CompanyKind.CUSTOMER else ""
        company = book.add_company(
            by=by,
            name=customer.name,
            kind=kind,
            number=str(10000 + number),
            email=f"info@{customer.site}.example",
            phone=f"{phone} {number:02d}00",
            language=language,
        )
        self.customers[customer.name] = company
        self.places[customer.name] = []
        for place in customer.places:
            name, street, postal_code, city = place.split(" | ")
            where = {"name": name, "street": street, "postal_code": postal_code, "city": city}
            country = COUNTRIES.get(city, self.firm.country)
            self.places[customer.name].append(book.add_location(company, by=by, country=country, **where))
        self.people[customer.name] = []
        for person in customer.people:
            name, job, extension = person.split(" | ")
            contact = book.add_contact(
                company,
                by=by,
                location=self.places[customer.name][0],
                name=name,
                job_title=job,
                email=address_of(name, customer.site, full=kind == CompanyKind.CUSTOMER),
                phone=f"{phone} {number:02d}{extension}",
                language=language,
            )
            self.people[customer.name].append(contact)
        if customer.rate:
            self._agree(company, customer, by)

    def _agree(self, company: Company, customer: Customer, by: Actor) -> None:
        contract = book.add_contract(
            company,
            by=by,
            name=customer.contract or self.firm.contract,
            currency=self.firm.currency,
            starts_on=date(timezone.now().year - 1, 1, 1),
        )
        book.add_rate(contract, by=by, amount=customer.rate)
        book.add_rate(contract, by=by, work_type=self.work_types[1], amount=customer.rate + 12)


class Day:
    """Office hours, so that nobody logs time on a Sunday night."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone

    def later(self, moment: datetime, minutes: float) -> datetime:
        """So many minutes of office hours after `moment`."""
        here, left = self._opened(moment.astimezone(self.zone)), timedelta(minutes=minutes)
        while here + left > (shuts := here.replace(hour=SHUTS.hour, minute=SHUTS.minute)):
            left -= max(shuts - here, timedelta(0))
            here = self._opened((here + timedelta(days=1)).replace(hour=OPENS.hour, minute=OPENS.minute))
        return here + left

    def _opened(self, here: datetime) -> datetime:
        if here.time() >= SHUTS:
            here = (here + timedelta(days=1)).replace(hour=OPENS.hour, minute=OPENS.minute)
        if here.time() < OPENS:
            here = here.replace(hour=OPENS.hour, minute=OPENS.minute)
        return here + timedelta(days=max(0, 7 - here.weekday())) if here.weekday() > 4 else here


@dataclass(slots=True)
class Life:
    """One ticket from the first word to where it stands today."""

    desk: Desk
    case: Case
    customer: Customer
    until: str
    begins: datetime
    words: dict[str, str] = field(default_factory=dict)
    ticket: Any = None
    contact: Any = None
    location: Any = None
    assignee: Any = None
    is_asked: bool = False

    def plan(self) -> None:
        """Hang what happens into the history, each thing at a moment of its own."""
        desk, chance = self.desk, self.desk.history.chance
        self.contact = chance.choice(desk.people[self.customer.name])
        self.location = chance.choice(desk.places[self.customer.name])
        worker = chance.choice(desk.firm.workers[desk.queue_of(self.case.category)])
        self.assignee = desk.history.member(desk.slug, worker)
        short = "".join(char for char in self.customer.site.upper() if char.isalpha())[:3]
        self.words = {
            "person": self.contact.name,
            "place": self.location.name,
            "pc": f"{short}-NB-{chance.randint(3, 88):03d}",
            "printer": chance.choice(PRINTERS),
            "server": chance.choice(SERVERS),
        }
        due = self._due()
        deeds: list[Callable[[], None]] = [lambda: self.create(due)]
        deeds += [self._step(sign, text) for sign, text in self._path()]
        for moment, deed in zip(self._moments(len(deeds)), deeds, strict=True):
            desk.history.at(moment, desk.slug, deed)

    def _path(self) -> list[tuple[str, str]]:
        """The steps up to where the ticket stands today: accepted ("a"), started ("s"), and then as the case tells."""
        chance, steps = self.desk.history.chance, self.case.steps
        if self.until == "new":
            return []
        if self.until == "open":
            return [("a", ""), *[step for step in steps[:1] if step[0] == "*"]]
        told = [("a", ""), ("s", ""), *(step for step in steps if step[0] != "~")]
        if self.until == "closed":
            return told
        if self.until == "reopened":
            return [*told, next(step for step in steps if step[0] == "~")]
        asked = next((place for place, step in enumerate(told) if step[0] == "?"), None)
        if self.until == "waiting":
            assert asked is not None
            return told[: asked + 1]
        cut = chance.randint(2, max(2, len(told) - 1))
        return told[: cut + 1] if told[cut - 1][0] == "?" else told[:cut]

    def _moments(self, number: int) -> list[datetime]:
        """When each thing happens: within office hours, or squeezed between the beginning and now for what is fresh."""
        now, chance, day = self.desk.history.now, self.desk.history.chance, Day(self.desk.zone)
        hurry = 0.4 if self.case.priority in {"critical", "high"} else 1.0
        found = [self.begins]
        for _ in range(number - 1):
            found.append(
                day.later(found[-1], chance.choice((8, 25, 45, 90, 200, 420)) * hurry * chance.uniform(0.7, 1.3))
            )
        if found[-1] < now - timedelta(minutes=3):
            return found
        span = (now - timedelta(minutes=3) - self.begins) / max(1, number)
        return [self.begins + span * place for place in range(number)]

    def _due(self) -> datetime | None:
        now, chance = self.desk.history.now, self.desk.history.chance
        if self.until in {"closed", "new"}:
            due = self.begins + DUE_AFTER[PRIORITIES[self.case.priority]]
        elif (lot := chance.random()) < 0.17:
            due = now - timedelta(minutes=chance.randint(30, 3000))
        elif lot < 0.32:
            due = now + timedelta(minutes=chance.randint(30, 600))
        elif lot < 0.94:
            due = now + timedelta(minutes=chance.randint(700, 12000))
        else:
            return None
        return due.replace(minute=due.minute // 15 * 15, second=0, microsecond=0)

    # What happens. Each is called in the tenant's scope, at its moment.

    def create(self, due: datetime | None) -> None:
        desk = self.desk
        self.ticket = services.create(
            by=self._asker(),
            title=self._say(self.case.title)[:200],
            description=self._say(self.case.description),
            company=desk.customers[self.customer.name],
            contact=None if self.case.source == "monitoring" else self.contact,
            location=self.location,
            queue=desk.queues[desk.queue_of(self.case.category)],
            category=desk.categories[self.case.category],
            priority=PRIORITIES[self.case.priority],
            source=self.case.source,
            due_at=due,
            planned_minutes=desk.history.chance.choice((None, 30, 60, 60, 120)),
        )

    def _step(self, sign: str, text: str) -> Callable[[], None]:
        return lambda: self._happen(sign, self._say(text))

    def _happen(self, sign: str, text: str) -> None:
        by = self.desk.history.actor(self.desk.slug, self.assignee.name)
        match sign:
            case "a":
                services.accept(self.ticket, by=by, assignee=self.assignee)
            case "s":
                services.start(self.ticket, by=by)
            case "?":
                services.ask(self.ticket, text, by=by)
                self.is_asked = True
            case "<" if self.is_asked:
                services.answer(self.ticket, text, by=self._customer())
                self.is_asked = False
            case "<":
                add(self.ticket, "note", Audience.CUSTOMER, self._customer(), text=text)
            case "!":
                services.close(self.ticket, text, by=by)
            case "~":
                services.reopen(self.ticket, text, by=by)
            case _:
                write(self.desk, self.ticket, sign, text, by, Audience.CUSTOMER if sign == ">" else Audience.INTERNAL)

    def _asker(self) -> Actor:
        if self.case.source in {"email", "portal", "monitoring"}:
            name = self.contact.name if self.case.source != "monitoring" else "Monitoring"
            return Actor.system("mail" if self.case.source == "email" else self.case.source, name)
        return self.desk.history.actor(self.desk.slug, self.assignee.name)

    def _customer(self) -> Actor:
        return Actor.system("mail", self.contact.name)

    def _say(self, text: str) -> str:
        for name, value in self.words.items():
            text = text.replace("{" + name + "}", value)
        return text


def add(ticket: Ticket, kind: str, audience: Audience, by: Actor, handover: Any = None, **fields: Any) -> Any:
    """An item for an audience, as the form would put it there."""
    return services.items.add(ticket, kind, Reader(audience, "", handover), by=by, **fields)


def write(desk: Desk, ticket: Ticket, sign: str, text: str, by: Actor, audience: Audience, handover: Any = None) -> Any:
    """What the signs of the cases mean: a note, time with minutes/offset, a charge, a file."""
    first, _, rest = text.partition(" ")
    now = timezone.now()
    match sign:
        case "@":
            minutes, _, offset = first.partition("/")
            kind = _work_type(desk, rest)
            return add(
                ticket,
                "timeentry",
                audience,
                by,
                handover,
                worked_on=now.astimezone(desk.zone).date(),
                started_at=now - timedelta(minutes=int(minutes)),
                ended_at=now,
                minutes=int(minutes),
                offset_minutes=int(offset or 0),
                work_type=kind,
                is_billable=kind.is_billable,
                text=rest,
            )
        case "$":
            name, quantity, unit, price = (part.strip() for part in text.split("|"))
            return add(
                ticket,
                "charge",
                audience,
                by,
                handover,
                name=name,
                quantity=Decimal(quantity),
                unit=unit,
                unit_price=Decimal(price),
                currency=desk.firm.currency,
            )
        case "#":
            upload = paper(text, ticket.title, desk.history.chance)
            return services.files.attach(ticket, upload, Reader(audience, "", handover), by=by)
        case _:
            kind_of = "question" if sign == "?" else "note"
            return add(ticket, "note", audience, by, handover, text=text, kind_of=kind_of)


def plan_tickets(desk: Desk) -> None:
    """Every ticket of one company: its case, its customer, how old it is and how far."""
    chance, firm = desk.history.chance, desk.firm
    wanted = [until for until, share in SHARES for _ in range(round(firm.tickets * share / 100))]
    wanted += ["closed"] * (firm.tickets - len(wanted))
    chance.shuffle(wanted)
    pool: list[Case] = []
    customers = [customer for customer in firm.customers for _ in range(customer.weight)]
    for until in wanted:
        if len(pool) < 8:
            fresh = list(cases(firm.language))
            chance.shuffle(fresh)
            pool = [*pool, *fresh]
        case = next((one for one in pool if _fits(one, until)), None)
        if case is None:
            case = next(one for one in cases(firm.language) if _fits(one, until))
        else:
            pool.remove(case)
        Life(desk, case, chance.choice(customers), until, _begins(desk, until)).plan()


def _fits(case: Case, until: str) -> bool:
    needed = {"waiting": "?", "reopened": "~"}.get(until)
    return needed is None or any(sign == needed for sign, _ in case.steps)


def _begins(desk: Desk, until: str) -> datetime:
    """When it came in. What is new came in lately, what is closed lies between yesterday and the firm's first day."""
    now, chance = desk.history.now, desk.history.chance
    if until == "new":
        return now - timedelta(minutes=chance.choice((6, 14, 38, 75, 130, 260, 480, 900, 1600)) + chance.randint(0, 5))
    days = {
        "open": chance.uniform(0.3, 4),
        "in_progress": chance.uniform(0.5, 9),
        "waiting": chance.uniform(1, 14),
        "reopened": chance.uniform(8, 16),
    }.get(until, 2 + (desk.firm.days - 2) * chance.random() ** 1.3)
    moment = (now - timedelta(days=days)).astimezone(desk.zone)
    if days < 1.5:
        return moment
    opened = moment.replace(hour=8, minute=0, second=0) + timedelta(minutes=chance.triangular(0, 540, 120))
    return opened - timedelta(days=2) if opened.weekday() > 4 else opened


def _work_type(desk: Desk, text: str) -> WorkType:
    if desk.history.chance.random() < 0.06:
        return desk.work_types[-1]
    return desk.work_types[next((place for pattern, place in WORK if pattern.search(text)), 0)]


def address_of(name: str, site: str, full: bool) -> str:
    """first.last@…; partners sign in with the first name alone."""
    words = [word for word in fold(name).split() if not word.endswith(".")]
    return f"{words[0]}.{words[-1]}@{site}.example" if full else f"{words[0]}@{site}.example"
