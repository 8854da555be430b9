"""What one side keeps to itself about a partnership: address, note, tags, default terms, insourcing setup (§3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from outsourcing.models import Partnership, PartnershipSide
from outsourcing.terms import Draft
from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused

MOST_TAGS = 12
ROWS = ("queue", "category", "work_type", "assignee")
SETUP = (*ROWS, "charge_category")


def of(partnership: Partnership) -> PartnershipSide:
    """Our side's row of a partnership, unsaved where nothing was ever kept."""
    name = _name(partnership)
    rows = PartnershipSide.objects.select_related("company", "queue", "category", "work_type", "assignee")
    return rows.filter(**{name: partnership}).first() or PartnershipSide(**{name: partnership})


def lock(partnership: Partnership) -> PartnershipSide:
    """Our side's row, made where there is none, locked until the transaction ends."""
    kept = {_name(partnership): partnership}
    PartnershipSide.objects.get_or_create(**kept)
    rows = PartnershipSide.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("company").get(**kept)


@transaction.atomic
def note(partnership: Partnership, notify_email: str, text: str, tags: Sequence[str], *, by: Actor) -> PartnershipSide:
    """Where news goes, what we think, and the words we find the partner by (region, skills, languages)."""
    by.require("outsource.partners")
    side = lock(partnership)
    kept = {"notify_email": notify_email, "note": text, "tags": list(tags)[:MOST_TAGS]}
    return _keep(partnership, side, "partnership.noted", kept, by)


@transaction.atomic
def set_terms(partnership: Partnership, draft: Draft, *, by: Actor) -> PartnershipSide:
    """The terms an offer to this partner opens with. The lead's only; they never leave it."""
    by.require("outsource.partners")
    side = lock(partnership)
    if side.lead_of_id is None:
        raise Refused("not_our_side_of_it")
    return _keep(partnership, side, "partnership.terms_set", {"terms": draft.to_json()}, by)


@transaction.atomic
def set_up(partnership: Partnership, *, by: Actor, **setup: Any) -> PartnershipSide:
    """*Insourcing setup*: what the tickets of this lead start with (SETUP). The service side's only."""
    by.require("outsource.partners")
    side = lock(partnership)
    if side.service_of_id is None:
        raise Refused("not_our_side_of_it")
    if unknown := set(setup) - set(SETUP):
        raise ValueError(f"Not part of the setup: {sorted(unknown)}")
    return _keep(partnership, side, "partnership.set_up", setup, by)


def on_queue_retired(entry: Entry) -> None:
    """Insourced tickets of every lead that landed in a retired queue land in its new home from now on."""
    PartnershipSide.objects.filter(queue_id=entry.subject_id).update(queue_id=entry.data["home"])


def default_terms(partnership: Partnership) -> Draft | None:
    """The lead's default terms for this partner, if it keeps any."""
    kept = PartnershipSide.objects.filter(lead_of=partnership).values_list("terms", flat=True).first()
    return Draft.from_json(kept) if kept else None


def _keep(partnership: Partnership, side: PartnershipSide, kind: str, kept: dict[str, Any], by: Actor) -> Any:
    old = {name: _plain(getattr(side, name)) for name in kept}
    for name, value in kept.items():
        setattr(side, name, value)
    new = {name: _plain(value) for name, value in kept.items()}
    if old != new:
        side.save(update_fields=list(kept))
        journal.record(partnership, kind, by=by, old=old, new=new)
    return side


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | list | dict) else str(value)


def _name(partnership: Partnership) -> str:
    return "lead_of" if partnership.lead_id == scope.tenant_id() else "service_of"
