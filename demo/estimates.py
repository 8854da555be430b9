"""A customer that decides before the work: its approvers, and an estimate in every state one can be in."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils import timezone

from demo.desk import Desk, add, address_of
from demo.history import History
from psa.directory import services as book
from psa.directory.models import Contact
from psa.tenancy.actor import Actor
from tickets import services
from tickets.models import Audience, Ticket
from workflows import working_days
from workflows.services import approvers, estimates, policy_rules
from workflows.services.estimates import Draft

LANGUAGES = ("de", "lv", "en")
# Per desk: who works on it, who manages, the customer, its domain, its people and the VAT.
CAST: dict[str, tuple[Any, ...]] = {
    "nordlicht": ("Ada", "Werft Wedel", "werft-wedel", ("Hanna Petersen", "Lars Lund", "Mia Voss"), 19),
    "baltic": ("Ilze", "SIA Kurzemes Kokapstrāde", "kurzemes-koks", ("Inga Ozola", "Mārtiņš Liepa", "Zane Kalna"), 21),
    "atlas": ("Tom", "Harbour & Finch Ltd", "harbourfinch", ("Helen Finch", "Liam Reed", "Mara Cole"), 20),
}
# Where it sits: street, postal code, city.
SEATS = {
    "nordlicht": ("Strandpromenade 4", "22880", "Wedel"),
    "baltic": ("Kokaudzētavas iela 9", "LV-3201", "Talsi"),
    "atlas": ("3 Quay Street", "PO1 3XX", "Portsmouth"),
}
JOBS = {
    "de": ("Geschäftsführung", "Leitung Technik", "Einkauf"),
    "lv": ("Valdes locekle", "Tehniskais vadītājs", "Iepirkumi"),
    "en": ("Managing director", "Head of engineering", "Purchasing"),
}
# What was asked for, what is proposed (minutes), how many days ago, and what becomes of it.
CASES = (
    (16, 600, "expired", ("Alte Telefonanlage ablösen", "Nomainīt telefonu centrāli", "Replace the phone system")),
    (13, 240, "accepted", ("WLAN in der Halle ausbauen", "Paplašināt Wi-Fi angārā", "Extend the wireless to the hall")),
    (9, 480, "declined", ("Drucker durch Miete ersetzen", "Printerus aizstāt ar nomu", "Rent printers")),
    (7, 180, "returned", ("Zweiter Standort per VPN", "Otra filiāle ar VPN", "Connect the second site by VPN")),
    (6, 300, "withdrawn", ("Kamera am Tor anbinden", "Pieslēgt kameru pie vārtiem", "Connect the camera at the gate")),
    (5, 360, "recorded", ("Server in neuen Schrank umziehen", "Pārvietot serveri uz jaunu skapi", "Move the server")),
    (3, 420, "revised", ("Datensicherung neu ordnen", "Pārkārtot rezerves kopijas", "Put the backups in order")),
    (1, 150, "sent", ("Neue Rechner für die Lehrlinge", "Jauni datori mācekļiem", "New computers for the apprentices")),
    (1, 60, "over", ("Zeichenprogramm stürzt ab", "Rasēšanas programma avarē", "The drawing program crashes")),
)  # fmt: skip
SAYS = {
    "text": (
        "Planung, Einrichtung und Test mit Ihnen zusammen. Material ist nicht enthalten.",
        "Plānošana, uzstādīšana un pārbaude kopā ar jums. Materiāli nav iekļauti.",
        "Planning, setting up and testing together with you. Material is not included.",
    ),
    "declined": ("In diesem Jahr nicht mehr.", "Šogad vairs ne.", "Not this year."),
    "returned": (
        "Geht es auch ohne Umbau am Wochenende?",
        "Vai var iztikt bez darbiem nedēļas nogalē?",
        "Can it be done without working on the weekend?",
    ),
    "withdrawn": ("Der Kunde macht das selbst.", "Klients to dara pats.", "The customer does it alone."),
    "recorded": (
        "Telefonat heute: einverstanden, bitte noch diese Woche beginnen.",
        "Zvans šodien: piekrīt, lūdz sākt vēl šonedēļ.",
        "On the phone today: agreed, please begin this week.",
    ),
    "worked": ("Protokolle geprüft, Treiber getauscht", "Pārbaudīti žurnāli, nomainīts draiveris", "Logs and driver"),
}


def plan(history: History, desks: dict[str, Desk]) -> None:
    """The customer three weeks ago, its requests one after the other."""
    for slug in CAST:
        desk = desks[slug]
        history.at(history.now - timedelta(days=21), slug, partial(_found, desk))
        for days, minutes, fate, titles in CASES:
            title = titles[LANGUAGES.index(desk.firm.language)]
            moment = _in_the_morning(history, desk, days)
            history.at(moment, slug, partial(_begin, desk, title, minutes, fate))
            history.at(moment + timedelta(minutes=40), slug, partial(_end, desk, title, fate))


def _in_the_morning(history: History, desk: Desk, days: int) -> Any:
    here = (history.now - timedelta(days=days)).astimezone(desk.zone)
    return min(here.replace(hour=9, minute=20), (history.now - timedelta(hours=2)).astimezone(desk.zone))


def _say(desk: Desk, name: str) -> str:
    return SAYS[name][LANGUAGES.index(desk.firm.language)]


def _found(desk: Desk) -> None:
    """The customer, its contract, two who decide and one who stands in."""
    _worker, name, site, people, _vat = CAST[desk.slug]
    by, language = desk.history.manager(desk.slug), desk.firm.language
    company = book.add_company(by=by, name=name, email=f"info@{site}.example", language=language)
    street, postal_code, city = SEATS[desk.slug]
    where = {"street": street, "postal_code": postal_code, "city": city, "country": desk.firm.country}
    desk.places[name] = [book.add_location(company, by=by, name=name, **where)]
    contract = book.add_contract(
        company, by=by, name=desk.firm.contract, currency=desk.firm.currency, starts_on=date(timezone.now().year, 1, 1)
    )
    book.add_rate(contract, by=by, amount=Decimal(96))
    found = [
        book.add_contact(
            company, by=by, name=one, job_title=job, email=address_of(one, site, full=False), language=language
        )
        for one, job in zip(people, JOBS[language], strict=True)
    ]
    boss = approvers.add(company, found[0], by=by, currency=desk.firm.currency)
    approvers.add(company, found[1], by=by, limit=Decimal(500), currency=desk.firm.currency)
    today = timezone.localdate()
    approvers.appoint(boss, found[2], today, today + timedelta(days=60), by=by)
    policy_rules.settle(company, {"asks_estimate": True, "threshold_minutes": 60}, by=by)
    desk.customers[name], desk.people[name] = company, found


def _begin(desk: Desk, title: str, minutes: int, fate: str) -> None:
    worker, name, _site, _people, vat = CAST[desk.slug]
    by, contact = desk.history.actor(desk.slug, worker), desk.people[name][2]
    fields = {"company": desk.customers[name], "contact": contact, "category": desk.categories["desk"]}
    ticket = services.create(by=by, title=title, queue=desk.queues[desk.queue_of("desk")], **fields)
    ticket = services.accept(ticket, by=by)
    if fate == "over":
        ticket = services.start(ticket, by=by, expected=minutes)
        for part in (50, 35):
            add(ticket, "timeentry", Audience.INTERNAL, by, minutes=part, worked_on=timezone.localdate(),
                work_type=desk.work_types[0], text=_say(desk, "worked"))  # fmt: skip
        return
    due = working_days.after(ticket, 12, timezone.now())
    draft = Draft(
        minutes, due, rate=Decimal(96), vat_rate=Decimal(vat), currency=desk.firm.currency, text=_say(desk, "text")
    )
    estimates.send(ticket, draft, by=by)


def _end(desk: Desk, title: str, fate: str) -> None:
    worker, name, *_more = CAST[desk.slug]
    ticket = Ticket.objects.filter(title=title).latest("pk")
    row, contact = estimates.current(ticket), desk.people[name][0]
    if row is None:
        return
    row.ticket = ticket
    by = _customer(desk, contact)
    if fate == "accepted":
        estimates.accept(row, version=row.version, sha256=row.sha256, address="203.0.113.24", contact=contact, by=by)
    elif fate == "declined":
        estimates.decline(row, _say(desk, fate), address="203.0.113.24", contact=contact, by=by)
    elif fate == "returned":
        estimates.give_back(row, _say(desk, fate), contact=contact, by=by)
    elif fate == "withdrawn":
        services.cancel(ticket, _say(desk, fate), by=desk.history.manager(desk.slug))
    elif fate == "recorded":
        manager = desk.history.manager(desk.slug)
        estimates.record(row, "accepted", contact=contact, proof="call", text=_say(desk, fate), by=manager)
    elif fate == "revised":
        draft = Draft(540, row.proposed_due, rate=row.rate, vat_rate=row.vat_rate, currency=row.currency, text=row.text)
        estimates.revise(ticket, draft, by=desk.history.actor(desk.slug, worker))


def _customer(desk: Desk, contact: Contact) -> Actor:
    company = CAST[desk.slug][1]
    return Actor.customer(contact.pk, contact.name, company, channel="portal", language=desk.firm.language)
