"""Goods at the leads and at the Latvian house: a store and two cars, material of the last days, delivery notes in every
state, what the office is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from random import Random
from uuid import uuid4

from django.utils import timezone

from billing.models import Article, DeliveryNote, Licence, PackagingUnit, StockPlace
from billing.services import delivery_lines, delivery_notes, goods_requests, materials, returns, stock
from billing.services.delivery_lines import Goods
from billing.services.materials import Row
from demo import customers, papers
from demo.desk import Desk, add
from demo.history import History
from psa.tenancy.actor import Actor
from tickets.models import Audience, Source, Ticket

# Number, price, cost, in stock at the store and low below, how many are packed together and for how much.
ARTICLES = (
    ("M-1010", "4.90", "2.10", 120, 40, (10, "44.00")),
    ("M-1020", "8.50", "3.70", 12, 20, None),
    ("M-2010", "189.00", "131.00", 7, 4, None),
    ("M-2020", "429.00", "312.00", 2, 2, None),
    ("M-3010", "39.90", "21.00", 15, 6, None),
    ("M-3020", "99.00", "68.00", 0, 5, None),
)


@dataclass(frozen=True, slots=True)
class Shop:
    """One house's technician, places and words; the names are those of ARTICLES, in their order."""

    technician: str
    places: Sequence[str]
    names: Sequence[str]
    unit: str
    carton: str
    opening: str
    into_the_car: str
    not_needed: str
    worked: str
    duct: str
    wishes: tuple[str, str]
    question: str
    reception: str


SHOPS = {
    "nordlicht": Shop(
        "Ada",
        ("Lager Hamburg", "Fahrzeug Ada", "Fahrzeug Jonas"),
        (
            "Patchkabel Cat.6A, 1 m", "Patchkabel Cat.6A, 5 m", "WLAN-Zugangspunkt für Innenräume",
            "Switch 24 Ports, PoE+", "Netzteil 65 W, USB-C", "SSD 1 TB",
        ),
        "Stück",
        "Karton",
        "Anfangsbestand",
        "Für unterwegs",
        "Eines wurde nicht gebraucht.",
        "Vor Ort eingebaut und geprüft.",
        "Kabelkanal weiß, 2 m",
        ("SSD 1 TB für den Empfangsrechner", "Montagematerial für die Zugangspunkte"),
        "Dübel und Schrauben oder die Deckenhalter?",
        "Empfang",
    ),
    "baltic": Shop(
        "Ilze",
        ("Noliktava Rīgā", "Ilzes auto", "Mārtiņa auto"),
        (
            "Savienojuma kabelis Cat.6A, 1 m", "Savienojuma kabelis Cat.6A, 5 m", "Wi-Fi piekļuves punkts telpām",
            "Komutators ar 24 portiem, PoE+", "Barošanas bloks 65 W, USB-C", "SSD 1 TB",
        ),
        "gab.",
        "kaste",
        "Sākuma atlikums",
        "Līdzņemšanai",
        "Viens nebija vajadzīgs.",
        "Uzstādīts uz vietas un pārbaudīts.",
        "Kabeļu kanāls, balts, 2 m",
        ("SSD 1 TB reģistratūras datoram", "Stiprinājumi piekļuves punktiem"),
        "Dībeļi un skrūves vai griestu stiprinājumi?",
        "Reģistratūra",
    ),
    "atlas": Shop(
        "Tom",
        ("London store", "Tom's van", "Erin's van"),
        (
            "Patch cable Cat 6A, 1 m", "Patch cable Cat 6A, 5 m", "Wi-Fi access point, indoor",
            "Switch, 24 ports, PoE+", "Power supply 65 W, USB-C", "SSD 1 TB",
        ),
        "pcs",
        "box",
        "Opening stock",
        "For the road",
        "One was not needed.",
        "Fitted on site and tested.",
        "Cable duct, white, 2 m",
        ("SSD 1 TB for the reception computer", "Fixings for the access points"),
        "Plugs and screws, or the ceiling brackets?",
        "Reception",
    ),
}  # fmt: skip


def plan(history: History, desks: dict[str, Desk]) -> None:
    """The store three weeks ago, then a few days of work."""
    for slug in SHOPS:
        for days, deed in ((21, _found), (6, _signed), (5, _returned), (4, _prepared), (2, _logged), (1, _told)):
            history.at(history.now - timedelta(days=days, hours=2), slug, partial(deed, desks[slug]))


def _found(desk: Desk) -> None:
    by, shop = desk.history.manager(desk.slug), SHOPS[desk.slug]
    places = [stock.add_place(name, by=by) for name in shop.places]
    for (number, price, cost, there, minimum, packed), name in zip(ARTICLES, shop.names, strict=True):
        made: Article = Article.objects.create(
            number=number, name=name, unit=shop.unit, price=Decimal(price), cost=Decimal(cost), is_stocked=True,
            has_serials=number.startswith("M-2"),
        )  # fmt: skip
        if packed:
            PackagingUnit.objects.create(article=made, name=shop.carton, factor=packed[0], price=Decimal(packed[1]))
        if there:
            stock.receive(made, places[0], Decimal(there), reason=shop.opening, by=by)
        stock.set_minimum(made, places[0], Decimal(minimum), by=by)
    taken = _article("M-1010")
    for place, count in ((places[0], -20), (places[1], 20)):
        stock.move([stock.Step(taken.pk, place.pk, Decimal(count), reason=shop.into_the_car)], by=by)


def _signed(desk: Desk) -> None:
    """Delivered, and signed by the customer."""
    by = desk.history.manager(desk.slug)
    ticket = _ticket(desk, 0)
    _log(ticket, desk, 60, _goods(desk, "M-2010", 2, serials=("AP-4471", "AP-4472")), _goods(desk, "M-1010", 4))
    note = delivery_notes.prepare(DeliveryNote.objects.get(ticket=ticket, status="draft"), by=by)
    name = ticket.contact.name if ticket.contact else SHOPS[desk.slug].reception
    delivery_notes.sign(note, name, papers.signature(Random(note.number)), by=_technician(desk))


def _returned(desk: Desk) -> None:
    """Signed by who sees it in the portal; one of three went back."""
    by = desk.history.manager(desk.slug)
    reader = customers.first_people(desk)[0]
    note = delivery_notes.open_for_company(reader.company, by=by)
    line = delivery_lines.add(note, _goods(desk, "M-3010", 3), by=by)
    delivery_notes.sign(delivery_notes.prepare(note, by=by), reader.name, is_on_paper=True, by=by)
    returns.take_back(note, {line.pk: Decimal(1)}, SHOPS[desk.slug].not_needed, by=by)


def _prepared(desk: Desk) -> None:
    """Waits in the store to be taken along."""
    by = desk.history.manager(desk.slug)
    ticket = _ticket(desk, 1)
    note = delivery_notes.draft_of(ticket, by=by)
    delivery_lines.add(note, _goods(desk, "M-2020", 1, serials=("SW-90117",)), by=by)
    delivery_lines.add(note, _goods(desk, "M-1020", 6), by=by)
    delivery_notes.prepare(note, by=by)


def _logged(desk: Desk) -> None:
    """Material of a visit, one of it as words."""
    shop = SHOPS[desk.slug]
    car, duct = StockPlace.objects.get(name=shop.places[1]), Goods(shop.duct, Decimal(4), shop.unit)
    _log(_ticket(desk, 1), desk, 45, _goods(desk, "M-1010", 3, place=car), duct)


def _told(desk: Desk) -> None:
    """What the office is to book, one of it with a question."""
    by, shop = _technician(desk), SHOPS[desk.slug]
    plain, unclear = shop.wishes
    goods_requests.ask(_ticket(desk, 2), plain, by=by)
    asked = goods_requests.ask(_ticket(desk, 0), unclear, quantity=Decimal(2), by=by)
    goods_requests.give_back(asked, shop.question, by=desk.history.manager(desk.slug))


def _log(ticket: Ticket, desk: Desk, minutes: int, *goods: Goods) -> None:
    by = _technician(desk)
    entry = add(ticket, "timeentry", Audience.INTERNAL, by, minutes=minutes, worked_on=timezone.localdate(),
                text=SHOPS[desk.slug].worked)  # fmt: skip
    materials.write(entry, [Row(uuid4(), one) for one in goods], by=by)


def _goods(
    desk: Desk, number: str, quantity: int, place: StockPlace | None = None, serials: tuple[str, ...] = ()
) -> Goods:
    where = place or StockPlace.objects.get(name=SHOPS[desk.slug].places[0])
    return Goods("", Decimal(quantity), article=_article(number), place=where, serials=serials)


def _article(number: str) -> Article:
    found: Article = Article.objects.get(number=number)
    return found


def _technician(desk: Desk) -> Actor:
    return desk.history.actor(desk.slug, SHOPS[desk.slug].technician)


def _ticket(desk: Desk, at: int) -> Ticket:
    """One of the technician's open tickets of the house's own customers, no licence's."""
    name = SHOPS[desk.slug].technician
    rows = Ticket.objects.filter(is_open=True, assignee__name__startswith=name).exclude(source=Source.INSOURCED)
    rows = rows.exclude(pk__in=Licence.objects.values("ticket"))
    found: list[Ticket] = list(rows.select_related("company", "contact", "location", "tenant").order_by("pk")[:20])
    return found[at % len(found)]
