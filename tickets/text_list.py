"""The list of text modules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from psa.web.lists import Choice, Column, Flag, List, Sort, row_link
from tickets.labels import TEXT_KINDS
from tickets.models import TextKind, TextVariant
from tickets.words import fold

SCOPES = (("company", gettext_lazy("Everybody's")), ("team", gettext_lazy("A team's")), ("own", gettext_lazy("My own")))
_SCOPES = {"company": Q(queue=None, member=None), "team": Q(queue__isnull=False), "own": Q(member__isnull=False)}


@dataclass(frozen=True, slots=True)
class TextRow:
    """A text module as the list shows it."""

    id: int
    name: str
    kind: str
    keyword: str
    queue: str | None
    member: int | None
    is_active: bool
    slug: str


def _link(row: TextRow) -> SafeString:
    return row_link(reverse("tickets:text", args=[row.slug, row.id]), row.name)


def _whose(row: TextRow) -> Any:
    if row.member:
        return _("Only for me")
    return _("Team %(queue)s") % {"queue": row.queue} if row.queue else _("Everybody in the company")


def _languages(ids: Any, actor: Any) -> dict[int, str]:
    found: dict[int, list[str]] = {}
    rows = TextVariant.objects.filter(module_id__in=ids).order_by("language")
    for module, language in rows.values_list("module_id", "language"):
        found.setdefault(module, []).append(language)
    return {module: ", ".join(codes) for module, codes in found.items()}


def _in_languages(rows: Any, codes: list[Any]) -> Any:
    return rows.filter(pk__in=TextVariant.objects.filter(language__in=codes).values("module_id"))


def _in_scopes(rows: Any, codes: list[Any]) -> Any:
    wanted = Q(pk=None)
    for code in codes:
        wanted |= _SCOPES[code]
    return rows.filter(wanted)


TEXTS = List(
    "texts",
    row=TextRow,
    fields=("id", "name", "kind", "keyword", "queue__name", "member_id", "is_active", "tenant__slug"),
    columns=(
        Column("name", gettext_lazy("Name"), _link, sort="name", css="cell-title"),
        Column("kind", gettext_lazy("Kind"), lambda row: TEXT_KINDS.badge(row.kind, True), css="cell-nowrap"),
        Column("keyword", gettext_lazy("Keyword"), lambda row: row.keyword, css="cell-nowrap cell-labelled"),
        Column(
            "languages",
            gettext_lazy("Languages"),
            lambda row, found: (found or "").upper(),
            batch=_languages,
            css="cell-nowrap cell-hide",
        ),
        Column("whose", gettext_lazy("For whom"), _whose, css="cell-clip cell-hide"),
        Column("state", gettext_lazy("State"), lambda row: "" if row.is_active else _("Retired"), css="cell-nowrap"),
    ),
    sorts=(Sort("name", gettext_lazy("Name"), "name"),),
    filters=(
        Choice("kind", gettext_lazy("Kind"), field="kind", choices=TextKind.choices),
        Choice(
            "language",
            gettext_lazy("Language"),
            choices=settings.LANGUAGES,
            where=_in_languages,
        ),
        Choice("for", gettext_lazy("For whom"), choices=SCOPES, where=_in_scopes),
        Flag("retired", gettext_lazy("Retired ones"), where=Q(is_active=False)),
    ),
    search=lambda rows, words: rows.filter(search_text__contains=fold(words)),
    search_label=gettext_lazy("Search text modules"),
    empty_title=gettext_lazy("No text modules here"),
    empty_text=gettext_lazy("Write down once what is written every day, and insert it by typing :: into any text."),
    empty_icon="quote",
    export=False,
)
