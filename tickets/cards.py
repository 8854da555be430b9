"""One item as the stream shows it. Everything its template draws comes ready: a page holds many cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from psa.tenancy.errors import Refused
from psa.web.audience import AUDIENCES, look_of
from psa.web.figures import hours, moment, money, quantity
from psa.web.reading import once
from psa.web.refusals import explain
from psa.web.templatetags import ui
from tickets.labels import NOTE_KINDS
from tickets.models import Charge, Direction, Item, NoteKind
from tickets.services.files import PICTURES

# An item that was this long on its way says when it came.
LATE = timedelta(minutes=10)
NOTHING = mark_safe("")
# Bytes of a picture that is drawn in the stream: it is fetched whole, there is no smaller one.
DRAWN = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Undo:
    """A mail that has not left: to whom it goes, in how many seconds, and where to take it back."""

    name: str
    seconds: int
    url: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A word at an item: held, received by the partner, refused. `undo` is offered below the item's head."""

    label: Any
    colour: str = "gray"
    icon: str = ""
    title: Any = ""
    undo: Undo | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Something another app can do with an item: a page that asks."""

    label: Any
    icon: str
    url: str


class Face(NamedTuple):
    """Everything a card's template writes, as values: the markup is kept by them."""

    key: UUID
    kind: str
    tone: str
    is_removed: bool
    gone: SafeString | str
    author: str
    avatar: SafeString
    label: str | SafeString
    when: SafeString
    signs: SafeString
    readers: SafeString
    actions: SafeString | str
    url: str
    text: str
    figures: str = ""
    amount: str = ""
    internal: SafeString | str = ""
    internal_text: str = ""
    picture: str = ""
    link: SafeString | str = ""
    preview: str = ""


@dataclass(slots=True)
class Card:
    """Something that stands on the ticket."""

    id: int
    item: Any
    kind: str
    may_edit: bool = False
    refused_edit: Refused | None = None
    may_remove: bool = False
    refused_remove: Refused | None = None
    marks: list[Mark] = field(default_factory=list)
    links: Sequence[Link] = ()
    url: str = ""
    reader: str = ""
    is_insourced: bool = False
    with_prices: bool = False

    @property
    def acts(self) -> tuple[()]:
        """What a line offers; a card has its menu."""
        return ()

    @property
    def is_item(self) -> bool:
        """Not a line of the journal."""
        return True

    @property
    def face(self) -> Face:
        """What the template writes."""
        item, kind = self.item, self.kind
        face = Face(
            item.key,
            kind,
            self.tone,
            item.is_removed,
            self.gone,
            item.author_name,
            self.avatar,
            self.label,
            self.when,
            self.signs,
            self.readers,
            self.actions,
            self.url,
            getattr(item, "text", ""),
        )
        if item.is_removed:
            return face
        if kind == "attachment":
            return face._replace(link=self.link, preview=self.preview, picture=item.name if self.is_picture else "")
        if kind == "timeentry" and item.internal_text:
            return face._replace(internal=self.internal, internal_text=item.internal_text)
        if kind == "charge":
            return face._replace(figures=self.figures, amount=self.amount)
        return face._replace(figures=self.figures) if getattr(item, "stands_for", None) else face

    @property
    def label(self) -> str:
        """What it is, behind the author's name."""
        return "" if self.item.is_removed else LABELS[self.kind](self.item)

    @property
    def tone(self) -> str:
        return AUDIENCES[self.item.audience].colour

    @property
    def avatar(self) -> SafeString:
        return ui.avatar(self.item.author_name.partition(" (")[0])

    @property
    def when(self) -> SafeString:
        """When it was made, and when a partner's item came to us."""
        made = ui.ago(self.item.made_at)
        if not self.item.received_at or self.item.received_at - self.item.made_at < LATE:
            return made
        return format_html("{} · {} {}", made, _("received"), ui.ago(self.item.received_at))

    @property
    def signs(self) -> SafeString:
        """That it was edited, and the words of other apps."""
        if not self.marks and not self.item.edited_at:
            return NOTHING
        said = [ui.badge(mark.label, mark.colour, mark.icon, True, mark.title) for mark in self.marks]
        if self.item.edited_at and not self.item.is_removed:
            edited = '<span class="faint" title="{}">{}</span>'
            said.insert(0, format_html(edited, moment(self.item.edited_at), _("edited")))
        return mark_safe("".join(said))

    @property
    def undo(self) -> Undo | None:
        """What can still be taken back."""
        return next((mark.undo for mark in self.marks if mark.undo), None)

    @property
    def readers(self) -> SafeString:
        """For whom it is: label, icon, and the reader's name."""
        return _readers(self.item.audience, self.reader, get_language(), self.is_insourced)

    @property
    def gone(self) -> SafeString | str:
        """What stands in place of a removed item."""
        if not self.item.is_removed:
            return ""
        words = {
            Item.Removal.WITHDRAWN: _("This was withdrawn."),
            Item.Removal.UNDONE: _("Taken back before it was sent."),
        }
        word = words.get(self.item.removal) or _("This was deleted.")
        return format_html("<p>{} {}</p>", word, ui.ago(self.item.removed_at))

    @property
    def is_withdrawn(self) -> bool:
        return self.item.removal == Item.Removal.WITHDRAWN

    @property
    def is_picture(self) -> bool:
        """Whether the file itself is small enough to stand in the stream; any picture has its preview."""
        return self.kind == "attachment" and self.item.file.content_type in PICTURES and self.item.file.size <= DRAWN

    @property
    def preview(self) -> str:
        """Where a file is looked at."""
        return f"{self.url}preview/"

    @property
    def link(self) -> SafeString:
        """A file to look at."""
        return ui.file(self.item.name, self.preview, self.item.file.size, True)

    @property
    def internal(self) -> SafeString:
        return _readers("internal", "", get_language(), False)

    @property
    def figures(self) -> str:
        """What is counted: how much of what was charged, or what a note stands for."""
        return figures_of(self.item)

    @property
    def amount(self) -> str:
        """What a charge comes to, for those who may see prices."""
        return money(self.item.amount, self.item.currency) if self.with_prices else ""

    @property
    def actions(self) -> SafeString | str:
        """What may be done to it, or a padlock with the reason why nothing may."""
        if self.item.is_removed:
            return ""
        edit = f"{self.url}edit/" if self.may_edit and not self.refused_edit else ""
        remove = f"{self.url}remove/" if self.may_edit and not self.refused_remove else ""
        stands = self.refused_edit or self.refused_remove
        lock = _lock(explain(stands)) if self.may_edit and stands and not edit and not remove else ""
        if not edit and not remove and not self.links:
            return lock
        return _actions(lock, tuple([(link.url, link.icon, str(link.label)) for link in self.links]), edit, remove)


@once
def _actions(lock: str, links: tuple[tuple[str, str, str], ...], edit: str, remove: str) -> SafeString:
    head, line, first, last = _menu(get_language())
    return mark_safe(
        lock
        + head
        + "".join(format_html(line, url, ui.icon(icon), label) for url, icon, label in links)
        + (format_html(first, edit) if edit else "")
        + (format_html(last, remove) if remove else "")
        + "</div></details>"
    )


def _lock(words: str) -> str:
    lock = '<span class="entry-lock" tabindex="0" title="{}">{}</span>'
    return format_html(lock, words, ui.icon("lock", label=words))


@lru_cache(maxsize=256)
def _readers(audience: str, reader: str, language: str | None, is_insourced: bool) -> SafeString:
    look = look_of(audience, is_insourced)
    drawn = ui.badge(look.label, look.colour, look.icon, plain=True, title=reader)
    return format_html('{}<span class="unseen">{}</span>', drawn, reader) if reader else drawn


@lru_cache(maxsize=8)
def _menu(language: str | None) -> tuple[str, str, str, str]:
    """The menu of an item: its head, any line, and those for edit and remove with a place for the address."""
    head = format_html(
        '<details class="menu to-end"><summary class="button is-quiet is-small is-icon" title="{0}">{1}'
        '<span class="unseen">{0}</span></summary><div class="menu-body">',
        _("More"),
        ui.icon("ellipsis"),
    )
    line = '<a class="menu-item{}" href="{{}}">{}<span>{}</span></a>'
    return (
        head,
        '<a class="menu-item" href="{}">{}<span>{}</span></a>',
        format_html(line, "", ui.icon("pencil"), _("Edit")),
        format_html(line, " is-danger", ui.icon("trash-2"), _("Delete")),
    )


def figures_of(item: Any) -> str:
    """`2,50 m Kabel`, `2.3.2026 · 1:30 h`: the figures of a charge, or of the time or charge a note stands for."""
    if isinstance(item, Charge):
        return f"{quantity(item.quantity, item.unit)} {item.name}"
    said = getattr(item, "stands_for", {})
    if "quantity" in said:
        return f"{quantity(said['quantity'], said['unit'])} {said['name']}"
    if "worked_on" not in said:
        return ""
    day = date_format(date.fromisoformat(said["worked_on"]), "SHORT_DATE_FORMAT")
    return f"{day} · {hours(said['minutes'])}" if said.get("minutes") else day


def _reason(entry: Any) -> str:
    return f" ({entry.offset_reason})" if entry.offset_reason else ""


def _time_label(entry: Any) -> str:
    said = [_("worked %(time)s") % {"time": hours(entry.minutes)}]
    if entry.offset_minutes:
        said.append(_("offset %(time)s") % {"time": hours(entry.offset_minutes)} + _reason(entry))
    if entry.work_type_id:
        said.append(entry.work_type.name)
    if entry.worked_on != timezone.localdate(entry.made_at):
        said.append(date_format(entry.worked_on, "SHORT_DATE_FORMAT"))
    if entry.is_hidden:
        said.append(_("hidden from the customer"))
    elif not entry.is_billable:
        said.append(_("not billable"))
    if entry.is_over_estimate:
        said.append(_("over the estimate, not billed before the customer agrees"))
    return " · ".join(said)


def _note_label(note: Any) -> str | SafeString:
    if note.kind_of != NoteKind.CALL or not note.direction:
        return "" if note.kind_of == NoteKind.NOTE else NOTE_KINDS.text(note.kind_of)
    words = _("Call from %(who)s") if note.direction == Direction.IN else _("Call to %(who)s")
    return format_html("{} {}", ui.icon("phone", "s"), words % {"who": note.caller or "–"})


LABELS: dict[str, Callable[[Any], str]] = {
    "note": _note_label,
    "attachment": lambda file: _("added a file"),
    "timeentry": _time_label,
    "charge": lambda charge: _("added a charge") if charge.is_billable else _("added a charge, not billable"),
}
# What an item's card names beside it.
NAMED = {"attachment": "file", "timeentry": "work_type"}
