"""Who is acting: the one argument every service takes, human or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from psa.tenancy import capabilities, scope
from psa.tenancy.errors import Denied

if TYPE_CHECKING:
    from psa.tenancy.models import Membership

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who does something in one tenant: a member, a customer's contact, the partner across a lane, or the
    system itself."""

    tenant_id: int
    kind: str
    name: str
    membership_id: int | None = None
    contact_id: int | None = None
    company: str = ""
    channel: str = "web"
    language: str = "en"
    reaches: Mapping[str, str] = field(default_factory=lambda: NOTHING, repr=False)
    amount_limit: Decimal | None = None
    is_portal: bool = False
    cause_id: int | None = None
    origin_id: int | None = None

    @classmethod
    def of(cls, member: Membership, channel: str = "web") -> Actor:
        """The member, with the rights its role and its outsourcing level give at this moment."""
        role = member.role
        reaches = dict(capabilities.DEFAULTS[role.code] if role.is_administrator else role.capabilities)
        reaches |= dict.fromkeys(capabilities.LEVELS[member.level], "all")
        return cls(
            tenant_id=member.tenant.pk,
            kind="person",
            name=member.name,
            membership_id=member.pk,
            company=member.tenant.name,
            channel=channel,
            language=member.language or member.tenant.language,
            reaches=MappingProxyType(reaches),
            is_portal=member.tenant.is_portal,
            amount_limit=member.limit,
        )

    @classmethod
    def system(cls, channel: str, name: str = "Tandem") -> Actor:
        """The system itself, in the tenant in scope: a timer, a sweep, an import."""
        return cls(tenant_id=scope.tenant_id(), kind="system", name=name, channel=channel)

    @classmethod
    def partner(cls, name: str, company: str) -> Actor:
        """Somebody of the other company, heard over a lane, in the tenant in scope."""
        return cls(tenant_id=scope.tenant_id(), kind="partner", name=name, company=company, channel="lane")

    @classmethod
    def customer(cls, contact_id: int, name: str, company: str, *, channel: str, language: str = "en") -> Actor:
        """A customer's contact, in the tenant in scope, heard through the portal or by mail. Their rights are the
        contact's column of the table; which tickets they are about is asked of the ticket."""
        return cls(
            tenant_id=scope.tenant_id(),
            kind="contact",
            name=name,
            contact_id=contact_id,
            company=company,
            channel=channel,
            language=language,
            reaches=MappingProxyType(capabilities.DEFAULTS[capabilities.CONTACT]),
        )

    @classmethod
    def author(cls, entry: Any) -> Actor:
        """Whoever wrote a journal entry, acting on because of it, in the tenant in scope; without rights of their own
        to ask for."""
        return cls(
            tenant_id=scope.tenant_id(),
            kind=entry.by_kind,
            name=entry.by_name,
            membership_id=entry.by_id,
            channel=entry.channel,
            cause_id=entry.pk,
        )

    @property
    def is_person(self) -> bool:
        """Whether a member acts."""
        return self.kind == "person"

    @property
    def is_customer(self) -> bool:
        """Whether a customer's contact acts."""
        return self.kind == "contact"

    def can(self, capability: str) -> str:
        """How far a right reaches: "all", "queues", "mine", "own", "portal" …, or "" for not at all. The system and the
        partner's side, which asked its own rights, may everything."""
        if not self.is_person and not self.is_customer:
            return "all"
        return self.reaches.get(capabilities.ALIASES.get(capability, capability), "")

    def require(self, capability: str) -> str:
        """The reach of a right; raises Denied where there is none."""
        if not (reach := self.can(capability)):
            raise Denied(capability)
        return reach

    def because(self, entry: Any) -> Actor:
        """The same actor, acting as a consequence of a journal entry."""
        return replace(self, cause_id=entry.pk)
