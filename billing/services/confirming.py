"""An order becomes tickets: all of the plan in one transaction, or none, and never twice (it-house spec, "Orders become
tickets")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from billing import planning
from billing.models import Order, OrderLine, OrderStatus, OrderTicket, ServiceChecklist, ServiceTemplate
from billing.services import order_documents, orders
from psa.fsm import can_proceed
from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.web import figures
from tickets.models import HandOffKind, LinkKind, Source, Ticket
from tickets.services import checklists, create, hand_offs, linking
from tickets.services.locking import lock

# More than this nobody looks through before they confirm.
MOST_TICKETS = 20
DISPATCHER = "dispatcher"


@dataclass(frozen=True, slots=True)
class Said:
    """What was typed for one ticket of the plan: its title, and what the technician must know – or that there is
    nothing beyond the order."""

    title: str = ""
    knowledge: str = ""
    nothing_beyond: bool = False

    @property
    def is_said(self) -> bool:
        return bool(self.knowledge.strip()) or self.nothing_beyond


def plan(order: Order) -> list[planning.Planned]:
    """The tickets this order would become as it stands. Two statements."""
    rows = OrderLine.objects.filter(order=order).select_related("article")
    lines = [
        planning.Line(
            one.key,
            one.name,
            one.article.service_id if one.article else None,
            one.is_installable,
            one.needs_appointment,
        )
        for one in rows
    ]
    wanted = {line.service for line in lines if line.service is not None}
    found = ServiceTemplate.objects.filter(pk__in=wanted, is_active=True)
    services = {one.pk: planning.Service(one.pk, one.title, one.is_base) for one in found}
    return planning.plan(lines, services, order.title)


@transaction.atomic
def confirm(order: Order, said: Mapping[str, Said], *, base: str = "", version: int, by: Actor) -> list[Ticket]:
    """Make every ticket of the plan: `said` by the plan's codes, `base` the code of the base installation. `version` is
    the order's as the page showed it. Raises Denied, Refused("order_confirmed_already"), ("order_changed_meanwhile"),
    ("order_moved_on"), ("order_without_lines"), ("too_many_tickets"), ("base_missing"), ("knowledge_missing"), and what
    making a ticket raises."""
    by.require("order.manage")
    order = orders.locked(order)
    if order.confirmed_at is not None:
        raise Refused("order_confirmed_already", number=order.number)
    if not can_proceed(order.confirm):
        raise Refused("order_moved_on", status=order.status)
    if order.version != version:
        raise Refused("order_changed_meanwhile", number=order.number)
    planned = _checked(order, said, base)
    order.confirm(timezone.now())
    order.version += 1
    order.save(update_fields=["status", "confirmed_at", "version"])
    made = [_make(order, one, said[one.code], by) for one in planned]
    first = made[0]
    order_documents.hang(order, first, by=by)
    for other in made[1:]:
        linking.add(other, first, LinkKind.RELATED, by=by)
    hand_offs.send(HandOffKind.ORDER, title=str(order), ticket=first, subject=order.key, role=DISPATCHER, by=by)
    numbers = [ticket.number for ticket in made]
    journal.record(order, "order.confirmed", by=by, number=order.number, tickets=numbers)
    return made


def _checked(order: Order, said: Mapping[str, Said], base: str) -> list[planning.Planned]:
    """The plan as it is made, the base installation first. Raises Refused for what is missing."""
    planned = plan(order)
    if not planned:
        raise Refused("order_without_lines")
    if len(planned) > MOST_TICKETS:
        raise Refused("too_many_tickets", most=MOST_TICKETS)
    codes = {one.code for one in planned}
    if len(planned) > 1 and base not in codes:
        raise Refused("base_missing")
    if silent := [one.title for one in planned if one.code not in said or not said[one.code].is_said]:
        raise Refused("knowledge_missing", names=silent)
    if len(planned) > 1:
        planned = [replace(one, is_base=one.code == base) for one in planned]
    return sorted(planned, key=lambda one: not one.is_base)


def _make(order: Order, planned: planning.Planned, said: Said, by: Actor) -> Ticket:
    service = ServiceTemplate.objects.filter(pk=planned.service).select_related("queue", "category", "type").first()
    brought: dict[str, Any] = {}
    if service is not None:
        brought = {
            name: value
            for name in ("queue", "category", "type", "planned_minutes")
            if (value := getattr(service, name)) is not None and getattr(value, "is_active", True)
        }
    ticket = create(
        by=by,
        source=Source.ORDER,
        title=(said.title.strip() or planned.title)[:200],
        description=_description(order, planned, service),
        company=order.company,
        contact=order.contact,
        location=order.location,
        **brought,
    )
    ticket = lock(ticket)
    if service is not None:
        rows = ServiceChecklist.objects.filter(template=service, checklist__is_active=True).select_related("checklist")
        checklists.bring(ticket, [row.checklist for row in rows.order_by("checklist__name", "pk")], by=by)
    knowledge = said.knowledge.strip()
    OrderTicket.objects.create(
        order=order,
        ticket=ticket,
        service=service,
        is_base=planned.is_base,
        lines=[str(key) for key in planned.lines],
        knowledge=knowledge,
        nothing_beyond=not knowledge,
    )
    journal.record(ticket, "ticket.ordered", by=by, order=order.pk, number=order.number)
    return ticket


def _description(order: Order, planned: planning.Planned, service: ServiceTemplate | None) -> str:
    """The template's words and the ticket's lines, one below the other; no prices."""
    wanted = set(planned.lines)
    rows = [line for line in OrderLine.objects.filter(order=order) if line.key in wanted]
    said = [f"- {figures.quantity(line.quantity, line.unit)} {line.name}" for line in rows]
    parts = [service.description if service else "", "\n".join(said)]
    return "\n\n".join(part for part in parts if part)


def taken_on(entry: Entry) -> None:
    """Somebody accepted the base installation's ticket for work: the order has been taken over."""
    row = OrderTicket.objects.filter(ticket=entry.subject_id, is_base=True).select_related("order").first()
    if row is not None and row.order.status != OrderStatus.CANCELLED:
        hand_offs.finish_of(HandOffKind.ORDER, row.order.key, by=Actor.system(entry.channel).because(entry))
