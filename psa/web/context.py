"""What every template knows as `page`. Each part is worked out when it is asked for: a fragment pays for nothing."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.conf import settings
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from psa.tenancy import plans
from psa.web import nav, reader


class Brief(NamedTuple):
    """The company as the shell writes it."""

    name: str
    slug: str
    logo: str
    is_portal: bool


class Person(NamedTuple):
    """The reader as the shell writes them."""

    name: str
    email: str
    is_operator: bool


class Shell(NamedTuple):
    """What the frame around every page of this reader is made of: plain values, so that it is drawn once and kept."""

    tenant: Brief | None
    user: Person
    language: str
    languages: tuple[tuple[str, str], ...]
    theme: str
    search_url: str
    palette_url: str
    create: tuple[str, str] | None
    shortcuts: tuple[tuple[str, str, str], ...]


class Page:
    """The shell around a page: its reader, its navigation, what may be opened from everywhere."""

    def __init__(self, request: Any) -> None:
        self.request = request
        self.tenant = getattr(request, "tenant", None)
        self.member = getattr(request, "member", None)
        self.actor = getattr(request, "actor", None)

    @property
    def user(self) -> Any:
        return self.request.user

    @property
    def path(self) -> str:
        """Where to come back to."""
        return self.request.get_full_path()

    @property
    def words(self) -> str:
        """What was searched for."""
        return str(self.request.GET.get("q", ""))

    @cached_property
    def language(self) -> str:
        return get_language() or "en"

    @property
    def languages(self) -> tuple[tuple[str, str], ...]:
        return tuple(settings.LANGUAGES)

    @cached_property
    def shell(self) -> Shell:
        """The frame's values."""
        tenant, user = self.tenant, self.user
        return Shell(
            Brief(tenant.name, tenant.slug, str(tenant.logo or ""), tenant.is_portal) if tenant else None,
            Person(getattr(user, "name", ""), getattr(user, "email", ""), getattr(user, "is_operator", False)),
            self.language,
            self.languages,
            self.theme,
            self.search_url,
            self.palette_url,
            (str(self.create[0]), self.create[1]) if self.create else None,
            tuple([(key, str(label), href) for key, label, href in self.shortcuts]),
        )

    @cached_property
    def theme(self) -> str:
        return reader.theme(self.request)

    @property
    def is_portal(self) -> bool:
        """Whether the reader's company has the small plan."""
        return self.tenant is not None and self.tenant.is_portal

    @property
    def is_demo(self) -> bool:
        return settings.DEMO

    @cached_property
    def _nav(self) -> tuple[SafeString, SafeString]:
        return nav.markup(self.request)

    @property
    def sidebar(self) -> SafeString:
        return self._nav[0]

    @property
    def tabbar(self) -> SafeString:
        return self._nav[1]

    @cached_property
    def search_url(self) -> str:
        return self._open(nav.registered.search)

    @cached_property
    def palette_url(self) -> str:
        return self._open(("web:palette", ""))

    @cached_property
    def create(self) -> tuple[Any, str] | None:
        entry = nav.registered.create
        url = self._open((entry.url_name, entry.capability)) if entry else ""
        return (entry.label, url) if entry and url else None

    @property
    def counts_url(self) -> str:
        return nav.href("web:counts", self.tenant.slug) if self.tenant and nav.registered.counts else ""

    @property
    def strips(self) -> list[str]:
        return nav.registered.strips

    @property
    def badges(self) -> list[str]:
        return nav.registered.badges if self.tenant else []

    @property
    def sign_in_panels(self) -> list[str]:
        return nav.registered.sign_in_panels

    @cached_property
    def shortcuts(self) -> list[tuple[str, Any, str]]:
        """Key, label and address of each "g then …"."""
        if self.tenant is None:
            return []
        found = [(key, label, self._open((name, needs))) for key, label, name, needs in nav.registered.shortcuts]
        return [line for line in found if line[2]]

    def _open(self, target: tuple[str, str] | None) -> str:
        if target is None or self.tenant is None or self.actor is None:
            return ""
        url_name, capability = target
        if not plans.opens(self.tenant, url_name):
            return ""
        return nav.href(url_name, self.tenant.slug) if not capability or self.actor.can(capability) else ""


def page(request: Any) -> dict[str, Page]:
    """The context processor."""
    return {"page": Page(request)}
