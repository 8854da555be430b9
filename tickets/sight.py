"""Which members may see a ticket: for watchers, mentions and mails, asked of all of them at once; and what a list of
other things may say of its tickets."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import OuterRef, Subquery

from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership
from tickets.models import CoAssignee, QueueMember, Ticket


def title_for(actor: Actor) -> Subquery:
    """The title of the `ticket` each row is about, where the actor may see that ticket: an office that books its goods
    may not. For `annotate`; no query of its own."""
    return Subquery(Ticket.objects.visible_to(actor).filter(pk=OuterRef("ticket")).values("title")[:1])


def members() -> list[Membership]:
    """Everybody who works here now, with what their rights are made of."""
    return list(Membership.objects.filter(is_active=True).select_related("role", "tenant").order_by("name"))


def who_see(ticket: Ticket, people: Iterable[Membership]) -> list[Membership]:
    """Those of them who may see the ticket now; the same answer as Ticket.objects.visible_to. Two queries."""
    if ticket.deleted_at is not None:
        return []
    asked = [person for person in people if person.is_active]
    if not asked:
        return []
    in_queue = set(QueueMember.objects.filter(queue=ticket.queue_id).values_list("member", flat=True))
    helping = set(CoAssignee.objects.filter(ticket=ticket).values_list("member", flat=True))
    return [person for person in asked if _sees(ticket, person, in_queue, helping)]


def _sees(ticket: Ticket, person: Membership, in_queue: set[int], helping: set[int]) -> bool:
    reach = Actor.of(person).can("ticket.view")
    if reach == "all":
        return True
    is_theirs = person.pk in {ticket.assignee_id, ticket.created_by_id} | helping
    return bool(reach) and (is_theirs or (reach == "queues" and person.pk in in_queue))


def sees(ticket_id: int, member_id: int) -> bool:
    """Whether one member may see one ticket now."""
    ticket = Ticket.objects.filter(pk=ticket_id).first()
    person = Membership.objects.filter(pk=member_id).select_related("role", "tenant").first()
    return ticket is not None and person is not None and bool(who_see(ticket, [person]))
