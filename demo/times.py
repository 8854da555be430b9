"""Two technicians' weeks: what they logged from when until when, a call that was noted, and a stopwatch that runs."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial
from itertools import cycle

from demo.desk import Desk, add
from demo.history import History
from tickets import services
from tickets.models import Audience, Direction, Source, Ticket
from tickets.readers import Reader

# From, until, the work type's place in the firm's list. Two days have a gap, one an overlap.
DAYS = (
    (("08:10", "09:35", 0), ("09:45", "11:30", 0), ("12:30", "15:10", 1)),
    (("08:00", "10:20", 0), ("10:20", "12:00", 0), ("13:15", "16:30", 1)),
    (("08:30", "09:15", 2), ("09:00", "11:45", 0), ("12:45", "16:05", 0)),
    (("08:15", "11:50", 1), ("12:40", "14:00", 0)),
    (("08:05", "09:40", 0), ("10:40", "12:15", 2), ("13:00", "15:30", 0)),
)
WORK = {
    "de": ("Profil neu eingerichtet", "Protokolle geprüft", "Updates eingespielt", "Mit dem Kunden getestet"),
    "lv": ("Profils izveidots no jauna", "Pārbaudīti žurnāli", "Uzstādīti atjauninājumi", "Testēts kopā ar klientu"),
}
CALL = {
    "de": "Drucker im Lager geht wieder, bitte trotzdem noch den Treiber prüfen. Rückruf nach 14 Uhr.",
    "lv": "Printeris noliktavā atkal darbojas, lūdzu, tomēr pārbaudiet draiveri. Atzvanīt pēc plkst. 14.",
}


def plan(history: History, desks: dict[str, Desk]) -> None:
    """This week and the last one of Ada and of Ilze, up to now."""
    for slug, name in (("nordlicht", "Ada"), ("baltic", "Ilze")):
        desk = desks[slug]
        here = history.now.astimezone(desk.zone)
        monday = here.date() - timedelta(days=here.weekday() + 7)
        words = cycle(WORK[desk.firm.language])
        for number in range(12):
            for place, (begins, ends, kind) in enumerate(DAYS[number % 7] if number % 7 < len(DAYS) else ()):
                day = monday + timedelta(days=number)
                began, ended = (
                    datetime.combine(day, time.fromisoformat(at), tzinfo=desk.zone) for at in (begins, ends)
                )
                if ended < history.now - timedelta(minutes=70):
                    deed = partial(_work, desk, name, began, ended, kind, next(words), number + place)
                    history.at(ended, slug, deed)
        history.at(history.now - timedelta(minutes=95), slug, partial(_call, desk, name))
        history.at(history.now - timedelta(minutes=38), slug, partial(_run, desk, name))


def _own(desk: Desk, name: str) -> list[Ticket]:
    """The open tickets of this technician that no partner is part of, the newest first."""
    member = desk.history.member(desk.slug, name)
    rows = Ticket.objects.filter(assignee=member, is_open=True).exclude(source=Source.INSOURCED).order_by("-pk")
    return list(rows[:6])


def _work(desk: Desk, name: str, began: datetime, ended: datetime, kind: int, text: str, which: int) -> None:
    if found := _own(desk, name):
        by = desk.history.actor(desk.slug, name)
        add(
            found[which % len(found)],
            "timeentry",
            Audience.INTERNAL,
            by,
            worked_on=began.date(),
            started_at=began,
            ended_at=ended,
            minutes=int((ended - began).total_seconds()) // 60,
            work_type=desk.work_types[kind],
            text=text,
        )


def _call(desk: Desk, name: str) -> None:
    if found := _own(desk, name):
        by, ticket = desk.history.manager(desk.slug), found[0]
        caller = ticket.contact.name if ticket.contact else name
        text = CALL[desk.firm.language]
        to = Reader(Audience.INTERNAL, "", None)
        services.calls.note(ticket, to, by=by, caller=caller, direction=Direction.IN, text=text, minutes=6)


def _run(desk: Desk, name: str) -> None:
    if found := _own(desk, name):
        services.stopwatches.start(found[0], by=desk.history.actor(desk.slug, name))
