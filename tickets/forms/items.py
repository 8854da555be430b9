"""Notes, time, charges and files as they are typed, each for somebody who will read it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.audience import look_of
from tickets import parts, permissions, readers
from tickets.forms.fields import Amount, Line, Minutes, Text
from tickets.forms.kept import KeptForm
from tickets.labels import NOTE_KINDS
from tickets.models import Audience, ChargeCategory, NoteKind, Source, Ticket
from tickets.readers import Reader
from tickets.services import MOVES_FOR_ALL, mentions
from tickets.services.replies import StatusRefused

LARGEST_CHARGE = Decimal(10**9)
MOST_FILES = 20
# What some kinds of items bring along when they are new, by the names the service has for it.
BROUGHT = {"minutes": "spent", "move": "move", "upload": "uploads"}


def _to_write() -> list[tuple[Any, Any]]:
    """The kinds somebody writes; what goes out by mail becomes one by being sent."""
    return [pair for pair in NOTE_KINDS.choices() if pair[0] != NoteKind.MAIL]


class SeveralFiles(forms.ClearableFileInput):
    """A place for several files at once."""

    allow_multiple_selected = True


class Files(forms.FileField):
    """One file or several, each checked as a single one is."""

    widget = SeveralFiles(attrs={"multiple": True})

    def __init__(self, **options: Any) -> None:
        limits = {"max_length": 255, "allow_empty_file": True, "help_text": lazy(_limits, str)()}
        super().__init__(label=gettext_lazy("Files"), **{**limits, **options})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data]
        if len(given) > MOST_FILES:
            raise forms.ValidationError(_("At most %(most)s files at once.") % {"most": MOST_FILES})
        found = [one for one in (super(Files, self).clean(each, initial) for each in given or [None]) if one]
        if wrong := [said for one in found if (said := _wrong_with(one))]:
            raise forms.ValidationError(wrong)
        return found


class Uploading:
    """What a form that takes files says of its limits, before anything is sent."""

    most_files = MOST_FILES

    @property
    def file_limit(self) -> int:
        """Bytes of one file."""
        return int(settings.UPLOAD_LIMIT)

    @property
    def too_large(self) -> str:
        """What the browser says of a file above the limit; it fills in {name}."""
        said = _("“{name}” is larger than %(limit)s and was left out.")
        return said % {"limit": _limit()}

    @property
    def too_many(self) -> str:
        return _("At most %(most)s files at once.") % {"most": MOST_FILES}


def _wrong_with(upload: Any) -> str:
    """Why this file, by its name, is not taken; "" if it is."""
    if upload.size > settings.UPLOAD_LIMIT:
        return _("“%(name)s” is larger than %(limit)s.") % {"name": upload.name, "limit": _limit()}
    return "" if upload.size else _("“%(name)s” is empty.") % {"name": upload.name}


def _limits() -> str:
    return _("Up to %(most)s files of %(limit)s each.") % {"most": MOST_FILES, "limit": _limit()}


def _limit() -> str:
    """The limit as it was set and as the refusal says it: in MB of 1024 × 1024 bytes."""
    return f"{settings.UPLOAD_LIMIT // (1024 * 1024)} MB"


class ItemForm(KeptForm):
    """The shape of every item's form: for whom it is, from which version it was made, and the item's own fields."""

    do_not_call_in_templates = True
    icon = ""
    kind = ""
    label: Any = ""
    names: tuple[str, ...] = ()
    takes_texts = False  # whether text modules are inserted here
    texts: Any = None  # what there is to insert, where somebody without scripts asked for it
    carries: tuple[str, ...] = ()  # what a new one can bring along besides itself: "minutes", "move"
    parts: Any = None  # what other apps add, as it was typed
    status_refused = False  # whether the status was refused, so that the rest may be sent without it

    reader = forms.ChoiceField(
        label=gettext_lazy("Who will see this"),
        widget=forms.RadioSelect,
        error_messages={
            "invalid_choice": gettext_lazy("Who reads this ticket has changed. Please choose again who will see this.")
        },
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    # Names this opening of the form: what it sends is written once, however often it is sent.
    opening = forms.UUIDField(widget=forms.HiddenInput, required=False)
    move = forms.ChoiceField(
        label=gettext_lazy("Status"),
        required=False,
        choices=[("", ""), *((one.name, one.label) for one in MOVES_FOR_ALL)],
    )

    def __init__(
        self,
        ticket: Ticket,
        actor: Actor,
        data: Any = None,
        files: Any = None,
        item: Any = None,
        found: Sequence[Reader] | None = None,
    ) -> None:
        self.ticket, self.actor, self.item = ticket, actor, item
        self.readers = self.choices(found or readers.readers(ticket))
        super().__init__(data, files, initial=self.start())
        self.fields["reader"].choices = [(reader.value, reader.name) for reader in self.readers]  # type: ignore[attr-defined]
        brought = () if self.item is not None else ("opening", *self.carries)
        for name in {"opening", *BROUGHT} - {*brought, *self.names}:
            self.fields.pop(name, None)
        self.narrow()

    def choices(self, found: Sequence[Reader]) -> list[Reader]:
        """Who this may be written for. Who reads an item now stays a choice, and a partner's is nobody else's."""
        allowed = [reader for reader in found if may_choose(reader, self.actor)]
        if self.item is None:
            return allowed
        now = (self.item.audience, self.item.handover)
        same = [reader for reader in found if (reader.audience, reader.handover) == now]
        kept = same[:1] or [Reader(Audience(self.item.audience), _("as before"), self.item.handover)]
        return kept if self.item.is_copy else [*kept, *(reader for reader in allowed if reader not in kept)]

    def start(self) -> dict[str, Any]:
        """The values the form opens with."""
        if self.item is None:
            begin = {"reader": self.default_reader.value, "opening": uuid4()}
            return {**begin, **self.blank(), **parts.start(self.kind, self.ticket)}
        present = {name: getattr(self.item, name) for name in self.names}
        present |= {name: getattr(self.item, f"{name}_id") for name in self.names if hasattr(self.item, f"{name}_id")}
        return {**present, "version": self.item.version, "reader": self.readers[0].value}

    def blank(self) -> dict[str, Any]:
        """The values of a new one."""
        return {}

    def narrow(self) -> None:
        """Last touches of a kind: choices, fields this member does not have."""

    @property
    def place(self) -> str:
        """Where a draft of this form is kept."""
        return f"edit-{self.kind}-{self.item.key}" if self.item is not None else self.kind

    @property
    def default_reader(self) -> Reader:
        """Ourselves, unless a kind says otherwise."""
        return self.readers[0]

    @property
    def chosen(self) -> Reader:
        """The reader named by the form. Raises Refused("readers_changed")."""
        return readers.chosen(self.ticket, self.cleaned_data["reader"], self.readers)

    @property
    def drawn(self) -> list[tuple[Reader, Any, bool]]:
        """The readers as the composer draws them: each with its look, and whether it is chosen."""
        value = self["reader"].value()
        is_insourced = self.ticket.source == Source.INSOURCED
        return [(reader, look_of(reader.audience, is_insourced), reader.value == value) for reader in self.readers]

    def values(self) -> dict[str, Any]:
        """The item's columns as cleaned."""
        return {name: self.cleaned_data[name] for name in self.names if name in self.cleaned_data}

    def along(self) -> dict[str, Any]:
        """What a new item brings along, as `services.replies.send` takes it."""
        found = {BROUGHT[name]: self.cleaned_data[name] for name in self.carries if self.cleaned_data.get(name)}
        return {**found, "opening": self.cleaned_data.get("opening")}

    @property
    def own(self) -> list[Any]:
        """The bound fields of the kind itself."""
        return [self[name] for name in self.fields if name not in {"reader", "version", "opening", "move"}]

    def refuse(self, refused: Refused) -> None:
        """Show a service's no at the place it is about; what was typed stays."""
        self.status_refused = isinstance(refused, StatusRefused)
        if refused.code == "sent_already" and self.is_bound:
            given: Any = self.data
            typed = given.copy()
            typed["opening"] = str(uuid4())
            self.data = typed
        place = {"readers_changed": "reader", "file_too_large": "upload", "file_is_empty": "upload"}.get(refused.code)
        self.add_error(place if place in self.fields else None, refusals.explain(refused))


def may_choose(reader: Reader, actor: Actor) -> bool:
    """Whether this member may write for that reader at all."""
    return reader.audience != Audience.CUSTOMER or bool(actor.can("note.publish_to_customer"))


class NoteForm(Uploading, ItemForm):
    """A note, and the files that go with it."""

    kind, icon, label = "note", "message-square", gettext_lazy("Note")
    names = ("kind_of", "text")
    takes_texts = True
    carries = ("minutes", "move", "upload")

    text = Text(label=gettext_lazy("Text"))
    upload = Files(required=False)
    minutes = Minutes(label=gettext_lazy("Time worked"), required=False)
    kind_of = forms.ChoiceField(label=gettext_lazy("Kind"), choices=_to_write, initial="note", required=False)

    def narrow(self) -> None:
        for name, needed in (("minutes", "time.log"), ("upload", "attachment.add")):
            if not permissions.may(self.ticket, needed, self.actor):
                self.fields.pop(name, None)

    @property
    def time_is_internal(self) -> bool:
        """Whether the minutes stay ours, whoever reads the note."""
        return self.ticket.source != Source.INSOURCED

    blind = ""  # whom the text mentions in vain, once somebody was told so

    def clean_kind_of(self) -> str:
        return self.cleaned_data["kind_of"] or "note"

    def clean(self) -> dict[str, Any]:
        """Mentioning somebody who cannot see the ticket is said once; sending it again means it."""
        cleaned = super().clean() or {}
        people = mentions.blind(self.ticket, cleaned.get("text") or "")
        self.blind = ",".join(str(one.pk) for one in people)
        if people and self.data.get("blind") != self.blind:
            names = ", ".join(one.name for one in people)
            said = _(
                "%(names)s cannot see this ticket and will not hear of it. Send it again to write it all the same."
            )
            self.add_error("text", said % {"names": names})
        return cleaned


class WorkForm(ItemForm):
    """What time and charges have in common: on an insourced ticket they are made for the lead partner."""

    @property
    def default_reader(self) -> Reader:
        partner = [one for one in self.readers if one.audience == Audience.PARTNER]
        return partner[0] if partner and self.ticket.source == Source.INSOURCED else self.readers[0]


class ChargeForm(WorkForm):
    """Material, travel, a licence. Prices stand only in front of those who may see them."""

    kind, icon, label = "charge", "receipt", gettext_lazy("Charge")
    names = ("category", "name", "quantity", "unit", "unit_price", "is_billable", "text")

    category = forms.ChoiceField(
        label=pgettext_lazy("charge", "Category"),
        choices=ChargeCategory.choices,
        initial=ChargeCategory.OTHER,
        required=False,
    )
    name = Line(label=gettext_lazy("What"), max_length=160)
    quantity = Amount(
        label=gettext_lazy("Quantity"),
        max_digits=10,
        decimal_places=2,
        initial=1,
        validators=[MinValueValidator(Decimal("0.01"))],
    )
    unit = Line(label=gettext_lazy("Unit"), max_length=20, required=False)
    unit_price = Amount(
        label=gettext_lazy("Price each"),
        max_digits=12,
        decimal_places=2,
        initial=0,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(LARGEST_CHARGE)],
    )
    is_billable = forms.BooleanField(label=gettext_lazy("Billable"), required=False, initial=True)
    text = Text(label=gettext_lazy("Remark"), required=False)

    def clean_category(self) -> str:
        """Who names none leaves it as it is."""
        return self.cleaned_data["category"] or getattr(self.item, "category", ChargeCategory.OTHER)

    def narrow(self) -> None:
        self.fields["text"].widget.attrs["rows"] = 2
        if not self.actor.can("price.view"):
            del self.fields["unit_price"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (cleaned.get("quantity") or 0) * (cleaned.get("unit_price") or 0) > LARGEST_CHARGE:
            self.add_error("quantity", _("Quantity times price is more than anybody charges. Please check both."))
        return cleaned


class FileForm(Uploading, ItemForm):
    """Files to add."""

    kind, icon, label = "attachment", "paperclip", gettext_lazy("File")
    names = ("upload",)

    upload = Files()


class FileNameForm(ItemForm):
    """A file that is there: its name and who sees it."""

    kind, icon, label = "attachment", "paperclip", gettext_lazy("File")
    names = ("name",)

    name = Line(label=gettext_lazy("Name"), max_length=200)
