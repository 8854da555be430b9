"""Where a ticket goes, and what its customer is told about it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy

from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from psa.web import refusals
from tickets import texts
from tickets.forms.fields import Text
from tickets.forms.kept import KeptForm
from tickets.forms.ticket import colleagues
from tickets.models import Queue, Ticket
from tickets.services import customer_mails
from tickets.services.forwarding import Forward

# At which field a refusal is shown.
PLACES = {
    "forward_nowhere": "forward_to",
    "forward_note_missing": "forward_note",
    "choice_is_gone": "forward_to",
    "mail_without_contact": "mail",
    "mail_without_address": "mail",
    "no_customer_here": "mail",
    "mail_is_blank": "mail_text",
    "not_of_this_company": "contact",
}


class MailFields(forms.Form):
    """A mail to the contact. It opens with a wording in their language; left as it is, it is written anew."""

    about: Any  # the ticket, saved or as far as it is typed
    actor: Actor

    mail = forms.BooleanField(label=gettext_lazy("E-mail to the customer"), required=False)
    mail_text = Text(label=gettext_lazy("Text of the e-mail"), required=False, max_length=20_000)
    mail_begun = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20_000, strip=False)

    def begin_mail(self, ticket: Ticket, by: Actor) -> None:
        """Open with the wording, unless another was typed."""
        typed = _lines(self.initial.get("mail_text", ""))
        if not typed or typed == _lines(self.initial.get("mail_begun", "")):
            self.initial["mail_text"] = self.initial["mail_begun"] = customer_mails.request_received(ticket, by)

    def mail_to_send(self, ticket: Ticket, by: Actor) -> str:
        """The text as it goes out: the wording in the language of the contact there is now, or what was typed."""
        if not self.cleaned_data.get("mail"):
            return ""
        text: str = self.cleaned_data.get("mail_text", "")
        is_untouched = text == _lines(self.cleaned_data.get("mail_begun", ""))
        return customer_mails.request_received(ticket, by) if is_untouched or not text else text

    def check_texts(self, *names: str) -> None:
        """Starred fill-ins that are still empty, beside the text they stand in."""
        for name in names:
            if missing := texts.unfilled(self.cleaned_data.get(name) or ""):
                self.add_error(name, refusals.explain(Refused("fill_ins_missing", names=", ".join(missing))))

    def check_mail(self, ticket: Ticket) -> None:
        """Whether there is somebody to write to."""
        if not self.cleaned_data.get("mail"):
            return
        self.check_texts("mail_text")
        if refused := customer_mails.refusal(ticket):
            self.add_error("mail", refusals.explain(refused))

    @property
    def preview(self) -> Any:
        """The mail as the contact will read it, as far as it is typed."""
        if "mail" in self.fields and not self["mail"].value():
            return None
        return preview_of(self.about, str(self["mail_text"].value() or ""), self.actor)

    def refuse(self, refused: Refused) -> None:
        """Show a service's no beside the field it is about; what was typed stays."""
        place = PLACES.get(refused.code)
        self.add_error(place if place in self.fields else None, refusals.explain(refused))


class ForwardFields(forms.Form):
    """To whom, why, and whether they are told."""

    forward_to = forms.ModelChoiceField(
        Membership.objects.none(),
        label=gettext_lazy("Forward to"),
        required=False,
        empty_label=gettext_lazy("Nobody"),
    )
    forward_note = Text(label=gettext_lazy("Forwarding note"), required=False, max_length=5_000)
    forward_tells = forms.BooleanField(label=gettext_lazy("Tell them by mail"), required=False, initial=True)

    def offer_colleagues(self) -> None:
        """Whom a ticket can go to."""
        self.fields["forward_to"].queryset = colleagues()  # type: ignore[attr-defined]
        self.fields["forward_note"].widget.attrs["rows"] = 2


class ForwardForm(KeptForm, ForwardFields, MailFields):
    """Forwarding a ticket that is there."""

    place = "forward"

    HOW = (
        ("replaces", gettext_lazy("instead of the assignee")),
        ("adds", gettext_lazy("beside the assignee")),
    )
    forward_how = forms.ChoiceField(
        label=gettext_lazy("How"), choices=HOW, initial="replaces", widget=forms.RadioSelect, required=False
    )
    forward_queue = forms.ModelChoiceField(
        Queue.objects.none(), label=gettext_lazy("Queue"), required=False, empty_label=gettext_lazy("As it is")
    )
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, ticket: Ticket, by: Actor, data: Any = None, typed: Any = None) -> None:
        self.ticket, self.about, self.actor = ticket, ticket, by
        self.is_typed = typed is not None
        kept = {name: typed.get(name, "") for name in self.base_fields} if typed is not None else {"key": uuid4()}
        super().__init__(data, initial=kept)
        self.offer_colleagues()
        self.fields["forward_queue"].queryset = Queue.objects.filter(is_active=True)  # type: ignore[attr-defined]
        if not by.can("note.publish_to_customer"):
            for name in MailFields.base_fields:
                del self.fields[name]
        elif data is None:
            self.begin_mail(ticket, by)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.check_texts("forward_note")
        self.check_mail(self.about)
        return cleaned

    @property
    def where(self) -> Forward:
        """What the service is asked for."""
        given = self.cleaned_data
        return Forward(
            given["forward_to"],
            given["forward_queue"],
            given["forward_how"] == "adds",
            given["forward_note"],
            given["forward_tells"],
        )


class MailForm(KeptForm, MailFields):
    """A mail to the contact of a ticket that is there."""

    place = customer_mails.PLACE

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, ticket: Ticket, by: Actor, data: Any = None, typed: Any = None) -> None:
        self.ticket, self.about, self.actor = ticket, ticket, by
        self.is_typed = typed is not None
        kept = {name: typed.get(name, "") for name in self.base_fields} if typed is not None else {"key": uuid4()}
        super().__init__(data, initial=kept)
        del self.fields["mail"]
        self.fields["mail_text"].required = True
        self.fields["mail_text"].label = gettext_lazy("Text")
        self.fields["mail_text"].widget.attrs["rows"] = 10

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.check_texts("mail_text")
        return cleaned


def _lines(text: str) -> str:
    """A text without the browser's line ends, to compare it."""
    return str(text).replace("\r\n", "\n").replace("\r", "\n").strip()


def preview_of(ticket: Ticket, text: str, by: Actor) -> dict[str, Any]:
    """A mail before it is sent: to whom, in which language, what it says; or why none can go."""
    number = str(ticket.number) if ticket.pk else "…"
    return {
        "refused": customer_mails.refusal(ticket),
        "to": ticket.contact,
        "language": customer_mails.language_of(ticket),
        "subject": f"{ticket.title} [{number}]",
        "text": customer_mails.written(text.replace("{{ticket.number}}", number), ticket, by),
    }
