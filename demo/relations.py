"""Tickets that belong together: a call that was a ticket already, one that was two, a project and its parts; and who
watches, who is named in a note."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from demo.desk import Desk, add
from demo.history import History
from psa.tenancy.models import Membership
from tickets import services
from tickets.models import Audience, LinkKind, Ticket
from tickets.services import linking, merging, watching

TEXTS = Path(__file__).parent / "texts" / "relations.txt"
LANGUAGES = ("de", "lv", "en")
# Per desk: the customer all of it is about, who works on it, and who looks on.
CAST = {
    "nordlicht": ("Spedition Lüders", "Ada", "Jonas"),
    "baltic": ("SIA Daugavas", "Ilze", "Andris"),
    "atlas": ("Meridian", "Tom", "Priya"),
}


def plan(history: History, desks: dict[str, Desk]) -> None:
    """The project last week, the merge and the split in the last two days."""
    for slug in CAST:
        desk = desks[slug]
        says = words(desk.firm.language)
        history.at(history.now - timedelta(days=6, hours=2), slug, partial(_project, desk, says))
        history.at(history.now - timedelta(days=1, hours=3), slug, partial(_merge, desk, says))
        history.at(history.now - timedelta(hours=7), slug, partial(_split, desk, says))


def words(language: str) -> dict[str, str]:
    """What stands in the tickets, by the names the file gives it."""
    place, found = LANGUAGES.index(language), {}
    for block in TEXTS.read_text(encoding="utf-8").split("\n== ")[1:]:
        name, *variants = block.strip().splitlines()
        found[name] = variants[place]
    return found


def _project(desk: Desk, says: dict[str, str]) -> None:
    """A parent and its parts: one is done, one is worked on and blocks the last."""
    _customer, worker, watcher = CAST[desk.slug]
    by = desk.history.actor(desk.slug, worker)
    parent = _ticket(desk, says["project"], "network", says["project_text"], minutes=480)
    parts = [_ticket(desk, says[name], "network", "", minutes=120) for name in ("survey", "cabling", "move")]
    for part in parts:
        linking.add(parent, part, LinkKind.PARENT, by=by)
    linking.add(parts[1], parts[2], LinkKind.BLOCKS, by=by)
    done = services.start(parts[0], by=by)
    services.close(done, says["survey_done"], by=by)
    services.start(parts[1], by=by)
    before = Ticket.objects.filter(company=parent.company_id, number__lt=parent.number).order_by("-number").first()
    if before is not None:
        linking.add(parent, before, LinkKind.RELATED, by=by)
    _watch(desk, parent, watcher)
    text = says["asks"].replace("{name}", desk.history.member(desk.slug, watcher).name)
    add(parent, "note", Audience.INTERNAL, by, text=text)
    answer = says["answers"].replace("{name}", desk.history.member(desk.slug, worker).name)
    add(parent, "note", Audience.INTERNAL, desk.history.actor(desk.slug, watcher), text=answer)


def _merge(desk: Desk, says: dict[str, str]) -> None:
    """The same trouble was told twice, by phone and by mail."""
    _customer, worker, watcher = CAST[desk.slug]
    by = desk.history.actor(desk.slug, worker)
    first = _ticket(desk, says["outage"], "phone", says["outage_text"], minutes=60)
    twin = _ticket(desk, says["twin"], "phone", says["twin_text"], source="email")
    add(twin, "note", Audience.INTERNAL, by, text=says["twin_note"])
    _watch(desk, twin, watcher)
    merging.merge(twin, first, by=by)


def _split(desk: Desk, says: dict[str, str]) -> None:
    """A second wish in the same call gets a ticket of its own."""
    by = desk.history.actor(desk.slug, CAST[desk.slug][1])
    ticket = _ticket(desk, says["both"], "desk", says["both_text"], minutes=30)
    add(ticket, "note", Audience.INTERNAL, by, text=says["first_note"])
    second = add(ticket, "note", Audience.INTERNAL, by, text=says["second_note"])
    merging.split(ticket, says["second"], [("note", second.key)], by=by)


def _ticket(
    desk: Desk, title: str, category: str, text: str, *, source: str = "phone", minutes: int | None = None
) -> Ticket:
    """An accepted ticket of the customer all of it is about."""
    customer, worker, _watcher = CAST[desk.slug]
    by, company = desk.history.actor(desk.slug, worker), desk.customer(customer)
    ticket = services.create(
        by=by,
        title=title,
        description=text,
        company=company,
        contact=desk.people[company.name][-1],
        location=desk.places[company.name][0],
        queue=desk.queues[desk.queue_of(category)],
        category=desk.categories[category],
        source=source,
        due_at=_afternoon(desk),
        planned_minutes=minutes,
    )
    return services.accept(ticket, by=by)


def _afternoon(desk: Desk) -> datetime:
    """In four days at four, by the company's clock."""
    here = desk.history.now.astimezone(desk.zone) + timedelta(days=4)
    return here.replace(hour=16, minute=0, second=0, microsecond=0)


def _watch(desk: Desk, ticket: Ticket, name: str) -> None:
    """A colleague asks to hear of it."""
    actor = desk.history.actor(desk.slug, name)
    watching.add(ticket, Membership.objects.get(pk=actor.membership_id), by=actor)
