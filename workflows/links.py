"""The links in a contact's mails: signed, bound to that contact's access, good for a month, and only ever a way to the
sign-in of one page. Whoever holds one still proves the mailbox it went to (hostile test W4)."""

from __future__ import annotations

from dataclasses import dataclass

from django.core import signing
from django.urls import reverse

from psa.directory.models import Contact
from psa.tenancy import scope
from workflows.models import PortalAccess

SALT = "workflows.links"
GOOD_FOR = 30 * 24 * 60 * 60
# Where a link may lead: the pages of a request, by URL name.
PAGES = ("request", "estimate", "review")


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says: whose mail it was in, and which page of which request it leads to."""

    access: PortalAccess
    name: str
    number: int

    def path(self, slug: str) -> str:
        """The page itself."""
        return plain(self.name, slug, self.number)


def plain(name: str, tenant_slug: str, number: int) -> str:
    """The address of a request's page, without any key."""
    return reverse(f"portal:{name}", args=[tenant_slug, number])


def page(name: str, tenant_slug: str, number: int, contact: Contact) -> str:
    """The path for a mail to this contact: `name` is one of PAGES. Without access to the portal the plain address."""
    if name not in PAGES:
        raise ValueError(f"No page for a mail: {name}")
    access = PortalAccess.objects.filter(contact=contact, is_active=True).first()
    if access is None:
        return plain(name, tenant_slug, number)
    said = [scope.tenant_id(), access.pk, access.round, PAGES.index(name), number]
    return reverse("portal:enter", args=[tenant_slug, signing.dumps(said, salt=SALT, compress=True)])


def read(key: str) -> Link | None:
    """What a link stands for in the tenant in scope; None for a forged, expired or other company's one, and once its
    contact's access has ended or begun another round."""
    try:
        tenant_id, pk, round_, place, number = signing.loads(key, salt=SALT, max_age=GOOD_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if tenant_id != scope.tenant_id():
        return None
    rows = PortalAccess.objects.filter(pk=pk, round=round_, is_active=True, contact__is_active=True)
    access = rows.select_related("contact__company").first()
    return Link(access, PAGES[place], number) if access else None
