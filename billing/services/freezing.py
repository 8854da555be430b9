"""What stands on a prepared delivery note stands still on every path: its charge is neither edited nor deleted, whoever
asks. A return note corrects it (it-house spec, "Material and delivery notes")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from billing.services import materials
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import guards
from tickets.models import Item, Ticket


@guards.register("charge.edit", "charge.remove")
def material_on_its_note(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """One query for a page of charges."""
    if not items:
        return {}
    charges: Any = items
    found = materials.frozen(charges)
    return {item: Refused("material_is_on_its_note", number=found[item.pk]) for item in items if item.pk in found}
