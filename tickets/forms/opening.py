"""A new ticket on one screen: the ticket, where it goes, what the customer is told, and the time it took."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from psa.directory import services as directory
from psa.directory.models import Company, Contact, WorkType
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.web import refusals
from tickets import inserting
from tickets.forms.fields import Line, Minutes, Text
from tickets.forms.forwarding import ForwardFields, MailFields
from tickets.forms.items import Files, Uploading
from tickets.forms.kept import KeptForm, named
from tickets.forms.ticket import TicketFields, TicketForm
from tickets.models import Ticket
from tickets.services.forwarding import Forward
from tickets.services.opening import Opening, Spent

# So many customers stand in the list of a browser without scripts; the others are searched for.
MOST_OFFERED = 100
MOST_FOUND = 8


def find_customers(words: str, by: Actor) -> Any:
    """The customers whose name or number has these words, or a contact's name or telephone number."""
    rows = Company.objects.visible_to(by).filter(is_active=True)
    for word in words.split():
        people = Contact.objects.filter(Q(name__icontains=word) | Q(phone__icontains=word), is_active=True)
        rows = rows.filter(Q(name__icontains=word) | Q(number__icontains=word) | Q(pk__in=people.values("company_id")))
    return rows.order_by("name", "pk")


class TimeFields(forms.Form):
    """The time taking the request took."""

    minutes = Minutes(
        label=gettext_lazy("Time worked"), required=False, help_text=gettext_lazy("1:30, 1.5 h or 90 (minutes)")
    )
    work_type = forms.ModelChoiceField(
        WorkType.objects.none(), label=gettext_lazy("Work type"), required=False, empty_label="–"
    )
    time_text = Text(label=gettext_lazy("What was done"), required=False)


class FileFields(Uploading, forms.Form):
    """The pictures and papers the request came with."""

    upload = Files(required=False)


class OpeningForm(KeptForm, TimeFields, MailFields, ForwardFields, FileFields, TicketForm):
    """Everything of the screen. `typed` opens it again as it was, with what customer, contact and category bring."""

    words = "title description forward_note time_text"

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    find = Line(label=gettext_lazy("Search customers"), required=False, max_length=100)
    # The customer whose default contact was put in: another one brings their own.
    contact_of = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)

    def __init__(
        self, actor: Actor, data: Any = None, files: Any = None, *, typed: Mapping[str, Any] | None = None
    ) -> None:
        words = [name for name in self.base_fields if name not in FileFields.base_fields]
        kept = {name: typed[name] for name in words if name in typed} if typed is not None else {}
        if typed and "title" in typed:
            kept |= {name: name in typed for name in ("mail", "forward_tells")}
        self.is_typed = typed is not None and "title" in typed
        super().__init__(actor, data, initial={"key": uuid4(), **kept}, files=files)
        self._narrow(actor)
        if data is None:
            self._bring_contact()
            if "mail" in self.fields and self.initial.get("mail"):
                self.begin_mail(self.about, actor)

    def _narrow(self, actor: Actor) -> None:
        self.offer_colleagues()
        self._field("work_type").queryset = WorkType.objects.filter(is_active=True)
        self._field("description").widget.attrs["rows"] = 6
        self._field("time_text").widget.attrs["rows"] = 2
        self._field("mail_text").widget.attrs["rows"] = 9
        for capability, fields in (
            ("ticket.assign", ForwardFields),
            ("note.publish_to_customer", MailFields),
            ("time.log", TimeFields),
            ("attachment.add", FileFields),
        ):
            if not actor.can(capability):
                for name in fields.base_fields:
                    del self.fields[name]
        words = str(self.data.get("find", "") if self.is_bound else self.initial.get("find", ""))
        found = list(find_customers(words, actor).values_list("pk", "name")[:MOST_OFFERED])
        if self.company_id and self.company_id not in [pk for pk, _name in found]:
            found = [*Company.objects.filter(pk=self.company_id).values_list("pk", "name"), *found]
        self._field("company").widget.choices = [("", self._field("company").empty_label), *found]

    def _bring_contact(self) -> None:
        """The customer's default contact, once: whoever was chosen after that stays."""
        now = str(self.company_id or "")
        if now and str(self.initial.get("contact_of", "")) != now:
            person = directory.default_contact(int(now))
            self.initial = {**self.initial, "contact": person.pk if person else "", "location": ""}
        self.initial["contact_of"] = now

    @property
    def place(self) -> str:
        return f"new-{named(self['key'])}"

    @cached_property
    def about(self) -> Ticket:
        """The ticket as far as it is typed."""
        given = self.data if self.is_bound else self.initial
        made = inserting.draft_of(given, self.actor)
        made.title = str(given.get("title", ""))
        return made

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.check_texts("description", "forward_note", "time_text")
        self.check_mail(self.about)
        if cleaned.get("forward_note") and not cleaned.get("forward_to"):
            self.add_error("forward_to", _("Choose who gets the note."))
        if (cleaned.get("time_text") or cleaned.get("work_type")) and "minutes" in cleaned and not cleaned["minutes"]:
            self.add_error("minutes", _("Say how long it took."))
        return cleaned

    @property
    def opening(self) -> Opening:
        """What the service is asked for."""
        given = self.cleaned_data
        to = given.get("forward_to")
        return Opening(
            fields={name: given[name] for name in (*TicketFields.base_fields, "source")},
            key=given["key"],
            forward=Forward(to, note=given["forward_note"], tells=given["forward_tells"]) if to else None,
            mail=self.mail_to_send(self.about, self.actor),
            spent=Spent(given["minutes"], given["work_type"], given["time_text"]) if given.get("minutes") else None,
            uploads=given.get("upload") or (),
        )

    def refuse(self, refused: Refused) -> None:
        """Show a no about a file at the files; what was typed stays."""
        if refused.code in {"file_too_large", "file_is_empty"}:
            self.add_error("upload", refusals.explain(refused))
        else:
            super().refuse(refused)
