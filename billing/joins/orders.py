"""Joins articles, orders and the hand-off inbox to the desk, the clock and the pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.lists import hand_offs as inbox
from billing.lists import waiting
from billing.models import Article, Order, OrderTicket, ServiceTemplate
from billing.notifications import hand_offs as hand_off_mails
from billing.refusals import orders as refusals
from billing.sentences import orders as sentences
from billing.services import confirming
from psa.journal import journal
from psa.members import audit
from psa.tenancy.actor import Actor
from psa.web import home, nav
from tickets import carrying
from tickets.models import HandOff


def connect() -> None:
    """Called once, when the app starts."""
    refusals.register()
    sentences.register()
    hand_off_mails.connect()
    journal.subscribe("ticket.accepted", confirming.taken_on)
    carrying.register("order", lambda: OrderTicket.objects.filter(ticket=OuterRef("pk")))
    carrying.register("hand_offs", lambda: HandOff.objects.filter(ticket=OuterRef("pk")))
    _navigation()
    home.panel("hand-offs", "billing/home/hand_offs.html", waiting.fill, capability="order.view", order=20)
    audit.about("order", audit.About(_orders, lambda words: Order.objects.filter(_named(words, "title"))))
    audit.about("article", audit.About(_articles, lambda words: Article.objects.filter(_named(words, "name"))))
    audit.about("servicetemplate", audit.About(_services, _find_services))
    audit.about("handoff", audit.About(_hand_offs, lambda words: HandOff.objects.filter(title__icontains=words)))


def _navigation() -> None:
    nav.register(
        _("Hand-offs"),
        "inbox",
        "billing:hand_offs",
        capability="order.view",
        group="sales",
        order=10,
        count="hand-offs",
    )
    nav.count("hand-offs", lambda actor: nav.capped(inbox.waiting_for(actor)))
    for label, icon, url_name, order in (
        (_("Orders"), "clipboard-list", "billing:orders", 20),
        (_("Articles"), "package", "billing:articles", 60),
        (_("Service templates"), "wrench", "billing:services", 70),
    ):
        nav.register(label, icon, url_name, capability="order.view", group="sales", order=order)
    nav.shortcut("i", _("Hand-offs"), "billing:hand_offs", "order.view")
    nav.shortcut("s", _("Orders"), "billing:orders", "order.view")


# What the audit calls them ------------------------------------------------------------------------------------------
def _named(words: str, name: str) -> Q:
    return Q(number__icontains=words) | Q(**{f"{name}__icontains": words})


def _find_services(words: str) -> Any:
    return ServiceTemplate.objects.filter(name__icontains=words)


def _orders(ids: Iterable[int], actor: Actor) -> audit.Names:
    rows = Order.objects.visible_to(actor).filter(pk__in=list(ids)).values_list("pk", "number", "tenant__slug")
    return {pk: (number, reverse("billing:order", args=[slug, pk])) for pk, number, slug in rows}


def _articles(ids: Iterable[int], actor: Actor) -> audit.Names:
    rows = Article.objects.visible_to(actor).filter(pk__in=list(ids)).values_list("pk", "name", "tenant__slug")
    return {pk: (name, reverse("billing:article", args=[slug, pk])) for pk, name, slug in rows}


def _services(ids: Iterable[int], actor: Actor) -> audit.Names:
    rows = ServiceTemplate.objects.visible_to(actor).filter(pk__in=list(ids)).values_list("pk", "name", "tenant__slug")
    return {pk: (name, reverse("billing:service", args=[slug, pk])) for pk, name, slug in rows}


def _hand_offs(ids: Iterable[int], actor: Actor) -> audit.Names:
    rows = HandOff.objects.visible_to(actor).filter(pk__in=list(ids)).values_list("pk", "title", "tenant__slug")
    return {pk: (title, reverse("billing:hand_off", args=[slug, pk])) for pk, title, slug in rows}
