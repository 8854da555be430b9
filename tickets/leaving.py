"""What a leaver holds at the desk: open tickets, queues, saved views, drafts. And how the audit names tickets."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from psa.members import audit, leaving
from psa.tenancy import doors
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership
from psa.web.figures import moment
from tickets import services
from tickets.models import AppointmentPerson, CalendarFeed, CoAssignee, Draft, Opened, QueueMember, SavedView, Ticket


def _tickets(member: Membership) -> QuerySet[Ticket]:
    return Ticket.objects.filter(assignee=member).unresolved().order_by("pk")


def _held_tickets(member: Membership) -> tuple[int, Sequence[leaving.Thing]]:
    rows = _tickets(member)
    slug = doors.slug(member.tenant_id)  # type: ignore[arg-type]  # it was read
    shown = rows.values_list("number", "title")[: leaving.SHOWN]
    things = [
        leaving.Thing(f"{number} {title}", reverse("tickets:page", args=[slug, number])) for number, title in shown
    ]
    return rows.count(), things


def _give_tickets(member: Membership, heir: Membership | None, by: Actor) -> int:
    found = list(_tickets(member))
    for ticket in found:
        services.assign(ticket, heir, by=by)
    return len(found)


def _held_helps(member: Membership) -> tuple[int, Sequence[leaving.Thing]]:
    rows = CoAssignee.objects.filter(member=member, ticket__is_open=True).order_by("ticket__number")
    found = list(rows.values_list("ticket__number", "ticket__title"))
    return len(found), [leaving.Thing(f"{number} {title}") for number, title in found[: leaving.SHOWN]]


def _leave_helps(member: Membership, heir: Membership | None, by: Actor) -> int:
    return CoAssignee.objects.filter(member=member).delete()[0]


def _held_queues(member: Membership) -> tuple[int, Sequence[leaving.Thing]]:
    names = QueueMember.objects.filter(member=member).order_by("queue__name").values_list("queue__name", flat=True)
    return len(names), [leaving.Thing(name) for name in names[: leaving.SHOWN]]


def _leave_queues(member: Membership, heir: Membership | None, by: Actor) -> int:
    return QueueMember.objects.filter(member=member).delete()[0]


def _held_views(member: Membership) -> tuple[int, Sequence[leaving.Thing]]:
    names = SavedView.objects.filter(member=member).order_by("name").values_list("name", flat=True)
    return len(names), [leaving.Thing(name) for name in names[: leaving.SHOWN]]


def _drop_views(member: Membership, heir: Membership | None, by: Actor) -> int:
    Opened.objects.filter(member=member).delete()
    return SavedView.objects.filter(member=member).delete()[0]


def _held_appointments(member: Membership) -> tuple[int, Sequence[leaving.Thing]]:
    rows = services.appointments.of_member(member)
    things = [
        leaving.Thing(str(_("%(at)s: ticket %(number)s") % named)) for named in map(_visit, rows[: leaving.SHOWN])
    ]
    return rows.count(), things


def _visit(row: AppointmentPerson) -> dict[str, str]:
    return {"at": moment(row.appointment.starts_at), "number": str(row.appointment.ticket.number)}


def _give_appointments(member: Membership, heir: Membership | None, by: Actor) -> int:
    return services.appointments.give(member, heir, by=by)


def _held_feed(member: Membership) -> tuple[int, Sequence[leaving.Thing]]:
    found = CalendarFeed.objects.filter(member=member).count()
    return found, [leaving.Thing(str(_("Secret address of the calendar")))] * found


def _stop_feed(member: Membership, heir: Membership | None, by: Actor) -> int:
    return CalendarFeed.objects.filter(member=member).delete()[0]


def _held_drafts(member: Membership) -> tuple[int, Sequence[leaving.Thing]]:
    rows = Draft.objects.filter(member=member).order_by("-saved_at")
    slug = doors.slug(member.tenant_id)  # type: ignore[arg-type]  # it was read
    shown = rows.values_list("ticket__number", "ticket__title")[: leaving.SHOWN]
    things = [
        leaving.Thing(f"{number} {title}", reverse("tickets:page", args=[slug, number]))
        if number
        else leaving.Thing(str(_("New ticket")))
        for number, title in shown
    ]
    return rows.count(), things


def _give_drafts(member: Membership, heir: Membership | None, by: Actor) -> int:
    return services.drafts.give(member, heir)


def _named(ids: Sequence[int], actor: Actor) -> audit.Names:
    slug = doors.slug(actor.tenant_id)
    rows = Ticket.objects.visible_to(actor).filter(pk__in=ids).values_list("pk", "number")
    return {pk: (str(number), reverse("tickets:page", args=[slug, number])) for pk, number in rows}


def _found(words: str) -> QuerySet[Ticket]:
    number = Q(number=int(words)) if words.isdecimal() and words.isascii() and len(words) < 10 else Q(pk=None)
    return Ticket.objects.filter(number | Q(title__icontains=words))


def register() -> None:
    """Tell psa.members."""
    leaving.register(leaving.Holding("tickets", _("Open tickets"), "ticket", _held_tickets, _give_tickets))
    leaving.register(
        leaving.Holding("helps", _("Tickets helped on"), "users", _held_helps, _leave_helps, needs_heir=False)
    )
    leaving.register(leaving.Holding("queues", _("Queues"), "inbox", _held_queues, _leave_queues, needs_heir=False))
    leaving.register(
        leaving.Holding("views", _("Saved views"), "list-filter", _held_views, _drop_views, needs_heir=False)
    )
    leaving.register(
        leaving.Holding(
            "appointments", _("Appointments to come"), "calendar-clock", _held_appointments, _give_appointments
        )
    )
    leaving.register(leaving.Holding("feed", _("Calendar feed"), "calendar", _held_feed, _stop_feed, needs_heir=False))
    leaving.register(leaving.Holding("drafts", _("Drafts"), "file-text", _held_drafts, _give_drafts, needs_heir=False))
    audit.about("ticket", audit.About(_named, _found))
