"""Goods at Nordlicht: a store and two cars, material of the last days, delivery notes in every state, what the office
is told."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import uuid4

from django.utils import timezone

from billing.models import Article, DeliveryNote, PackagingUnit, StockPlace
from billing.services import delivery_lines, delivery_notes, goods_requests, materials, returns, stock
from billing.services.delivery_lines import Goods
from billing.services.materials import Row
from demo import customers
from demo.desk import Desk, add
from demo.history import History
from psa.tenancy.actor import Actor
from tickets.models import Audience, Source, Ticket

SLUG, TECHNICIAN = "nordlicht", "Ada"
# Number, name, unit, price, cost, in stock at the store and low below; then how it is packed.
ARTICLES = (
    ("M-1010", "Patchkabel Cat.6A, 1 m", "Stück", "4.90", "2.10", 120, 40, ("Karton", 10, "44.00")),
    ("M-1020", "Patchkabel Cat.6A, 5 m", "Stück", "8.50", "3.70", 12, 20, None),
    ("M-2010", "WLAN-Zugangspunkt für Innenräume", "Stück", "189.00", "131.00", 7, 4, None),
    ("M-2020", "Switch 24 Ports, PoE+", "Stück", "429.00", "312.00", 2, 2, None),
    ("M-3010", "Netzteil 65 W, USB-C", "Stück", "39.90", "21.00", 15, 6, None),
    ("M-3020", "SSD 1 TB", "Stück", "99.00", "68.00", 0, 5, None),
)
PLACES = ("Lager Kiel", "Fahrzeug Ada", "Fahrzeug Jonas")


def plan(history: History, desks: dict[str, Desk]) -> None:
    """The store three weeks ago, then a few days of work."""
    desk = desks[SLUG]
    for days, deed in ((21, _found), (6, _signed), (5, _returned), (4, _prepared), (2, _logged), (1, _told)):
        history.at(history.now - timedelta(days=days, hours=2), SLUG, partial(deed, desk))


def _found(desk: Desk) -> None:
    by = desk.history.manager(SLUG)
    places = [stock.add_place(name, by=by) for name in PLACES]
    for number, name, unit, price, cost, there, minimum, packed in ARTICLES:
        made: Article = Article.objects.create(
            number=number, name=name, unit=unit, price=Decimal(price), cost=Decimal(cost), is_stocked=True,
            has_serials=number.startswith("M-2"),
        )  # fmt: skip
        if packed:
            PackagingUnit.objects.create(article=made, name=packed[0], factor=packed[1], price=Decimal(packed[2]))
        if there:
            stock.receive(made, places[0], Decimal(there), reason="Anfangsbestand", by=by)
        stock.set_minimum(made, places[0], Decimal(minimum), by=by)
    stock.receive(_article("M-1010"), places[1], Decimal(20), reason="Aus dem Lager Kiel", by=by)


def _signed(desk: Desk) -> None:
    """Delivered, and signed by the customer."""
    by = desk.history.manager(SLUG)
    ticket = _ticket(0)
    _log(ticket, desk, 60, _goods("M-2010", 2, serials=("AP-4471", "AP-4472")), _goods("M-1010", 4))
    note = delivery_notes.prepare(DeliveryNote.objects.get(ticket=ticket, status="draft"), by=by)
    delivery_notes.sign(note, ticket.contact.name if ticket.contact else "Empfang", by=_technician(desk))


def _returned(desk: Desk) -> None:
    """Signed by who sees it in the portal; one of three went back."""
    by = desk.history.manager(SLUG)
    reader = customers.first_people(desk)[0]
    note = delivery_notes.open_for_company(reader.company, by=by)
    line = delivery_lines.add(note, _goods("M-3010", 3), by=by)
    delivery_notes.sign(delivery_notes.prepare(note, by=by), reader.name, by=by)
    returns.take_back(note, {line.pk: Decimal(1)}, "Eines wurde nicht gebraucht.", by=by)


def _prepared(desk: Desk) -> None:
    """Waits in the store to be taken along."""
    by = desk.history.manager(SLUG)
    ticket = _ticket(1)
    note = delivery_notes.draft_of(ticket, by=by)
    delivery_lines.add(note, _goods("M-2020", 1, serials=("SW-90117",)), by=by)
    delivery_lines.add(note, _goods("M-1020", 6), by=by)
    delivery_notes.prepare(note, by=by)


def _logged(desk: Desk) -> None:
    """Material of a visit, one of it as words."""
    car = StockPlace.objects.get(name=PLACES[1])
    _log(_ticket(1), desk, 45, _goods("M-1010", 3, place=car), Goods("Kabelkanal weiß, 2 m", Decimal(4), "Stück"))


def _told(desk: Desk) -> None:
    """What the office is to book, one of it with a question."""
    by = _technician(desk)
    goods_requests.ask(_ticket(2), "SSD 1 TB für den Empfangsrechner", by=by)
    asked = goods_requests.ask(_ticket(0), "Montagematerial für die Zugangspunkte", quantity=Decimal(2), by=by)
    goods_requests.give_back(asked, "Dübel und Schrauben oder die Deckenhalter?", by=desk.history.manager(SLUG))


def _log(ticket: Ticket, desk: Desk, minutes: int, *goods: Goods) -> None:
    by = _technician(desk)
    entry = add(ticket, "timeentry", Audience.INTERNAL, by, minutes=minutes, worked_on=timezone.localdate(),
                text="Vor Ort eingebaut und geprüft.")  # fmt: skip
    materials.write(entry, [Row(uuid4(), one) for one in goods], by=by)


def _goods(number: str, quantity: int, place: StockPlace | None = None, serials: tuple[str, ...] = ()) -> Goods:
    where = place or StockPlace.objects.get(name=PLACES[0])
    return Goods("", Decimal(quantity), article=_article(number), place=where, serials=serials)


def _article(number: str) -> Article:
    found: Article = Article.objects.get(number=number)
    return found


def _technician(desk: Desk) -> Actor:
    return desk.history.actor(SLUG, TECHNICIAN)


def _ticket(at: int) -> Ticket:
    """One of the technician's open tickets of Nordlicht's own customers."""
    rows = Ticket.objects.filter(is_open=True, assignee__name__startswith=TECHNICIAN).exclude(source=Source.INSOURCED)
    found: list[Ticket] = list(rows.select_related("company", "contact", "location", "tenant").order_by("pk")[:20])
    return found[at % len(found)]
