"""What Nordlicht sells: articles, services with their checklists, orders in each state, and what waits for sales."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from billing.models import Article, ArticleKind, Order, OrderLine, ServiceTemplate
from billing.services import articles, confirming, order_documents, orders, promises
from demo.desk import Desk
from demo.history import History
from psa.directory.models import Contact, Location
from psa.paper.document import Document, Fact, Facts, pdf
from psa.tenancy.actor import Actor
from psa.web import figures
from tickets.models import ChecklistTemplate, HandOff, HandOffKind, Queue, Source, Ticket
from tickets.services import hand_offs

SELLER = "Katrin"
# Name, title of the ticket, minutes, base installation, which checklist of the demo.
SERVICES = (
    ("Netzwerk einrichten", "Netzwerk einrichten", 360, True, 0),
    ("Arbeitsplatz einrichten", "Arbeitsplätze einrichten", 120, False, 0),
    ("Datensicherung einrichten", "Datensicherung einrichten", 180, False, 1),
)
# Number, name, unit, its code, price, kind, service, installed, appointment, packed as × price.
ARTICLES = (
    ("10100", "Switch 48 Port, verwaltet", "Stück", "C62", "689.00", ArticleKind.GOODS, 0, True, True, ""),
    ("10210", "Access Point Wi-Fi 6", "Stück", "C62", "149.00", ArticleKind.GOODS, 0, True, True, ""),
    ("10300", "Notebook 14 Zoll, 16 GB", "Stück", "C62", "1149.00", ArticleKind.GOODS, 1, True, False, ""),
    ("10310", "Dockingstation USB-C", "Stück", "C62", "189.00", ArticleKind.GOODS, 1, True, False, ""),
    ("10400", "NAS 4 Schächte", "Stück", "C62", "529.00", ArticleKind.GOODS, 2, True, True, ""),
    (
        "20100",
        "Patchkabel Cat 6, 2 m",
        "Stück",
        "C62",
        "4.90",
        ArticleKind.GOODS,
        None,
        False,
        False,
        "Karton|20|89.00",
    ),
    ("20110", "Verlegekabel Cat 7", "m", "MTR", "1.15", ArticleKind.GOODS, None, False, False, "Rolle|100|98.00"),
    ("30100", "Microsoft 365 Business Premium", "Monat", "MON", "20.60", ArticleKind.LICENCE, None, False, False, ""),
    ("30200", "Virenschutz je Gerät", "Monat", "MON", "4.20", ArticleKind.LICENCE, None, False, False, ""),
    ("40100", "Technikerstunde", "Stunde", "HUR", "115.00", ArticleKind.SERVICE, None, False, False, ""),
    ("40200", "Anfahrt Stadtgebiet", "Pauschale", "LS", "49.00", ArticleKind.FLAT, None, False, False, ""),
)
# Days ago, title, lines (article, quantity), wanted in days, what was promised, how far it is.
ORDERS = (
    (12, "Netz im neuen Büro", (("10100", 2), ("10210", 6), ("10400", 1), ("20100", 40)), 4,
     ("Einbau außerhalb der Öffnungszeiten, ab 17 Uhr.", "Alte Geräte nehmen wir kostenlos mit."), "confirmed"),
    (5, "Notebooks für die Buchhaltung", (("10300", 4), ("10310", 4), ("30100", 4)), 9,
     ("Datenübernahme von den alten Geräten ist im Preis enthalten.",), "confirmed"),
    (2, "Datensicherung im Lager", (("10400", 1), ("40100", 3), ("40200", 1)), 14, (), "draft"),
    (20, "Zweite WLAN-Zone im Hof", (("10210", 3), ("20110", 100)), -3, (), "cancelled"),
)  # fmt: skip
KNOWS = "Schlüssel liegt beim Empfang; den Serverraum öffnet nur der Hausmeister (bis 15 Uhr im Haus)."
WISHES = (
    ("Angebot für drei weitere Monitore", "Der Kunde fragte am Telefon; 27 Zoll wie die vorhandenen."),
    ("Angebot Wartungsvertrag", "Möchte wissen, was Überwachung rund um die Uhr kostet."),
    ("Lizenzen für zwei neue Kollegen", "Beginn am Monatsersten."),
)
QUESTION = "Sollen die Monitore höhenverstellbar sein?"


def plan(history: History, desks: dict[str, Desk]) -> None:
    """The catalogue long ago, the orders of the last weeks, this morning what waits for sales."""
    desk = desks["nordlicht"]
    history.at(history.now - timedelta(days=50), desk.slug, partial(_catalogue, desk))
    for place, (days, *_rest) in enumerate(ORDERS):
        history.at(history.now - timedelta(days=days, minutes=17), desk.slug, partial(_order, desk, place))
    history.at(history.now - timedelta(hours=6), desk.slug, partial(_wish, desk))
    history.at(history.now - timedelta(hours=2), desk.slug, partial(_ask, desk))


def _catalogue(desk: Desk) -> None:
    by = desk.history.manager(desk.slug)
    lists = list(ChecklistTemplate.objects.order_by("pk"))
    queue = Queue.objects.filter(is_default=True).first()
    services = []
    for name, title, minutes, is_base, checklist in SERVICES:
        values = {"name": name, "title": title, "planned_minutes": minutes, "is_base": is_base, "queue": queue}
        services.append(articles.add_service(values, lists[checklist : checklist + 1], by=by))
    for number, name, unit, code, price, kind, service, installed, appointment, packed in ARTICLES:
        values = {
            "number": number,
            "name": name,
            "unit": unit,
            "unit_code": code,
            "price": Decimal(price),
            "kind": kind,
            "service": _chosen(services, service),
            "is_installable": installed,
            "needs_appointment": appointment,
            "is_stocked": kind == ArticleKind.GOODS,
        }
        articles.add(values, _packed(packed), by=by)


def _chosen(services: list[ServiceTemplate], place: int | None) -> ServiceTemplate | None:
    return None if place is None else services[place]


def _packed(text: str) -> list[articles.Packaging]:
    if not text:
        return []
    name, factor, price = text.split("|")
    return [articles.Packaging(name, Decimal(factor), Decimal(price))]


def _order(desk: Desk, place: int) -> None:
    _days, title, wanted, in_days, said, state = ORDERS[place]
    by = desk.history.actor(desk.slug, SELLER)
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
    order_documents.add(order, _paper(order), is_the_order=True, by=by)
    if state == "confirmed":
        _confirm(order, by)
    elif state == "cancelled":
        orders.cancel(order, "Der Kunde hat das Vorhaben auf das nächste Jahr verschoben.", by=by)


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


def _confirm(order: Order, by: Actor) -> None:
    planned = confirming.plan(order)
    said = {
        one.code: confirming.Said(knowledge=KNOWS) if one.is_base else confirming.Said(nothing_beyond=True)
        for one in planned
    }
    base = next(one.code for one in planned if one.is_base)
    confirming.confirm(order, said, base=base, version=order.version, by=by)


def _paper(order: Order) -> SimpleUploadedFile:
    lines = OrderLine.objects.filter(order=order)
    blocks = [Facts([Fact(line.name, figures.quantity(line.quantity, line.unit)) for line in lines])]
    paper = Document(order.company.name, f"Auftrag {order.customer_reference}", order.title, "de", blocks)
    return SimpleUploadedFile(f"Auftrag {order.customer_reference}.pdf", pdf(paper), "application/pdf")


def _wish(desk: Desk) -> None:
    """Ada hands three wishes of her customers to sales."""
    by = desk.history.actor(desk.slug, "Ada")
    rows = Ticket.objects.filter(assignee_id=by.membership_id, is_open=True).exclude(source=Source.INSOURCED)
    for (title, text), ticket in zip(WISHES, rows.order_by("-pk"), strict=False):
        due = desk.history.now + timedelta(days=2)
        hand_offs.send(HandOffKind.QUOTE, title=title, text=text, ticket=ticket, due_at=due, by=by)


def _ask(desk: Desk) -> None:
    """Sales have a question about the first, and took on the second."""
    by = desk.history.actor(desk.slug, SELLER)
    found = list(HandOff.objects.filter(kind=HandOffKind.QUOTE).order_by("pk"))
    for place, row in enumerate(found[:2]):
        if place:
            hand_offs.accept(row, by=by)
        else:
            hand_offs.give_back(row, QUESTION, by=by)
