"""A member's leaving: everything they hold gets a new owner or ends, and the door closes, all in one transaction.

Apps above say what somebody can hold, each once:

    leaving.register(Holding("tickets", _("Open tickets"), "ticket", held, give))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from psa.journal import journal
from psa.tenancy import granting, services
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing somebody holds: its name and where it is."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """One kind of thing. `held(member)` counts them and names the first `SHOWN`; `give(member, heir, by)` passes all of
    them on, locked and in the order of their ids, or ends them where `needs_heir` is not."""

    code: str
    label: Any
    icon: str
    held: Callable[[Membership], tuple[int, Sequence[Thing]]]
    give: Callable[[Membership, Membership | None, Actor], int]
    needs_heir: bool = True


@dataclass(frozen=True, slots=True)
class Held:
    """What a member has of one kind."""

    holding: Holding
    count: int
    things: Sequence[Thing]

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.count - len(self.things)


_holdings: dict[str, Holding] = {}


def register(holding: Holding) -> None:
    """Put a kind of thing on the page of leaving; the order of registration is that of the locks."""
    _holdings[holding.code] = holding


def holdings(member: Membership) -> list[Held]:
    """All that the member holds, by kind; kinds of which there is nothing are left out."""
    found = [Held(one, *one.held(member)) for one in _holdings.values()]
    return [one for one in found if one.count]


def heirs(member: Membership) -> list[Membership]:
    """Who can take something over: everybody else who can sign in."""
    return [one for one in granting.members() if one.pk != member.pk]


@transaction.atomic
def leave(member: Membership, chosen: Mapping[str, Membership], *, by: Actor) -> Membership:
    """Pass on what the member holds and close the door: sessions end with the next click.

    What came in since the page was shown goes where its kind goes; a kind nobody was chosen for refuses everything.
    Raises Refused("last_administrator"), ("leaving_needs_an_heir"), ("has_left_already"), Denied.
    """
    by.require("member.manage")
    if not member.is_active:
        raise Refused("has_left_already", name=member.name)
    given = []
    for code, holding in _holdings.items():
        heir = chosen.get(code)
        if heir is not None and (heir.pk == member.pk or not heir.is_active):
            raise Refused("leaving_needs_an_heir", what=str(holding.label))
        if holding.needs_heir and heir is None and holding.held(member)[0]:
            raise Refused("leaving_needs_an_heir", what=str(holding.label))
        if count := holding.give(member, heir, by):
            name = heir.name if heir and holding.needs_heir else ""
            given.append({"label": code, "count": count, "heir": name})
    services.deactivate(member, by=by)
    journal.record(member, "member.left", by=by, given=given)
    member.refresh_from_db()
    return member


def label(code: str) -> str:
    """What a kind is called, also after its app stopped knowing it."""
    return str(_holdings[code].label) if code in _holdings else code
