"""Whose mail it is: an address names the tenant. Asked of the platform, before there is a tenant to be in."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from psa.mail import replies
from psa.mail.headers import bare
from psa.mail.models import Mailbox
from psa.tenancy import doors, scope
from psa.tenancy.models import Tenant


def owners(addresses: Iterable[str]) -> dict[int, str]:
    """The tenants these addresses belong to, each with the address that says most: one with a key before any other.

    A key that was forged leads to the quarantine of the tenant it poses as, unless the mail names another of us."""
    named = list(dict.fromkeys(address.strip().lower() for address in addresses))
    keys = {address: key for address in named if (key := replies.key_in(address))}
    found: dict[int, str] = {}
    for address, raw in keys.items():
        if (read := replies.read(raw)) is not None:
            found.setdefault(read.tenant_id, address)
    with_key = set(found)
    with scope.platform("whose address is this"):
        for address, tenant_id in _named(named).items():
            found.setdefault(tenant_id, address)
        for address, raw in keys.items():
            if replies.read(raw) is None:
                claimed = replies.claimed_tenant(raw)
                found |= {one: address for one in found or ([claimed] if claimed else []) if one not in with_key}
        known = set(Tenant.objects.filter(pk__in=found).values_list("pk", flat=True))
    return {tenant_id: address for tenant_id, address in found.items() if tenant_id in known}


def fallback() -> int | None:
    """The tenant that gets what no address claims, if the operator named one."""
    named = doors.tenant_named(settings.MAIL_FALLBACK) if settings.MAIL_FALLBACK else None
    return named.pk if named else None


def is_ours(address: str) -> bool:
    """Whether mail to this address comes back to us: such an address is nobody's request (hostile test M6)."""
    if not address or address == bare(settings.DEFAULT_FROM_EMAIL).lower() or replies.key_in(address):
        return bool(address)
    with scope.platform("is this address ours"):
        return address == settings.MAIL_REPLY_TO.lower() or bool(_named([address]))


def add(tenant: Tenant, address: str) -> None:
    """Have this address's mail be this tenant's. Raises ValueError where it is another's."""
    with scope.tenant(tenant):
        there = Mailbox.objects.filter(address=address.lower()).exists()
    if there:
        return
    if owners([address]):
        raise ValueError(f"{address} is another company's address.")
    with scope.tenant(tenant):
        Mailbox.objects.create(address=address.lower())


def remove(tenant: Tenant, address: str) -> bool:
    """No longer; whether it was theirs."""
    with scope.tenant(tenant):
        return bool(Mailbox.objects.filter(address=address.lower()).delete()[0])


def _named(addresses: list[str]) -> dict[str, int]:
    """`<tenant>@MAIL_DOMAIN`, with anything behind a plus sign, and the mailboxes the operator named."""
    own = f"@{settings.MAIL_DOMAIN.lower()}"
    slugs = {one: one.removesuffix(own).partition("+")[0] for one in addresses if one.endswith(own)}
    by_slug = dict(Tenant.objects.filter(slug__in=set(slugs.values())).values_list("slug", "pk"))
    plain = {one: _without_detail(one) for one in addresses}
    by_mailbox = dict(
        Mailbox.objects.filter(address__in={*addresses, *plain.values()}).values_list("address", "tenant")
    )
    found = {one: by_slug[slug] for one, slug in slugs.items() if slug in by_slug}
    for one in addresses:
        if (tenant_id := by_mailbox.get(one) or by_mailbox.get(plain[one])) is not None:
            found.setdefault(one, tenant_id)
    return found


def _without_detail(address: str) -> str:
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"
