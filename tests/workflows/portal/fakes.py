"""Estimates and reviews as the portal's pages meet them, kept in memory: they answer, and remember what was said."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from django.utils import timezone

from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tests.tickets.stages import AGREED
from tickets.models import Ticket
from tickets.services import reserved
from workflows.models import PortalAccess


@dataclass
class Estimates:
    """One estimate of one ticket, with its approvers and the limit of each (None: any amount)."""

    estimate: Any = None
    limits: dict[int, Decimal | None] = field(default_factory=dict)
    people: list[Any] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)

    def send(self, ticket: Ticket, version: int = 1) -> Any:
        now = timezone.now()
        self.estimate = SimpleNamespace(
            key=uuid4(),
            ticket=ticket,
            version=version,
            sha256=f"{version}" * 64,
            status="sent",
            kind="hourly",
            minutes=180,
            rate=Decimal("95.00"),
            amount_net=Decimal("285.00"),
            tolerance=10,
            currency="EUR",
            vat_rate=Decimal("19.00"),
            proposed_due=now + timedelta(days=5),
            expires_at=now + timedelta(days=10),
            sent_at=now,
            text="A new gateway, and the old one back to the vendor.",
        )
        return self.estimate

    def current(self, ticket: Ticket) -> Any:
        return self.estimate if self.estimate and self.estimate.ticket.pk == ticket.pk else None

    def so_far(self, ticket: Ticket) -> tuple[int, int]:
        return 45, 0

    def before(self, estimate: Any) -> Any:
        return None

    def changes(self, estimate: Any, old: Any) -> list[dict[str, Any]]:
        if estimate.version == 1:
            return []
        return [{"field": "minutes", "kind": "hours", "old": 120, "new": estimate.minutes, "in": "EUR"}]

    def table(self, estimate: Any) -> Any:
        return SimpleNamespace(able=[SimpleNamespace(people=self.people)])

    def why_not_answer(self, estimate: Any, contact: Any) -> Refused | None:
        return None if contact.pk in self.limits else Refused("not_an_approver", name=contact.name)

    def why_not(self, estimate: Any, contact: Any) -> Refused | None:
        if refused := self.why_not_answer(estimate, contact):
            return refused
        limit = self.limits[contact.pk]
        most = estimate.amount_net * (100 + estimate.tolerance) / 100
        return Refused("estimate_over_limit", amount=str(most)) if limit is not None and most > limit else None

    def accept(self, estimate: Any, *, version: int, sha256: str, contact: Any, by: Actor, address: str) -> Ticket:
        if (version, sha256) != (estimate.version, estimate.sha256):
            raise Refused("estimate_is_outdated", version=estimate.version)
        if refused := self.why_not(estimate, contact):
            raise refused
        estimate.status = "accepted"
        self.said.append(("accepted", contact.name))
        return reserved.accept_estimate(estimate.ticket, AGREED, by=by, version=version)

    def decline(self, estimate: Any, text: str, *, contact: Any, by: Actor, address: str) -> Ticket:
        self.said.append(("declined", text))
        return reserved.decline_estimate(estimate.ticket, text, by=by)

    def give_back(self, estimate: Any, text: str, *, contact: Any, by: Actor) -> Ticket:
        self.said.append(("returned", text))
        return reserved.return_estimate(estimate.ticket, text, by=by)

    def pass_to(self, estimate: Any, to: Any, text: str, *, contact: Any, by: Actor) -> Any:
        self.said.append(("passed", to.name))
        return estimate


@dataclass
class Reviews:
    """A review that runs, and what was said of it."""

    said: list[tuple[str, str]] = field(default_factory=list)
    until: Any = None

    def facts(self, ticket: Ticket) -> Any:
        until = self.until or timezone.now() + timedelta(days=5)
        return SimpleNamespace(until=until, zone="Europe/Berlin", may_extend=True, held=None)

    def why_not(self, ticket: Ticket, contact: Any) -> Refused | None:
        accepts = PortalAccess.objects.filter(contact=contact, is_active=True, accepts=True).exists()
        return None if accepts else Refused("not_an_accepter", name=contact.name)

    def accept(self, ticket: Ticket, *, contact: Any, by: Actor, address: str, stay: int) -> Ticket:
        self._check(ticket, stay)
        if refused := self.why_not(ticket, contact):
            raise refused
        self.said.append(("accepted", address))
        return reserved.accept_solution(ticket, reserved.Given(contact, address=address), by=by)

    def reopen(self, ticket: Ticket, text: str, *, objection: bool, contact: Any, by: Actor, stay: int) -> Ticket:
        self._check(ticket, stay)
        self.said.append(("objection" if objection else "defect", text))
        return reserved.find_defect(ticket, text, by=by, objection=objection)

    def request_deployment(
        self, ticket: Ticket, text: str, *, contact: Any, by: Actor, address: str, stay: int
    ) -> Ticket:
        self._check(ticket, stay)
        self.said.append(("deploy", text))
        return reserved.request_deployment(ticket, text, reserved.Given(contact, address=address), by=by)

    def need_until(self, ticket: Ticket, until: Any, *, contact: Any, by: Actor) -> None:
        self.said.append(("until", until.isoformat()))

    def _check(self, ticket: Ticket, stay: int) -> None:
        if ticket.stay != stay:
            raise Refused("ticket_moved_on", status=ticket.status)


@dataclass
class Approvers:
    """Who decides for a company, whichever."""

    seats_of: list[Any] = field(default_factory=list)

    def seats(self, company_id: int, on: Any) -> list[Any]:
        return self.seats_of
