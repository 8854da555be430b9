"""Running a member's stopwatches: one runs, the others wait; each ends as a time entry or is discarded.

Whoever changes one holds the member's row first, so two tabs and two devices take turns; what came second finds it done
already and changes nothing. A ticket, where one is involved, is locked before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tickets import guards, permissions
from tickets.models import Stopwatch, Ticket, TimeEntry
from tickets.services.locking import lock


@dataclass(frozen=True, slots=True)
class Started:
    """A stopwatch that runs now, and the one that was paused for it."""

    stopwatch: Stopwatch
    paused: Stopwatch | None = None


def of(by: Actor) -> list[Stopwatch]:
    """The member's stopwatches with their tickets, the running one first, then what was paused last."""
    if by.membership_id is None:
        return []
    rows = Stopwatch.objects.filter(member=by.membership_id).select_related("ticket").order_by("-last_stopped_at", "pk")
    return sorted(rows, key=lambda one: not one.is_running)


def on(ticket: Ticket, by: Actor) -> Stopwatch | None:
    """The member's own stopwatch on this ticket."""
    return Stopwatch.objects.filter(ticket=ticket, member=by.membership_id).first() if by.membership_id else None


@transaction.atomic
def start(ticket: Ticket, *, by: Actor) -> Started:
    """Run the member's stopwatch on this ticket, the one there is or a new one; another that runs is paused.

    Raises Denied, and Refused where no time may be logged here.
    """
    ticket = lock(ticket)
    permissions.require(ticket, "time.log", by)
    guards.check(ticket, "timeentry.add", by)
    _lock_member(by)
    found = Stopwatch.objects.filter(ticket=ticket, member=by.membership_id).first()
    if found is not None and found.is_running:
        return Started(found)
    paused = _pause_running(by)
    now = timezone.now()
    if found is None:
        found = Stopwatch.objects.create(
            ticket=ticket, member_id=by.membership_id, first_started_at=now, running_since=now
        )
    else:
        _run(found)
    _remember(by.membership_id)
    journal.record(found, "stopwatch.started", by=by, **_facts(found))
    return Started(found, paused)


@transaction.atomic
def resume(stopwatch: Stopwatch, *, by: Actor) -> Started:
    """Run it on; another that runs is paused. Raises Refused("stopwatch_is_gone")."""
    _lock_member(by)
    found = _own(stopwatch.pk, by)
    if found.is_running:
        return Started(found)
    paused = _pause_running(by)
    _run(found)
    _remember(by.membership_id)
    journal.record(found, "stopwatch.started", by=by, **_facts(found))
    return Started(found, paused)


@transaction.atomic
def pause(stopwatch: Stopwatch, *, by: Actor) -> Stopwatch:
    """Let it stand; its time is kept. Raises Refused("stopwatch_is_gone")."""
    _lock_member(by)
    found = _own(stopwatch.pk, by)
    if found.is_running:
        _stand(found, by)
        _remember(by.membership_id)
    return found


@transaction.atomic
def pause_all(ticket: Ticket, *, by: Actor) -> int:
    """Let every stopwatch that runs on a ticket stand, whoever's it is: the work waits for somebody. Their time is kept
    and logged by its owner. How many there were."""
    ticket = lock(ticket)
    running = Stopwatch.objects.filter(ticket=ticket, running_since__isnull=False)
    owners = list(running.order_by("member_id").values_list("member_id", flat=True))
    people = Membership.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=owners).order_by("pk")
    for person in people:
        own = Stopwatch.objects.select_for_update(of=("self",), no_key=True).filter(member=person, ticket=ticket)
        if (found := own.filter(running_since__isnull=False).first()) is not None:
            _stand(found, by)
            _remember(person.pk)
    return len(owners)


@transaction.atomic
def discard(stopwatch: Stopwatch, version: int, *, by: Actor) -> None:
    """Throw its time away. Raises Refused("stopwatch_is_gone"), ("stopwatch_went_on") if it was used meanwhile."""
    _lock_member(by)
    found = _as_shown(stopwatch.pk, version, by)
    journal.record(found, "stopwatch.discarded", by=by, **_facts(found))
    found.delete()
    _remember(by.membership_id)


@transaction.atomic
def log(pk: int, version: int, entry: TimeEntry, *, by: Actor) -> None:
    """End it with the entry that was made from it, in the entry's transaction: no minute is logged twice or lost.

    Raises Refused("stopwatch_is_gone") where it was logged or discarded before, ("stopwatch_went_on").
    """
    _lock_member(by)
    found = _as_shown(pk, version, by)
    if found.ticket_id != entry.ticket_id:
        raise Refused("stopwatch_is_gone")
    ended = timezone.now() if found.is_running else found.last_stopped_at
    if entry.started_at is None and ended is not None:
        first = timezone.localdate(found.first_started_at)
        lasted = -(-(ended - found.first_started_at).total_seconds() // 60)
        if entry.worked_on == first and entry.minutes <= lasted and ended > found.first_started_at:
            entry.started_at, entry.ended_at = found.first_started_at, ended
            entry.save(update_fields=["started_at", "ended_at"])
    journal.record(found, "stopwatch.logged", by=by, item=str(entry.key), minutes=entry.minutes, **_facts(found))
    found.delete()
    _remember(by.membership_id)


def _lock_member(by: Actor) -> None:
    if by.membership_id is None or not by.can("time.log"):
        raise Denied("time.log")
    Membership.objects.select_for_update(of=("self",), no_key=True).get(pk=by.membership_id)


def _remember(member_id: int | None) -> None:
    """Write at the member, who is locked, what every page shows: so no page asks for it. Of a ticket they may not see
    any more, or not at the moment, it is the number."""
    rows = Stopwatch.objects.filter(member=member_id).select_related("ticket").order_by("-last_stopped_at", "pk")
    person = Membership.objects.filter(pk=member_id).select_related("role", "tenant").first()
    tickets = Ticket.objects.visible_to(Actor.of(person)) if person else Ticket.objects.none()
    seen = set(tickets.filter(pk__in=[one.ticket_id for one in rows]).values_list("pk", flat=True)) if rows else set()
    shown = [
        {
            "pk": one.pk,
            "number": one.ticket.number,
            "title": one.ticket.title if one.ticket_id in seen else "",
            "seconds": one.seconds,
            "since": one.running_since.isoformat() if one.running_since else None,
        }
        for one in sorted(rows, key=lambda one: not one.is_running)
    ]
    Membership.objects.filter(pk=member_id).update(stopwatches=shown)


def renamed(ticket: Ticket) -> None:
    """Show what the locked ticket is called now wherever somebody's stopwatch on it is shown."""
    members = list(Stopwatch.objects.filter(ticket=ticket).order_by("member_id").values_list("member_id", flat=True))
    for member in Membership.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=members).order_by("pk"):
        _remember(member.pk)


def _own(pk: int, by: Actor) -> Stopwatch:
    rows = Stopwatch.objects.select_for_update(of=("self",), no_key=True)
    found = rows.filter(pk=pk, member=by.membership_id).first() if by.membership_id else None
    if found is None:
        raise Refused("stopwatch_is_gone")
    return found


def _as_shown(pk: int, version: int, by: Actor) -> Stopwatch:
    """The stopwatch, if it is still the one the form showed."""
    found = _own(pk, by)
    if found.version != version:
        raise Refused("stopwatch_went_on", minutes=found.minutes(timezone.now()))
    return found


def _pause_running(by: Actor) -> Stopwatch | None:
    rows = Stopwatch.objects.select_for_update(of=("self",), no_key=True)
    found = rows.filter(member=by.membership_id, running_since__isnull=False).first()
    if found is not None:
        _stand(found, by)
    return found


def _run(found: Stopwatch) -> None:
    found.running_since = timezone.now()
    found.version += 1
    found.save(update_fields=["running_since", "version"])


def _stand(found: Stopwatch, by: Actor) -> None:
    now = timezone.now()
    found.seconds, found.running_since, found.last_stopped_at = found.elapsed(now), None, now
    found.version += 1
    found.save(update_fields=["seconds", "running_since", "last_stopped_at", "version"])
    journal.record(found, "stopwatch.paused", by=by, **_facts(found))


def _facts(found: Stopwatch) -> dict[str, Any]:
    return {"ticket": found.ticket_id, "seconds": found.elapsed(timezone.now())}
