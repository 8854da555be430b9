"""Which form belongs to which kind of item."""

from __future__ import annotations

from typing import Any

from tickets.forms.items import ChargeForm, FileForm, FileNameForm, ItemForm, NoteForm
from tickets.forms.time import TimeForm

FORMS: dict[str, type[ItemForm]] = {form.kind: form for form in (NoteForm, TimeForm, ChargeForm, FileForm)}


def form_of(kind: str, *args: Any, **kwargs: Any) -> ItemForm:
    """The form of a kind of item: for a new one, or for the `item` given."""
    known = FileNameForm if kind == "attachment" and kwargs.get("item") is not None else FORMS[kind]
    return known(*args, **kwargs)
