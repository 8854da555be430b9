"""The main navigation: apps register what they have, a page shows what its reader may open.

    nav.group("outsource", _("Outsource"), order=20)
    nav.register(_("Tickets"), "ticket", "tickets:list", capability="ticket.view", group="desk", order=10,
                 count="tickets-open", thumb=True)
    nav.count("tickets-open", lambda actor: nav.capped(Ticket.objects.visible_to(actor).unresolved()))

All of it in `AppConfig.ready`. Counts come as one fragment after the page (`web:counts`) and are cached for 15 seconds.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.core.cache import cache
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from psa.tenancy import plans

LIMIT = 100
COUNTS_KEPT = 15


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation. `needs` may hide it from a request; `thumb` puts it in the phone's bottom bar."""

    label: Any
    icon: str
    url_name: str
    capability: str = ""
    group: str = "desk"
    order: int = 100
    count: str = ""
    needs: Callable[[Any], bool] | None = None
    thumb: bool = False
    alone: bool = False  # its page only; what stands below its address is somebody else's

    def is_for(self, request: Any) -> bool:
        """Whether the reader may open it."""
        if not plans.opens(request.tenant, self.url_name):
            return False
        if self.capability and not request.actor.can(self.capability):
            return False
        return self.needs is None or self.needs(request)


@dataclass(frozen=True, slots=True)
class Folder:
    """One line of a folder tree beside a list; `hot` counts wait for somebody."""

    label: Any
    href: str
    icon: str = "folder"
    count: str = ""
    active: bool = False
    hot: bool = False
    children: Sequence[Folder] = ()


@dataclass(slots=True)
class Registry:
    """What the apps have registered. One for the process; tests make their own."""

    entries: list[Entry] = field(default_factory=list)
    groups: dict[str, tuple[int, Any]] = field(default_factory=lambda: {"desk": (0, "")})
    counts: dict[str, Callable[[Any], int]] = field(default_factory=dict)
    search: tuple[str, str] | None = None
    create: Entry | None = None
    strips: list[str] = field(default_factory=list)
    badges: list[str] = field(default_factory=list)
    sign_in_panels: list[str] = field(default_factory=list)
    shortcuts: list[tuple[str, Any, str, str]] = field(default_factory=list)


registered = Registry()


def register(label: Any, icon: str, url_name: str, **fields: Any) -> None:
    """Add a line: capability, group, order, count (the name of a provider), needs(request), thumb,
    alone."""
    registered.entries.append(Entry(label, icon, url_name, **fields))
    registered.entries.sort(key=lambda entry: entry.order)


def group(code: str, title: Any, order: int = 100) -> None:
    """Name a group of lines."""
    registered.groups[code] = (order, title)


def count(name: str, provider: Callable[[Any], int]) -> None:
    """How many there are for an actor, up to LIMIT; cheap (`capped`), and run inside the tenant."""
    registered.counts[name] = provider


def search(url_name: str, capability: str = "") -> None:
    """The page the search box of the top bar asks, with `q`."""
    registered.search = (url_name, capability)


def create(label: Any, url_name: str, capability: str) -> None:
    """The button at the right of the top bar, everywhere (key: c)."""
    registered.create = Entry(label, "plus", url_name, capability)


def strip(template: str) -> None:
    """A template shown above every page inside a tenant (guided path of the demo, a support grant)."""
    registered.strips.append(template)


def badge(template: str) -> None:
    """A template shown in the top bar of every page inside a tenant (the running stopwatch)."""
    registered.badges.append(template)


def sign_in_panel(template: str) -> None:
    """A template shown under the sign-in form (the demo's one-click people)."""
    registered.sign_in_panels.append(template)


def shortcut(key: str, label: Any, url_name: str, capability: str = "") -> None:
    """Pressing g, then `key`, opens this page, for those who have the capability it takes."""
    registered.shortcuts.append((key, label, url_name, capability))


def capped(queryset: Any) -> int:
    """How many rows, never counting past LIMIT."""
    return queryset.order_by()[:LIMIT].count()


def shown(number: int) -> str:
    """A count as it is written: nothing for none, "99+" from the limit on."""
    return f"{LIMIT - 1}+" if number >= LIMIT else str(number) if number else ""


@lru_cache(maxsize=4096)
def href(url_name: str, tenant: str = "") -> str:
    """The address of a registered page, "" where it does not exist (an app that is not installed)."""
    try:
        return reverse(url_name, kwargs={"tenant": tenant} if tenant else None)
    except NoReverseMatch:
        return ""


def visible(request: Any) -> tuple[Entry, ...]:
    """The lines for this reader, in order."""
    return tuple(
        entry for entry in registered.entries if entry.is_for(request) and href(entry.url_name, request.tenant.slug)
    )


def active(entries: Sequence[Entry], request: Any) -> str:
    """The URL name of the line the page belongs to: the longest address its own begins with."""
    found = [
        (len(at), entry.url_name)
        for entry in entries
        if request.path.startswith(at := href(entry.url_name, request.tenant.slug))
        and (not entry.alone or request.path == at)
    ]
    return max(found)[1] if found else ""


def markup(request: Any) -> tuple[SafeString, SafeString]:
    """Sidebar and bottom bar, ready; kept per tenant, language, rights and page."""
    entries = visible(request)
    return _markup(entries, active(entries, request), request.tenant.slug, get_language() or "en")


@lru_cache(maxsize=2048)
def _markup(entries: tuple[Entry, ...], here: str, tenant: str, language: str) -> tuple[SafeString, SafeString]:
    lines = [(entry, href(entry.url_name, tenant), entry.url_name == here) for entry in entries]
    groups = [
        (title, [line for line in lines if line[0].group == code])
        for code, (_, title) in sorted(registered.groups.items(), key=lambda pair: pair[1][0])
    ]
    return (
        mark_safe(render_to_string("components/nav.html", {"groups": [pair for pair in groups if pair[1]]})),
        mark_safe(render_to_string("components/tabbar.html", {"lines": [line for line in lines if line[0].thumb][:4]})),
    )


def counts(request: Any) -> dict[str, str]:
    """The counts of the lines this reader sees, ready to write."""
    rights = zlib.crc32(repr(sorted(request.actor.reaches.items())).encode())
    key = f"counts:{request.tenant.pk}:{request.member.pk}:{rights}"
    if (kept := cache.get(key)) is None:
        names = {entry.count for entry in visible(request)} & registered.counts.keys()
        kept = {name: shown(registered.counts[name](request.actor)) for name in sorted(names)}
        cache.set(key, kept, COUNTS_KEPT)
    return kept
