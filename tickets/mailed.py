"""What stands beside a mail to the customer on the timeline: how far it got, and the way to its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.mail import troubles
from psa.mail.models import DELIVERY_LOOKS, Delivery, DeliveryState
from psa.tenancy import doors
from psa.tenancy.actor import Actor
from tickets import timeline
from tickets.cards import Link, Mark, Undo
from tickets.models import Item, Note, NoteKind, Ticket
from tickets.services import customer_mails


def register() -> None:
    """Tell the timeline."""
    timeline.marks(_states)
    timeline.links(_pages)


def _states(ticket: Ticket, items: Sequence[Item], by: Actor) -> Mapping[UUID, list[Mark]]:
    found = customer_mails.deliveries(items)
    made: dict[UUID, list[Mark]] = {}
    for item in items:
        delivery = None if item.is_removed else found.get(item.pk)
        if delivery is not None and isinstance(item, Note):
            state = DeliveryState(delivery.state)
            look = DELIVERY_LOOKS[state]
            why = troubles.explain(delivery.error) if delivery.error else ""
            undo = _undo(ticket, item, delivery) if customer_mails.may_undo(item, delivery, by) else None
            made[item.key] = [Mark(state.label, look.colour, look.icon, why, undo)]
    return made


def _undo(ticket: Ticket, note: Note, delivery: Delivery) -> Undo:
    due, mail = delivery.due or timezone.now(), delivery.mail
    url = reverse("tickets:undo_mail", args=[ticket.tenant.slug, ticket.number, note.key])
    return Undo(mail.to_name or mail.to_address, max(0, ceil((due - timezone.now()).total_seconds())), url)


def _pages(ticket: Ticket, items: Sequence[Item], by: Actor) -> Mapping[UUID, list[Link]]:
    mailed = [item for item in items if isinstance(item, Note) and item.kind_of == NoteKind.MAIL]
    if not mailed:
        return {}
    slug = doors.slug(by.tenant_id)
    return {
        item.key: [
            Link(
                _("The e-mail, and send again"),
                "mail-open",
                reverse("tickets:customer_mail", args=[slug, ticket.number, item.key]),
            )
        ]
        for item in mailed
    }
