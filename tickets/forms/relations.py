"""Choosing another ticket, the items of a split, and the reason for deleting."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from psa.tenancy.actor import Actor
from tickets.forms.fields import Line, Text
from tickets.forms.kept import KeptForm
from tickets.models import Ticket
from tickets.services import searching

HITS = 8
ITEM = "item:"
# What this ticket is to the other one; "child" and "blocked" are the same links from the other end.
TO_OTHER = (
    ("related", gettext_lazy("is related to")),
    ("duplicates", gettext_lazy("duplicates")),
    ("blocks", gettext_lazy("blocks")),
    ("blocked", gettext_lazy("is blocked by")),
    ("parent", gettext_lazy("is the parent of")),
    ("child", gettext_lazy("is a child of")),
)
TURNED = {"blocked": "blocks", "child": "parent"}


class OtherTicketForm(forms.Form):
    """Another ticket, by its number or by words of it; only one its reader may see."""

    other = Line(
        label=gettext_lazy("Ticket"), max_length=100, help_text=gettext_lazy("Its number, or words to find it by")
    )

    def __init__(self, ticket: Ticket, actor: Any, *args: Any, **kwargs: Any) -> None:
        self.ticket, self.actor = ticket, actor
        self.hits: list[Ticket] = []
        super().__init__(*args, **kwargs)
        self.fields["other"].widget.attrs |= {"autocomplete": "off", "list": "ticket-hits", "data-tickets": "1"}

    def clean_other(self) -> Ticket:
        """The ticket meant. Of several the form shows which, and asks again."""
        asked = self.cleaned_data["other"]
        bare = asked.removeprefix("#").partition(" ")[0]
        rows = Ticket.objects.visible_to(self.actor).exclude(pk=self.ticket.pk).select_related("company", "merged_into")
        if bare.isdecimal() and len(bare) <= 9:
            found = rows.filter(number=int(bare)).first()
            if found is None:
                raise forms.ValidationError(
                    _("There is no ticket %(number)s, or not for you."), params={"number": bare}
                )
            return found
        self.hits = hits(self.ticket, self.actor, asked)
        if len(self.hits) == 1:
            return self.hits[0]
        if self.hits:
            raise forms.ValidationError(_("Several tickets fit. Choose one by its number."))
        raise forms.ValidationError(_("No ticket was found. Try its number."))


def hits(ticket: Ticket, actor: Any, asked: str) -> list[Ticket]:
    """The tickets these words find, the latest first."""
    rows = Ticket.objects.visible_to(actor).exclude(pk=ticket.pk).filter(merged_into=None)
    return (
        list(searching.find(rows, asked).select_related("company").order_by("-last_activity")[:HITS]) if asked else []
    )


class LinkForm(OtherTicketForm):
    """What this ticket is to another one."""

    kind = forms.ChoiceField(label=gettext_lazy("This ticket"), choices=TO_OTHER)
    field_order = ("kind", "other")


class MergeForm(OtherTicketForm):
    """The ticket that goes on, and that this is meant."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    other_customer = forms.BooleanField(
        label=gettext_lazy("Yes, they belong together although the customers differ"), required=False
    )


class AskedForm(KeptForm):
    """What one ticket is asked before something is done to it."""

    def __init__(self, ticket: Ticket, actor: Actor, data: Any = None) -> None:
        self.ticket, self.actor = ticket, actor
        super().__init__(data)


class SplitForm(AskedForm):
    """What the new ticket is called, and what moves there."""

    place, words = "split", "title"
    title = Line(label=gettext_lazy("Title of the new ticket"), max_length=200)

    @property
    def picked(self) -> set[str]:
        """The items chosen, as "kind:key". Each is a field of its own, so that a draft keeps all of them."""
        typed = self.data if self.is_bound else (self.draft.fields if self.draft else {})
        return {name.removeprefix(ITEM) for name in typed if name.startswith(ITEM)}


class DeleteForm(AskedForm):
    """Why it goes."""

    place = "delete"

    reason = Text(label=gettext_lazy("Reason"), max_length=500)
