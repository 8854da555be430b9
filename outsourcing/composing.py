"""What outsourcing adds where items are written: *Recall and add* in the composer, and a copy for somebody else."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from outsourcing import links
from outsourcing.models import HandoverStatus, Side
from outsourcing.services import answering
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.web import refusals
from tickets import parts
from tickets.forms import Line, Text
from tickets.models import Item, Ticket


class RecallFirst(forms.Form):
    """*Recall and add* (§6): what is saved after the submission counts only if the lead rejects or we recall."""

    template = "outsourcing/_recall_first.html"

    recall_first = forms.BooleanField(required=False)

    def __init__(self, partner: str, data: Any = None) -> None:
        super().__init__(data)
        self.partner = partner

    def save(self, item: Item, *, by: Actor) -> None:
        """Recall in the item's own transaction, before it is told of: it goes out like everything else."""
        if self.cleaned_data["recall_first"]:
            answering.recall(item.ticket, by=by)


def recall_first(ticket: Ticket, item: Item | None, data: Any, files: Any) -> RecallFirst | None:
    """The part of a new time entry or charge while the lead decides."""
    link = links.running(ticket, Side.SERVICE) if item is None else None
    is_submitted = link is not None and link.handover.status == HandoverStatus.WAITING_APPROVAL
    return RecallFirst(link.partner, data) if link is not None and is_submitted else None


def register() -> None:
    """Join the desk's composer."""
    for kind in ("timeentry", "charge"):
        parts.register(kind, recall_first)


class PassForm(forms.Form):
    """A copy of an item for somebody else, changed first: the words, or a file's name."""

    text = Text(label=gettext_lazy("Text"), max_length=50_000)
    name = Line(label=gettext_lazy("Name"), max_length=200)

    def __init__(self, item: Item, data: Any = None) -> None:
        super().__init__(data, initial={"text": getattr(item, "text", ""), "name": getattr(item, "name", "")})
        del self.fields["text" if item.kind() == "attachment" else "name"]

    @property
    def words(self) -> str:
        """What was typed."""
        return str(self.cleaned_data.get("text") or self.cleaned_data.get("name"))

    def refuse(self, refused: Refused) -> None:
        """Show a service's no; what was typed stays."""
        self.add_error(None, refusals.explain(refused))
