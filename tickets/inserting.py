"""Putting a text module into a text that is being written: by script at the cursor, else by a choice and a button.

Without scripts the form comes back with everything typed: first with the choice ("texts"), then with the text inserted
("insert"). Nothing is saved on the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psa.directory.models import Company, Contact, Location
from psa.tenancy.actor import Actor
from tickets.models import TextKind, Ticket
from tickets.services import text_modules
from tickets.services.text_modules import Ready

# Which kinds each place offers, by the name the place has for them.
KINDS = {
    "ticket": (TextKind.TICKET,),
    "note": (TextKind.SOLUTION, TextKind.MAIL),
    "mail": (TextKind.MAIL, TextKind.SOLUTION),
    "timeentry": (TextKind.TIME, TextKind.SOLUTION),
}
MOST_OFFERED = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """What a form without scripts offers to insert: pairs of id and name."""

    modules: list[tuple[int, str]]


def is_asked(posted: Mapping[str, Any]) -> bool:
    """Whether the form came back for a text module and not to be saved."""
    return "texts" in posted or "insert" in posted


def choice(place: str, ticket: Ticket, by: Actor) -> Choice:
    """All text modules this place offers, by name."""
    found = text_modules.find(KINDS.get(place, ()), "", ticket, by, limit=MOST_OFFERED)
    return Choice([(one.pk, one.name) for one in found])


def inserted(text: str, posted: Mapping[str, Any], place: str, ticket: Ticket, by: Actor) -> str:
    """The text with the chosen module at its end; as it was where nothing, or nothing of ours, was chosen."""
    chosen = str(posted.get("text_module", ""))
    found = text_modules.find(KINDS.get(place, ()), "", ticket, by, limit=MOST_OFFERED) if "insert" in posted else []
    said: Ready | None = next((one for one in found if str(one.pk) == chosen), None)
    return "\n\n".join(filter(None, (text.rstrip(), said.text))) if said else text


def draft_of(given: Mapping[str, Any], by: Actor) -> Ticket:
    """A ticket that is not there yet, of the customer, contact and location chosen so far."""
    company = _row(Company.objects.all() if by.can("company.view") else Company.objects.none(), given.get("company"))
    below = {"company_id": company.pk if company else None}
    return Ticket(
        company=company,
        contact=_row(Contact.objects.filter(**below), given.get("contact")),
        location=_row(Location.objects.filter(**below), given.get("location")),
    )


def _row(rows: Any, pk: Any) -> Any:
    word = str(pk or "")
    return rows.filter(pk=int(word)).first() if word.isdecimal() and len(word) < 19 else None
