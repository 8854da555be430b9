"""Who is here: seen in the last minutes, on which ticket, and writing there. Kept in the cache alone, never in a row.

    presence.seen(request.member)                    # a page of theirs asked for something
    presence.here([ada.pk, max.pk])                  # {ada.pk}: who was seen lately
    presence.on(ticket, request.member)              # has it open; say it again at least every KEPT seconds
    presence.on(ticket, request.member, writing=True)
    presence.of([ticket.pk])                         # {ticket.pk: [Presence(member_id, name, writing), …]}

A word is said again or it ends by itself, so nothing is ever cleaned up, and a cache that forgets costs a dot. Whoever
asks shows the answer only beside rows its reader may see; the keys carry the tenant in scope.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache

from psa.tenancy import scope

SEEN = 5 * 60
KEPT = 40
MOST = 20


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody who has a ticket open."""

    member_id: int
    name: str
    writing: bool


def seen(member: Any) -> None:
    """This member's browser asked for something just now."""
    cache.set(_member(member.pk), 1, SEEN)


def here(member_ids: Iterable[int]) -> set[int]:
    """Who of them was seen in the last SEEN seconds. One question, however many are asked for."""
    keys = {_member(pk): pk for pk in member_ids}
    return {keys[key] for key in cache.get_many(keys)} if keys else set()


def on(ticket: Any, member: Any, writing: bool = False) -> None:
    """This member has the ticket open, and writes or does not; holds for KEPT seconds. They are seen by it, too."""
    roster = cache.get(_roster(ticket.pk), ())
    if member.pk not in roster:  # two who come at the same moment may lose one: the next word puts it right
        cache.set(_roster(ticket.pk), (*roster, member.pk)[-MOST:], SEEN)
    else:
        cache.touch(_roster(ticket.pk), SEEN)
    cache.set(_on(ticket.pk, member.pk), (member.name, writing), KEPT)
    seen(member)


def off(ticket: Any, member: Any) -> None:
    """This member has left the ticket."""
    cache.delete(_on(ticket.pk, member.pk))


def of(ticket_ids: Iterable[int], but: int | None = None) -> dict[int, list[Presence]]:
    """Who has which of these tickets open, without the member `but`; two questions, however many tickets."""
    rosters = {_roster(pk): pk for pk in ticket_ids}
    keys = {
        _on(rosters[key], member): (rosters[key], member)
        for key, members in (cache.get_many(rosters) if rosters else {}).items()
        for member in members
        if member != but
    }
    found: dict[int, list[Presence]] = {}
    for key, (name, writing) in (cache.get_many(keys) if keys else {}).items():
        ticket, member = keys[key]
        found.setdefault(ticket, []).append(Presence(member, name, writing))
    return {ticket: sorted(people, key=lambda one: one.name) for ticket, people in found.items()}


def _member(pk: int) -> str:
    return f"seen:{scope.tenant_id()}:{pk}"


def _roster(ticket: int) -> str:
    return f"roster:{scope.tenant_id()}:{ticket}"


def _on(ticket: int, member: int) -> str:
    return f"on:{scope.tenant_id()}:{ticket}:{member}"
