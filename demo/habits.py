"""What people at a desk keep for themselves and each other: views of the list, half-written words, a text of one's own,
a second stopwatch that stands; and a role the company made for itself."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

from demo.desk import Desk
from demo.history import History
from psa.members.services import add_role
from psa.tenancy.actor import Actor
from psa.tenancy.models import Role
from tickets import services
from tickets.models import Audience, Source, TextKind, Ticket
from tickets.readers import Reader
from tickets.services import saved_views, stopwatches, text_modules
from tickets.services.text_modules import Wording

# Whose: the name in German, Latvian and English, what it shows, and who keeps it.
VIEWS = (
    ("all", ("Dringend", "Steidzami", "Urgent"), "urgent"),
    ("team", ("Noch bei niemandem", "Vēl nevienam", "Nobody on it yet"), "nobody"),
    ("own", ("Meine Rückfragen", "Mani jautājumi klientiem", "My open questions"), "asked"),
)
LANGUAGES = ("de", "lv", "en")
# Per desk: the dispatcher's first name, a technician's, and a queue of the dispatcher's.
CAST = {
    "nordlicht": ("Jonas", "Ada", "Service Desk"),
    "baltic": ("Andris", "Ilze", "Atbalsts"),
    "atlas": ("Priya", "Tom", "Procurement"),
}
DRAFTS = (
    (
        "Guten Tag, ich habe das Protokoll geprüft: Der Fehler tritt nur auf, wenn",
        "Labdien! Esmu pārbaudījusi žurnālu: kļūda rodas tikai tad, ja",
        "Hello, I have read the log: the error only happens when",
    ),
    (
        "Vor dem Rückruf klären: Gilt der Wartungsvertrag auch für das Außenlager?",
        "Pirms atzvanīšanas noskaidrot: vai apkopes līgums attiecas arī uz ārējo noliktavu?",
        "Before calling back: does the contract cover the second site, too?",
    ),
)
ROLE = ("Teamleitung", "Grupas vadītājs", "Team lead")
OWN_TEXT = (
    ("Rückruf versucht", "Mēģināju sazvanīt", "Tried to call back"),
    (
        "{{contact.name}} unter {{contact.phone}} nicht erreicht. Nächster Versuch: [[wann]].",
        "Neizdevās sazvanīt: {{contact.name}}, {{contact.phone}}. Nākamais mēģinājums: [[kad]].",
        "{{contact.name}} did not answer at {{contact.phone}}. Next try: [[when]].",
    ),
)


def plan(history: History, desks: dict[str, Desk]) -> None:
    """The views weeks ago; what is half written, this morning."""
    for slug in CAST:
        desk = desks[slug]
        history.at(history.now - timedelta(days=40), slug, partial(_make_a_role, desk))
        history.at(history.now - timedelta(days=30), slug, partial(_keep_views, desk))
        history.at(history.now - timedelta(days=12), slug, partial(_keep_a_text, desk))
        history.at(history.now - timedelta(minutes=55), slug, partial(_begin_to_write, desk))
        history.at(history.now - timedelta(minutes=52), slug, partial(_stop_in_between, desk))


def _make_a_role(desk: Desk) -> None:
    name = ROLE[LANGUAGES.index(desk.firm.language)]
    add_role(name, Role.objects.get(code="dispatcher"), by=desk.history.manager(desk.slug))


def _keep_views(desk: Desk) -> None:
    dispatcher, technician, queue = CAST[desk.slug]
    place = LANGUAGES.index(desk.firm.language)
    team = saved_views.Audience(queue_id=desk.queues[queue].pk)
    queries = {
        "urgent": urlencode([("priority", "1"), ("priority", "2")]),
        "nobody": urlencode([("status", "new"), ("queue", desk.queues[queue].pk)]),
        "asked": urlencode([("status", "waiting")]),
    }
    for whose, names, query in VIEWS:
        audience = {"all": saved_views.EVERYBODY, "team": team, "own": saved_views.MINE}[whose]
        by = desk.history.actor(desk.slug, technician if whose == "own" else dispatcher)
        saved_views.save("tickets", names[place], queries[query], by=by, view="open", audience=audience)


def _keep_a_text(desk: Desk) -> None:
    """A text only its writer sees, in the company's language alone."""
    by, place = desk.history.actor(desk.slug, CAST[desk.slug][1]), LANGUAGES.index(desk.firm.language)
    name, text = (said[place] for said in OWN_TEXT)
    wording = Wording(TextKind.TIME, name, "", None, True, {desk.firm.language: text})
    text_modules.add(wording, by=by)


def _begin_to_write(desk: Desk) -> None:
    by, place = desk.history.actor(desk.slug, CAST[desk.slug][1]), LANGUAGES.index(desk.firm.language)
    reader = Reader(Audience.INTERNAL, "", None)
    for ticket, said in zip(_own(desk, by)[1:], DRAFTS, strict=False):
        services.drafts.save(ticket, "note", {"text": said[place], "reader": reader.value}, None, by=by)


def _stop_in_between(desk: Desk) -> None:
    by = desk.history.actor(desk.slug, CAST[desk.slug][1])
    for ticket in _own(desk, by)[3:4]:
        stopwatches.pause(stopwatches.start(ticket, by=by).stopwatch, by=by)


def _own(desk: Desk, by: Actor) -> list[Ticket]:
    """The open tickets of this technician that no partner is part of, the newest first."""
    rows = Ticket.objects.filter(assignee_id=by.membership_id, is_open=True).exclude(source=Source.INSOURCED)
    return list(rows.order_by("-pk")[:4])
