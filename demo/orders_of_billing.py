"""What the leads and the Latvian house sell: articles, services with their checklists, orders in each state, and what
waits for sales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from billing.models import Article, ArticleKind, Order, OrderLine, OrderStatus, ServiceTemplate
from billing.services import (
    articles,
    confirming,
    delivery_lines,
    delivery_notes,
    order_documents,
    orders,
    promises,
)
from demo import deliveries_of_billing
from demo.desk import Desk
from demo.history import History
from psa.directory.models import Contact, Location
from psa.paper.document import Document, Fact, Facts, pdf
from psa.tenancy.actor import Actor
from psa.web import figures
from tickets.models import ChecklistTemplate, HandOff, HandOffKind, Queue, Source, Ticket
from tickets.services import hand_offs

# Minutes, base installation, which checklist of the demo.
SERVICES = ((360, True, 0), (120, False, 0), (180, False, 1))
# Number, unit, its code, price, kind, service, installed, appointment, packed: which name, factor, price.
ARTICLES: tuple[tuple[str, str, str, str, str, int | None, bool, bool, tuple[str, int, str] | None], ...] = (
    ("10100", "piece", "C62", "689.00", ArticleKind.GOODS, 0, True, True, None),
    ("10210", "piece", "C62", "149.00", ArticleKind.GOODS, 0, True, True, None),
    ("10300", "piece", "C62", "1149.00", ArticleKind.GOODS, 1, True, False, None),
    ("10310", "piece", "C62", "189.00", ArticleKind.GOODS, 1, True, False, None),
    ("10400", "piece", "C62", "529.00", ArticleKind.GOODS, 2, True, True, None),
    ("20100", "piece", "C62", "4.90", ArticleKind.GOODS, None, False, False, ("carton", 20, "89.00")),
    ("20110", "metre", "MTR", "1.15", ArticleKind.GOODS, None, False, False, ("reel", 100, "98.00")),
    ("30100", "piece", "C62", "20.60", ArticleKind.LICENCE, None, False, False, None),
    ("30200", "piece", "C62", "4.20", ArticleKind.LICENCE, None, False, False, None),
    ("30300", "piece", "C62", "28.00", ArticleKind.LICENCE, None, False, False, None),
    ("30400", "piece", "C62", "3.50", ArticleKind.LICENCE, None, False, False, None),
    ("30500", "piece", "C62", "2.90", ArticleKind.LICENCE, None, False, False, None),
    ("40100", "hour", "HUR", "115.00", ArticleKind.SERVICE, None, False, False, None),
    ("40200", "flat", "LS", "49.00", ArticleKind.FLAT, None, False, False, None),
)
# Days ago, lines (article, quantity), wanted in days, how far it is.
ORDERS = (
    (12, (("10100", 2), ("10210", 6), ("10400", 1), ("20100", 40)), 4, "confirmed"),
    (5, (("10300", 4), ("10310", 4), ("30100", 4)), 9, "confirmed"),
    (2, (("10400", 1), ("40100", 3), ("40200", 1)), 14, "draft"),
    (20, (("10210", 3), ("20110", 100)), -3, "cancelled"),
    (33, (("20100", 60), ("20110", 100)), -26, "invoiced"),
    (16, (("20110", 200), ("20100", 40)), -9, "delivered"),
)


@dataclass(frozen=True, slots=True)
class Sales:
    """Who sells and who wishes in one house, and its words: those of services (name, title), articles and orders
    (title, promises) in their order."""

    seller: str
    wisher: str
    services: Sequence[tuple[str, str]]
    units: Mapping[str, str]
    articles: Sequence[str]
    orders: Sequence[tuple[str, Sequence[str]]]
    order: str
    postponed: str
    knows: str
    wishes: Sequence[tuple[str, str]]
    question: str


SALES = {
    "nordlicht": Sales(
        "Katrin",
        "Ada",
        (
            ("Netzwerk einrichten", "Netzwerk einrichten"),
            ("Arbeitsplatz einrichten", "Arbeitsplätze einrichten"),
            ("Datensicherung einrichten", "Datensicherung einrichten"),
        ),
        {
            "piece": "Stück", "metre": "m", "hour": "Stunde", "flat": "Pauschale",
            "carton": "Karton", "reel": "Rolle",
        },
        (
            "Switch 48 Port, verwaltet", "Access Point Wi-Fi 6", "Notebook 14 Zoll, 16 GB", "Dockingstation USB-C",
            "NAS 4 Schächte", "Patchkabel Cat 6, 2 m", "Verlegekabel Cat 7", "Microsoft 365 Business Premium",
            "Virenschutz je Gerät", "Datensicherung je Server", "Kennworttresor", "E-Mail-Archiv je Postfach",
            "Technikerstunde", "Anfahrt Stadtgebiet",
        ),
        (
            ("Netz im neuen Büro",
             ("Einbau außerhalb der Öffnungszeiten, ab 17 Uhr.", "Alte Geräte nehmen wir kostenlos mit.")),
            ("Notebooks für die Buchhaltung", ("Datenübernahme von den alten Geräten ist im Preis enthalten.",)),
            ("Datensicherung im Lager", ()),
            ("Zweite WLAN-Zone im Hof", ()),
            ("Kabel für den Umschlagplatz", ()),
            ("Kabel für den Praxisumbau", ()),
        ),
        "Auftrag",
        "Der Kunde hat das Vorhaben auf das nächste Jahr verschoben.",
        "Schlüssel liegt beim Empfang; den Serverraum öffnet nur der Hausmeister (bis 15 Uhr im Haus).",
        (
            ("Angebot für drei weitere Monitore", "Der Kunde fragte am Telefon; 27 Zoll wie die vorhandenen."),
            ("Angebot Wartungsvertrag", "Möchte wissen, was Überwachung rund um die Uhr kostet."),
            ("Lizenzen für zwei neue Kollegen", "Beginn am Monatsersten."),
        ),
        "Sollen die Monitore höhenverstellbar sein?",
    ),
    "baltic": Sales(
        "Raivis",
        "Ilze",
        (
            ("Tīkla izveide", "Tīkla izveide"),
            ("Darbavietas iekārtošana", "Darbavietu iekārtošana"),
            ("Rezerves kopiju izveide", "Rezerves kopiju izveide"),
        ),
        {
            "piece": "gab.", "metre": "m", "hour": "stunda", "flat": "reize", "carton": "kaste",
            "reel": "rullis",
        },
        (
            "Komutators ar 48 portiem, pārvaldāms", "Piekļuves punkts Wi-Fi 6", "Klēpjdators 14 collas, 16 GB",
            "USB-C dokstacija", "NAS ar 4 diskiem", "Savienojuma kabelis Cat 6, 2 m", "Instalācijas kabelis Cat 7",
            "Microsoft 365 Business Premium", "Pretvīrusu aizsardzība ierīcei", "Rezerves kopijas serverim",
            "Paroļu seifs", "E-pasta arhīvs pastkastītei", "Tehniķa stunda", "Izbraukums pilsētā",
        ),
        (
            ("Tīkls jaunajā birojā",
             ("Uzstādām ārpus darba laika, no pulksten 17.", "Vecās ierīces aizvedam bez maksas.")),
            ("Klēpjdatori grāmatvedībai", ("Datu pārcelšana no vecajām ierīcēm ir iekļauta cenā.",)),
            ("Rezerves kopijas noliktavā", ()),
            ("Otrā Wi-Fi zona pagalmā", ()),
            ("Kabeļi konferenču zālei", ()),
            ("Kabeļi pienotavas pārbūvei", ()),
        ),
        "Pasūtījums",
        "Klients atlika darbus uz nākamo gadu.",
        "Atslēga ir reģistratūrā; serveru telpu atver tikai pārvaldnieks (ēkā līdz pulksten 15).",
        (
            ("Piedāvājums vēl trim monitoriem", "Klients jautāja pa tālruni; 27 collas kā esošie."),
            ("Apkopes līguma piedāvājums", "Vēlas zināt, cik maksā uzraudzība visu diennakti."),
            ("Licences diviem jauniem kolēģiem", "No mēneša pirmās dienas."),
        ),
        "Vai monitoriem jābūt regulējamā augstumā?",
    ),
    "atlas": Sales(
        "Oliver",
        "Tom",
        (
            ("Set up a network", "Set up the network"),
            ("Set up a workplace", "Set up the workplaces"),
            ("Set up a backup", "Set up the backup"),
        ),
        {
            "piece": "pcs", "metre": "m", "hour": "hour", "flat": "visit", "carton": "box",
            "reel": "reel",
        },
        (
            "Switch, 48 ports, managed", "Access point, Wi-Fi 6", "Laptop 14 inch, 16 GB", "Docking station, USB-C",
            "NAS, 4 bays", "Patch cable Cat 6, 2 m", "Installation cable Cat 7", "Microsoft 365 Business Premium",
            "Antivirus, each device", "Backup, each server", "Password safe", "Mail archive, each mailbox",
            "Technician hour", "Call-out in town",
        ),
        (
            ("Network for the new floor",
             ("Installed after hours, from 5 pm.", "We take the old devices along at no charge.")),
            ("Laptops for accounts", ("Moving the data from the old devices is in the price.",)),
            ("Backup for the surgery", ()),
            ("Wi-Fi for the playground", ()),
            ("Cables for the studio", ()),
            ("Cables for the garden centre", ()),
        ),
        "Order",
        "The customer put it off until next year.",
        "The key is at reception; the caretaker alone opens the comms room (in the building until 3 pm).",
        (
            ("Quote for three more monitors", "Asked on the phone; 27 inch like those they have."),
            ("Quote for a maintenance agreement", "Would like to know what monitoring around the clock costs."),
            ("Licences for two new colleagues", "From the first of the month."),
        ),
        "Should the monitors be adjustable in height?",
    ),
}  # fmt: skip


def plan(history: History, desks: dict[str, Desk]) -> None:
    """The catalogue long ago, the orders of the last weeks, this morning what waits for sales."""
    for slug in SALES:
        desk = desks[slug]
        history.at(history.now - timedelta(days=73), slug, partial(_catalogue, desk))
        for place, (days, *_rest) in enumerate(ORDERS):
            history.at(history.now - timedelta(days=days, minutes=17), slug, partial(_order, desk, place))
        history.at(history.now - timedelta(days=1, hours=3), slug, partial(_deliver, desk))
        history.at(history.now - timedelta(hours=6), slug, partial(_wish, desk))
        history.at(history.now - timedelta(hours=2), slug, partial(_ask, desk))


def _catalogue(desk: Desk) -> None:
    by, sales = desk.history.manager(desk.slug), SALES[desk.slug]
    lists = list(ChecklistTemplate.objects.order_by("pk"))
    queue = Queue.objects.filter(is_default=True).first()
    services = []
    for (minutes, is_base, checklist), (name, title) in zip(SERVICES, sales.services, strict=True):
        values = {"name": name, "title": title, "planned_minutes": minutes, "is_base": is_base, "queue": queue}
        services.append(articles.add_service(values, lists[checklist : checklist + 1], by=by))
    for one, name in zip(ARTICLES, sales.articles, strict=True):
        number, unit, code, price, kind, service, installed, appointment, packed = one
        values = {
            "number": number,
            "name": name,
            "unit": sales.units[unit],
            "unit_code": code,
            "price": Decimal(price),
            "kind": kind,
            "service": _chosen(services, service),
            "is_installable": installed,
            "needs_appointment": appointment,
            "is_stocked": kind == ArticleKind.GOODS,
        }
        articles.add(values, _packed(packed, sales), by=by)


def _chosen(services: list[ServiceTemplate], place: int | None) -> ServiceTemplate | None:
    return None if place is None else services[place]


def _packed(packed: tuple[str, int, str] | None, sales: Sales) -> list[articles.Packaging]:
    if packed is None:
        return []
    name, factor, price = packed
    return [articles.Packaging(sales.units[name], Decimal(factor), Decimal(price))]


def _order(desk: Desk, place: int) -> None:
    (_days, wanted, in_days, state), sales = ORDERS[place], SALES[desk.slug]
    title, said = sales.orders[place]
    by = desk.history.actor(desk.slug, sales.seller)
    firm = desk.firm.customers[place]
    company = desk.customer(firm.name)
    today = timezone.localdate()
    draft = orders.Draft(
        title=title,
        company=company,
        ordered_on=today,
        lines=[_line(number, count) for number, count in wanted],
        contact=Contact.objects.filter(company=company, is_active=True).order_by("pk").first(),
        location=Location.objects.filter(company=company).order_by("pk").first(),
        wanted_on=desk.history.now.date() + timedelta(days=in_days),
        customer_reference=f"B-{4100 + place}",
    )
    order = orders.enter(draft, by=by)
    for text in said:
        promises.agree(order, text, by=by)
    order_documents.add(order, _paper(order, desk), is_the_order=True, by=by)
    if state in {"confirmed", "delivered", "invoiced"}:
        _confirm(order, sales.knows, by)
    if state in {"delivered", "invoiced"}:
        worker = desk.history.actor(desk.slug, sales.wisher)
        deliveries_of_billing.finish(order, desk, by, worker, is_billed=state == "invoiced")
    elif state == "cancelled":
        orders.cancel(order, sales.postponed, by=by)


def _line(number: str, count: int) -> orders.LineDraft:
    article = Article.objects.get(number=number)
    return orders.LineDraft(
        name=article.name,
        quantity=Decimal(count),
        article=article,
        unit=article.unit,
        unit_price=article.price,
        vat_kind=article.vat_kind,
        is_installable=article.is_installable,
        needs_appointment=article.needs_appointment,
    )


def _confirm(order: Order, knows: str, by: Actor) -> None:
    planned = confirming.plan(order)
    said = {
        one.code: confirming.Said(knowledge=knows) if one.is_base else confirming.Said(nothing_beyond=True)
        for one in planned
    }
    base = next(one.code for one in planned if one.is_base)
    confirming.confirm(order, said, base=base, version=order.version, by=by)


def _paper(order: Order, desk: Desk) -> SimpleUploadedFile:
    lines = OrderLine.objects.filter(order=order)
    blocks = [Facts([Fact(line.name, figures.quantity(line.quantity, line.unit)) for line in lines])]
    name = f"{SALES[desk.slug].order} {order.customer_reference}"
    paper = Document(order.company.name, name, order.title, desk.firm.language, blocks)
    return SimpleUploadedFile(f"{name}.pdf", pdf(paper), "application/pdf")


def _deliver(desk: Desk) -> None:
    """A part of the first order is there, and what goes out next is being put together."""
    by = desk.history.actor(desk.slug, SALES[desk.slug].seller)
    order = Order.objects.filter(status=OrderStatus.CONFIRMED).order_by("pk").first()
    assert order is not None  # entered and confirmed a while before
    first, second, *_rest = delivery_lines.open_of(order)
    for one, goes_out in ((first, True), (second, False)):
        note = delivery_notes.open_for_order(order, by=by)
        delivery_lines.add_from_order(note, {one.line.pk: one.open / 2}, by=by)
        if goes_out:
            delivery_notes.deliver(delivery_notes.prepare(note, by=by), by=by)


def _wish(desk: Desk) -> None:
    """A technician hands three wishes of her customers to sales."""
    sales = SALES[desk.slug]
    by = desk.history.actor(desk.slug, sales.wisher)
    rows = Ticket.objects.filter(assignee_id=by.membership_id, is_open=True).exclude(source=Source.INSOURCED)
    for (title, text), ticket in zip(sales.wishes, rows.order_by("-pk"), strict=False):
        due = desk.history.now + timedelta(days=2)
        hand_offs.send(HandOffKind.QUOTE, title=title, text=text, ticket=ticket, due_at=due, by=by)


def _ask(desk: Desk) -> None:
    """Sales have a question about the first, and took on the second."""
    sales = SALES[desk.slug]
    by = desk.history.actor(desk.slug, sales.seller)
    found = list(HandOff.objects.filter(kind=HandOffKind.QUOTE).order_by("pk"))
    for place, row in enumerate(found[:2]):
        if place:
            hand_offs.accept(row, by=by)
        else:
            hand_offs.give_back(row, sales.question, by=by)
