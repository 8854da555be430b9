"""One box for everything: pages, actions and hits, as far as the reader may open them (desk spec, "Everywhere").

palette.source(tickets)      # (request, words) → hits of this reader; `words` is "" before anything is typed

Each source starts from `visible_to` and asks at most one statement. The same address is a page to search on and the
part of the dialog that Ctrl+K opens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from psa.web import htmx, nav, throttle
from psa.web.access import for_members

# Hits a source gives back at most, and letters of the question that are read.
MOST = 6
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """One line: where it leads, or with `is_post` what it does."""

    label: Any
    href: str
    icon: str = "arrow-right"
    note: Any = ""
    is_post: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one kind under their heading."""

    title: Any
    hits: tuple[Hit, ...]


Source = Callable[[Any, str], Iterable[Group]]
_sources: list[Source] = []


def source(found: Source) -> None:
    """Add a source; in `AppConfig.ready`."""
    _sources.append(found)


def says(label: Any, words: str) -> bool:
    """Whether a label has every word of the question, in whatever letters."""
    known = str(label).casefold()
    return all(word in known for word in words.casefold().split())


def pages(request: Any, words: str) -> Iterable[Group]:
    """What can be done from everywhere, and the pages of the reader's navigation."""
    slug, done = request.tenant.slug, []
    create = nav.registered.create
    if create and create.is_for(request) and says(create.label, words):
        done.append(Hit(create.label, nav.href(create.url_name, slug), create.icon))
    yield Group(_("Actions"), tuple(done))
    found = (entry for entry in nav.visible(request) if says(entry.label, words))
    yield Group(_("Pages"), tuple(Hit(one.label, nav.href(one.url_name, slug), one.icon) for one in found)[: MOST + 2])


def groups(request: Any, words: str) -> list[Group]:
    """Everything that was found for this reader."""
    return [group for found in _sources for group in found(request, words) if group.hits]


@require_GET
@never_cache
@for_members
@throttle.limited("search")
def palette(request: Any) -> Any:
    """What is found for `q`: the dialog's part, or the page."""
    words = " ".join(request.GET.get("q", "").replace("\0", "")[:LONGEST].split())
    is_part = htmx.wants_part(request)
    context = {"groups": groups(request, words), "words": words, "is_part": is_part}
    return htmx.answer(request, "web/palette.html", "web/_palette_hits.html", context)
