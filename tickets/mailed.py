"""What stands beside a mail to the customer on the timeline: how far it got, and the way to its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.mail import troubles
from psa.mail.inbound.signs import Verdict
from psa.mail.models import DELIVERY_LOOKS, Delivery, DeliveryState, IncomingMail
from psa.tenancy import doors
from psa.tenancy.actor import Actor
from tickets import timeline
from tickets.cards import Link, Mark, Undo
from tickets.models import Item, Note, NoteKind, Ticket
from tickets.services import correspondence, customer_mails


def register() -> None:
    """Tell the timeline."""
    timeline.marks(_states)
    timeline.links(_pages)


def _states(ticket: Ticket, items: Sequence[Item], by: Actor) -> Mapping[UUID, list[Mark]]:
    found, came = customer_mails.deliveries(items), correspondence.originals(items)
    made: dict[UUID, list[Mark]] = {item.key: _signs(came[item.pk]) for item in items if item.pk in came}
    for item in items:
        delivery = None if item.is_removed else found.get(item.pk)
        if delivery is not None and isinstance(item, Note):
            state = DeliveryState(delivery.state)
            look = DELIVERY_LOOKS[state]
            why = troubles.explain(delivery.error) if delivery.error else ""
            undo = _undo(ticket, item, delivery) if customer_mails.may_undo(item, delivery, by) else None
            made[item.key] = [Mark(state.label, look.colour, look.icon, why, undo)]
    return made


def _signs(mail: IncomingMail) -> list[Mark]:
    """What is to be known of a mail that came in."""
    signs = []
    if mail.verdict == Verdict.FAILED:
        why = _("Mail servers say that the address may be forged.")
        signs.append(Mark(_("Sender not proved"), "amber", "triangle-alert", why))
    if mail.is_automatic:
        signs.append(Mark(_("Automatic"), "gray", "refresh-cw", _("A machine wrote it; it answers nothing.")))
    if mail.files_left:
        signs.append(Mark(_("More files in the original"), "gray", "paperclip"))
    return signs


def _undo(ticket: Ticket, note: Note, delivery: Delivery) -> Undo:
    due, mail = delivery.due or timezone.now(), delivery.mail
    url = reverse("tickets:undo_mail", args=[ticket.tenant.slug, ticket.number, note.key])
    return Undo(mail.to_name or mail.to_address, max(0, ceil((due - timezone.now()).total_seconds())), url)


def _pages(ticket: Ticket, items: Sequence[Item], by: Actor) -> Mapping[UUID, list[Link]]:
    mailed = [item for item in items if isinstance(item, Note) and item.kind_of == NoteKind.MAIL]
    if not mailed:
        return {}
    slug, came = doors.slug(by.tenant_id), correspondence.originals(items)
    return {item.key: _ways(ticket, item, came.get(item.pk), slug) for item in mailed}


def _ways(ticket: Ticket, note: Note, original: IncomingMail | None, slug: str) -> list[Link]:
    if original is not None:
        url = reverse("tickets:came_mail", args=[slug, ticket.number, original.pk])
        return [Link(_("The original e-mail"), "mail-open", url)]
    if correspondence.is_from_outside(note):
        return []
    url = reverse("tickets:customer_mail", args=[slug, ticket.number, note.key])
    return [Link(_("The e-mail, and send again"), "mail-open", url)]
