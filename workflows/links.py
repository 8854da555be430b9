"""The links in a contact's mails: signed, bound to that contact's access, good for a month, and only ever a way to the
sign-in of one page. Whoever holds one still proves the mailbox it went to (hostile test W4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from psa.directory.models import Contact
from psa.tenancy import scope
from workflows.models import PortalAccess

SALT = "workflows.links"
GOOD_FOR = 30 * 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Page:
    """Where a link may lead: the page's URL name, and what stands above its sign-in."""

    url_name: str
    heading: Any


_pages = {
    "request": Page("portal:request", _("Request %(number)s")),
    "estimate": Page("portal:estimate", _("The estimate for request %(number)s")),
    "review": Page("portal:review", _("The solution of request %(number)s")),
}


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says: whose mail it was in, and which page it leads to – by a request's number, or by the key of what
    an app above shows."""

    access: PortalAccess
    name: str
    number: int | str

    @property
    def heading(self) -> str:
        """What the page is, in words."""
        return str(_pages[self.name].heading) % {"number": self.number}

    def path(self, slug: str) -> str:
        """The page itself."""
        return plain(self.name, slug, self.number)


def lead(name: str, url_name: str, heading: Any) -> None:
    """Let mails lead to a page of an app above, whose address takes one key. In `AppConfig.ready`."""
    _pages[name] = Page(url_name, heading)


def plain(name: str, tenant_slug: str, number: int | str) -> str:
    """The address of a page, without any key."""
    return reverse(_pages[name].url_name, args=[tenant_slug, number])


def page(name: str, tenant_slug: str, number: int | str, contact: Contact) -> str:
    """The path for a mail to this contact: `name` is one of the pages above. Without access to the portal the plain
    address."""
    if name not in _pages:
        raise ValueError(f"No page for a mail: {name}")
    access = PortalAccess.objects.filter(contact=contact, is_active=True).first()
    if access is None:
        return plain(name, tenant_slug, number)
    said = [scope.tenant_id(), access.pk, access.round, name, number]
    return reverse("portal:enter", args=[tenant_slug, signing.dumps(said, salt=SALT, compress=True)])


def read(key: str) -> Link | None:
    """What a link stands for in the tenant in scope; None for a forged, expired or other company's one, and once its
    contact's access has ended or begun another round."""
    try:
        tenant_id, pk, round_, name, number = signing.loads(key, salt=SALT, max_age=GOOD_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if tenant_id != scope.tenant_id() or name not in _pages:
        return None
    rows = PortalAccess.objects.filter(pk=pk, round=round_, is_active=True, contact__is_active=True)
    access = rows.select_related("contact__company").first()
    return Link(access, name, number) if access else None
