"""Forms whose typing is kept while it is typed, on the server and in the browser (see tickets.services.drafts)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from django import forms

from psa.tenancy.actor import Actor
from tickets.models import Draft
from tickets.services.drafts import NOT_TYPED


class KeptForm(forms.Form):
    """What a form says about the draft that is kept of it. `place` names the form among those of its ticket."""

    place: str
    ticket: Any = None  # the ticket it is about, once there is one
    actor: Actor
    draft: Draft | None = None  # what was typed here before and not sent
    draft_at = ""  # and when, said to its reader
    offers: Sequence[Any] = ()  # what was begun in other openings of it
    words = ""  # the fields without which nothing is worth keeping, if not all are
    is_typed = False  # whether what it opens with was typed a moment ago and is kept nowhere yet

    def take(self, typed: Mapping[str, Any]) -> None:
        """Open with what was typed so far, not checked yet."""
        for name, field in self.fields.items():
            if name not in NOT_TYPED and (name in typed or isinstance(field, forms.BooleanField)):
                self.initial[name] = typed.get(name, "")


def named(field: forms.BoundField) -> UUID:
    """The opening a hidden field names; another one where that is nonsense."""
    try:
        return UUID(str(field.value()))
    except ValueError:
        return uuid4()
