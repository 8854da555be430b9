"""What the demo's companies promise about time: calendars of a German and a Latvian house, two service levels each, and
this morning's tickets whose clocks run, stand still, are nearly over and are over."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

from demo.desk import Desk
from demo.history import History
from psa.calendars import services as calendars
from psa.directory import service_levels
from psa.directory.models import Contract
from psa.directory.service_levels import Minutes
from tickets import services
from tickets.models import Source
from tickets.models.desk import Priority

HOUSES = {
    "nordlicht": {
        "region": "HH",
        "closed": "Betriebsruhe",
        "round": "Rund um die Uhr",
        "gold": "Premium rund um die Uhr",
        "usual": "Standard",
        "worker": "Lena",
        "asks": "Seit wann genau tritt es auf, und an welchen Arbeitsplätzen?",
    },
    "baltic": {
        "region": "",
        "closed": "Uzņēmuma brīvdiena",
        "round": "Visu diennakti",
        "gold": "Premium visu diennakti",
        "usual": "Standarta",
        "worker": "Ilze",
        "asks": "Kopš kura laika tieši tas notiek un kurās darba vietās?",
    },
}
TITLES = {
    "nordlicht": (
        "Kassensystem bucht doppelt",
        "Spiegelserver meldet Platzmangel",
        "Telefonanlage nimmt keine Anrufe an",
        "Warenwirtschaft seit heute früh nicht erreichbar",
    ),
    "baltic": (
        "Kases sistēma uzskaita divreiz",
        "Rezerves serverim trūkst vietas",
        "Telefonu centrāle nepieņem zvanus",
        "Noliktavas programma kopš rīta nav pieejama",
    ),
}
# Minutes ago that each came in, and what is done a quarter of an hour later; eight hours are promised.
MORNING = ((90, "start"), (300, "ask"), (400, "start"), (560, "start"))
GOLD: dict[int, Minutes] = {
    Priority.CRITICAL: Minutes(15, 60, 240),
    Priority.HIGH: Minutes(30, 120, 480),
    Priority.NORMAL: Minutes(60, 240, 960),
    Priority.LOW: Minutes(240, 480, 2400),
}
USUAL: dict[int, Minutes] = {
    Priority.CRITICAL: Minutes(60, 120, 540),
    Priority.HIGH: Minutes(120, 240, 1080),
    Priority.NORMAL: Minutes(240, 540, 2700),
    Priority.LOW: Minutes(540, None, None),
}


def plan(history: History, desks: dict[str, Desk]) -> None:
    """The promises before the first ticket came in; the four tickets today."""
    for slug, words in HOUSES.items():
        desk = desks[slug]
        history.at(history.now - timedelta(days=desk.firm.days + 10), slug, partial(_promise, desk, words))
        for (ago, verb), title in zip(MORNING, TITLES[slug], strict=True):
            _happen(desk, words, title, ago, verb)


def _promise(desk: Desk, words: dict[str, str]) -> None:
    by, firm = desk.history.manager(desk.slug), desk.firm
    usual = calendars.default()
    if words["region"]:
        calendars.edit(usual, by=by, region=words["region"])
    for year in (desk.history.now.year, desk.history.now.year + 1):
        calendars.put_day(usual, date(year, 12, 30), by=by, label=words["closed"])
    around = calendars.add(by=by, name=words["round"], time_zone=firm.time_zone, week=[[[0, 1440]]] * 7)
    lesser, better = (desk.customers[customer.name] for customer in firm.customers[-2:])
    service_levels.add(by=by, name=words["usual"], company=lesser, targets=USUAL)
    contract = Contract.objects.filter(company=better).first()
    to_whom = {"contract": contract} if contract else {"company": better}
    service_levels.add(by=by, name=words["gold"], calendar=around, targets=GOLD, **to_whom)


def _happen(desk: Desk, words: dict[str, str], title: str, ago: int, verb: str) -> None:
    history, slug, made = desk.history, desk.slug, dict[str, Any]()
    customer = desk.firm.customers[-1].name

    def come_in() -> None:
        made["ticket"] = services.create(
            by=history.actor(slug, words["worker"]),
            title=title,
            company=desk.customers[customer],
            contact=desk.people[customer][0],
            priority=Priority.HIGH,
            source=Source.PHONE,
        )

    def go_on() -> None:
        by = history.actor(slug, words["worker"])
        services.accept(made["ticket"], by=by, assignee=history.member(slug, words["worker"]))
        if verb == "ask":
            services.ask(made["ticket"], words["asks"], by=by)
        else:
            services.start(made["ticket"], by=by)

    begun = history.now - timedelta(minutes=ago)
    history.at(begun, slug, come_in)
    history.at(begun + timedelta(minutes=15), slug, go_on)
