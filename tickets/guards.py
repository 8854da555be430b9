"""Who may say no to a verb on a ticket. Guards only refuse: services ask after locking, pages ask to draw padlocks.

A guard belongs to an app above the desk (a running handover, posted entries); the desk does not know it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from psa.tenancy.actor import Actor
from psa.tenancy.errors import Overridable, Refused
from tickets.models import Item, Ticket

Refusals = Mapping[Item | None, Refused]
Guard = Callable[[Ticket, str, Sequence[Item], Actor], Refusals]
Lock = Callable[..., None]

ITEM_VERBS = tuple(
    f"{kind}.{verb}" for kind in ("note", "attachment", "timeentry", "charge") for verb in ("add", "edit", "remove")
)
# A checklist's items are ticked, not written: ticking stands for unticking and "not applicable" as well.
CHECK_VERBS = ("checklistitem.add", "checklistitem.tick", "checklistitem.remove")
TICKET_VERBS = (
    "ticket.create",
    "ticket.edit",
    "ticket.change_company",
    "ticket.remap",
    "ticket.assign",
    "ticket.accept",
    "ticket.start",
    "ticket.ask",
    "ticket.answer",
    "ticket.submit",
    "ticket.plan",
    "ticket.deployed",
    "ticket.stand_down",
    "ticket.take_back",
    "ticket.refuse",
    "ticket.cancel",
    "ticket.close",
    "ticket.reopen",
    "ticket.estimate",
    "ticket.decide",
    "ticket.accept_solution",
    "ticket.to_billing",
    "ticket.settle",
    "ticket.link",
    "ticket.merge",
    "ticket.absorb",  # another ticket goes on as this one
    "ticket.split",
    "ticket.delete",
)
# Asking something is a note, and still another thing to forbid: "nothing new" does not silence a question.
ASK = "question.add"
# Nobody presses this: time is marked as over the estimate, or as within it again, when other time changes.
MARK = "timeentry.mark"
VERBS = (*TICKET_VERBS, *ITEM_VERBS, *CHECK_VERBS, ASK, MARK)

_guards: list[tuple[frozenset[str], Guard]] = []
_locks: list[Lock] = []
_memories: list[Lock] = []


def register(*verbs: str) -> Callable[[Guard], Guard]:
    """Ask this guard about these verbs. It reads only, in one query for a page of items."""
    if unknown := set(verbs) - set(VERBS):
        raise ValueError(f"No such verbs: {sorted(unknown)}")

    def remember(guard: Guard) -> Guard:
        _guards.append((frozenset(verbs), guard))
        return guard

    return remember


def also_lock(lock: Lock) -> Lock:
    """Lock this as well whenever a ticket is locked, right after it: what the guards read must stand still."""
    _locks.append(lock)
    return lock


def lock_with(*tickets: Ticket) -> None:
    """Take the locks that go with locked tickets, those of all of them in one order."""
    for lock in _locks:
        lock(*tickets)


def also_remember(memory: Lock) -> Lock:
    """Read what the guards need once for a whole page. Services never see it: they lock a fresh row."""
    _memories.append(memory)
    return memory


def remember(ticket: Ticket) -> None:
    """Prepare a ticket whose page will ask the guards many times."""
    for memory in _memories:
        memory(ticket)


def refusals(
    ticket: Ticket, verb: str, items: Sequence[Item], by: Actor, *, overrides: bool = False
) -> dict[Item | None, Refused]:
    """Every no to `verb`: under an item for that item, under None for all of them. The first guard's word stands; where
    somebody `overrides`, the first that cannot be overridden."""
    found: dict[Item | None, Refused] = {}
    for verbs, guard in _guards:
        if verb in verbs:
            for item, refusal in guard(ticket, verb, items, by).items():
                if not (overrides and isinstance(refusal, Overridable)):
                    found.setdefault(item, refusal)
    return found


def check(ticket: Ticket, verb: str, by: Actor, item: Item | None = None, *, overrides: bool = False) -> None:
    """Raise the Refused that stands against `verb` now. The ticket must be locked. `overrides` says that somebody who
    may goes past what can be overridden."""
    found = refusals(ticket, verb, [item] if item is not None else [], by, overrides=overrides)
    if refusal := found.get(None) or (found.get(item) if item is not None else None):
        raise refusal
