"""Appointments of a ticket: who of us is where and when (it-house spec, "On-site appointments").

An app above may say no to a plan or a start, or ask for a reason first:

    appointments.ask(lambda appointment, verb, by: …)   # raises Refused; verbs: "plan", "move", "start"

It is asked in the transaction, under the ticket's lock, about the appointment as it is going to be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from psa.fsm import can_proceed
from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tickets import permissions
from tickets.models import Appointment, AppointmentPerson, Ticket
from tickets.models.appointment import AppointmentStatus
from tickets.services.locking import lock, snapshot, touch

CAPABILITY = "appointment.manage"
LONGEST = timedelta(days=31)
# How long before it begins one can be there although its day has not come: a visit right after midnight.
LEAD = timedelta(hours=2)
WINDOW = ("starts_at", "ends_at", "is_on_site")
FIELDS = ("title", "starts_at", "ends_at", "is_on_site", "location", "address", "contact", "material", "note")
OPEN = (AppointmentStatus.PLANNED, AppointmentStatus.STARTED)
# After these nobody goes there any more.
OVER = (
    "ticket.closed",
    "ticket.cancelled",
    "ticket.refused",
    "ticket.given_up",
    "ticket.estimate_declined",
    "ticket.estimate_expired",
    "ticket.accepted_by_customer",
    "ticket.auto_accepted",
    "ticket.to_billing",
    "ticket.settled",
    "ticket.deleted",
)

Asked = Callable[[Appointment, str, Actor], None]
_asked: list[Asked] = []


def ask(asked: Asked) -> Asked:
    """Let this have a word before an appointment is planned, moved or started. Called when an app starts."""
    _asked.append(asked)
    return asked


def connect() -> None:
    """Listen to what ends a ticket. Called once, when the app starts."""
    for kind in OVER:
        journal.subscribe(kind, on_over)
    journal.subscribe("ticket.merged", on_merged)


@transaction.atomic
def plan(
    ticket: Ticket,
    *,
    people: Sequence[Membership],
    starts_at: datetime,
    ends_at: datetime,
    by: Actor,
    late_reason: str = "",
    **fields: Any,
) -> Appointment:
    """Let these people of ours be there from one aware moment until another.

    Raises Denied, Refused("appointment_of_a_closed_ticket"), ("appointment_without_people"),
    ("appointment_ends_before_it_begins"), ("appointment_too_long"), ("appointment_without_place"),
    ("appointment_place_elsewhere"), and what an app above says.
    """
    ticket = lock(ticket)
    _check_fields(fields)
    made = Appointment(ticket=ticket, starts_at=starts_at, ends_at=ends_at, created_by_id=by.membership_id, **fields)
    made.late_reason = late_reason
    _may(ticket, {one.pk for one in people}, by)
    _check(made, people)
    _put(made, "plan", by)
    made.save(force_insert=True)
    _go(made, people)
    _record(made, "appointment.planned", by, people=[one.name for one in people], **_reason(late_reason))
    return made


@transaction.atomic
def edit(
    appointment: Appointment,
    *,
    by: Actor,
    version: int | None = None,
    people: Sequence[Membership] | None = None,
    late_reason: str = "",
    **changes: Any,
) -> Appointment:
    """Change a planned appointment. Another window, or going there after all, is a move; `late_reason` is of this one.

    Raises Denied, Refused("appointment_was_changed") where somebody changed it since `version`,
    ("appointment_is_not_planned"), and what `plan` raises.
    """
    row = _locked(appointment)
    _may(row.ticket, _people_ids(row), by)
    _planned(row)
    if version is not None and version != row.version:
        raise Refused("appointment_was_changed")
    _check_fields(changes)
    changed = [name for name in FIELDS if name in changes and getattr(row, name) != changes[name]]
    before = snapshot(row, changed)
    for name in changed:
        setattr(row, name, changes[name])
    after = snapshot(row, changed)
    gone = list(people_of(row))
    wanted = gone if people is None else list(people)
    _may(row.ticket, {one.pk for one in wanted}, by)
    _check(row, wanted)
    is_moved = any(name in WINDOW for name in changed)
    if not changed and {one.pk for one in wanted} == {one.pk for one in gone}:
        return row
    if is_moved:
        row.late_reason = late_reason
        _put(row, "move", by)
    row.version += 1
    row.save(update_fields=[*changed, "late_reason", "version"])
    _go(row, wanted)
    kind = "appointment.moved" if is_moved else "appointment.edited"
    said = {"people": [one.name for one in wanted], "old": before, "new": after}
    _record(row, kind, by, **said, **(_reason(late_reason) if is_moved else {}))
    return row


@transaction.atomic
def start(appointment: Appointment, *, by: Actor, reason: str = "") -> Appointment:
    """Somebody is there, on its day (`starts_from`). `reason` says why although an app above asks for one.

    Raises Denied, Refused("appointment_is_not_planned"), ("appointment_is_to_come"), and what an app above says.
    """
    row = _locked(appointment)
    _may_attend(row, by)
    _planned(row)
    _begun(row)
    row.override_reason = reason
    _put(row, "start", by)
    row.start(timezone.now())
    row.version += 1
    row.save(update_fields=["status", "started_at", "override_reason", "version"])
    _record(row, "appointment.started", by, **_reason(row.override_reason))
    return row


@transaction.atomic
def finish(appointment: Appointment, *, by: Actor, reason: str = "") -> Appointment:
    """The visit is over; one nobody said had begun is asked what starting it is asked.

    Raises Denied, Refused("appointment_is_over"), ("appointment_is_to_come"), and what an app above says.
    """
    row = _locked(appointment)
    _may_attend(row, by)
    if not can_proceed(row.finish):
        raise Refused("appointment_is_over")
    skipped = row.status == AppointmentStatus.PLANNED
    if skipped:
        _begun(row)
        row.override_reason = reason
        _put(row, "start", by)
    row.finish(timezone.now())
    row.version += 1
    row.save(update_fields=["status", "ended_at", "override_reason", "version"])
    _record(row, "appointment.finished", by, **(_reason(row.override_reason) if skipped else {}))
    return row


@transaction.atomic
def cancel(appointment: Appointment, *, by: Actor, reason: str = "") -> Appointment:
    """It does not take place. Raises Denied, Refused("appointment_is_not_planned")."""
    row = _locked(appointment)
    _may(row.ticket, _people_ids(row), by)
    _planned(row)
    _cancel(row, by, reason)
    return row


def on_over(entry: Entry) -> None:
    """The ticket is over: what was planned for it does not take place. Called with the entry that says so."""
    if Ticket.objects.filter(pk=entry.subject_id, is_open=True, deleted_at=None).exists():
        return
    rows = Appointment.objects.filter(ticket=entry.subject_id, status=AppointmentStatus.PLANNED).order_by("pk")
    for row in rows.select_for_update(of=("self",), no_key=True).select_related("ticket"):
        _cancel(row, Actor.system("journal").because(entry), "")


def on_merged(entry: Entry) -> None:
    """Who was to go there still goes, for the ticket that goes on."""
    Appointment.objects.filter(ticket=entry.subject_id, status__in=OPEN).update(ticket_id=entry.data["ticket"])


def starts_from(appointment: Appointment) -> datetime:
    """From when on it can be started, an aware moment: when its day begins on the clocks of the company, or two hours
    before it does where that is earlier. Whoever goes there on another day moves it first."""
    zone = ZoneInfo(appointment.ticket.tenant.time_zone)
    day = datetime.combine(appointment.starts_at.astimezone(zone).date(), time.min, zone)
    return min(day.astimezone(UTC), appointment.starts_at - LEAD)


def people_of(appointment: Appointment) -> QuerySet[Membership]:
    """Who goes, by name."""
    going = AppointmentPerson.objects.filter(appointment=appointment).values("member")
    return Membership.objects.filter(pk__in=going).order_by("name", "pk")


def names_of(rows: Iterable[Appointment]) -> dict[int, list[str]]:
    """Who goes, by name, for a page of appointments. One statement."""
    found: dict[int, list[str]] = {}
    going = AppointmentPerson.objects.filter(appointment__in=[row.pk for row in rows]).order_by("member__name")
    for pk, name in going.values_list("appointment", "member__name"):
        found.setdefault(pk, []).append(name)
    return found


def of_people(rows: QuerySet[Appointment], people: Iterable[int]) -> QuerySet[Appointment]:
    """Those of them somebody of these people goes to."""
    return rows.filter(pk__in=AppointmentPerson.objects.filter(member__in=list(people)).values("appointment"))


def of_member(member: Membership) -> QuerySet[AppointmentPerson]:
    """Where a member still has to go, the earliest first."""
    rows = AppointmentPerson.objects.filter(member=member, appointment__status__in=OPEN)
    return rows.select_related("appointment__ticket").order_by("appointment__starts_at", "pk")


@transaction.atomic
def give(member: Membership, heir: Membership | None, *, by: Actor) -> int:
    """Let somebody else go wherever a member was to go; without anybody else to go there an appointment is cancelled.
    The number of appointments it was about."""
    found = sorted(of_member(member), key=lambda one: one.appointment.ticket_id)
    for one in found:
        row = _locked(one.appointment)
        if row.status not in OPEN:
            continue
        others = [person for person in people_of(row) if person.pk != member.pk]
        going = [*others, heir] if heir is not None and heir not in others else others
        if not going and row.status == AppointmentStatus.PLANNED:
            _cancel(row, by, "")
            continue
        _go(row, going)
        row.version += 1
        row.save(update_fields=["version"])
        _record(row, "appointment.edited", by, people=[person.name for person in going])
    return len(found)


def overlapping(appointment: Appointment) -> QuerySet[AppointmentPerson]:
    """The same people's other open appointments that share time with this one, the earliest first."""
    people = AppointmentPerson.objects.filter(appointment=appointment).values("member")
    rows = AppointmentPerson.objects.filter(member__in=people, appointment__status__in=OPEN)
    rows = rows.filter(appointment__starts_at__lt=appointment.ends_at, appointment__ends_at__gt=appointment.starts_at)
    rows = rows.exclude(appointment=appointment).select_related("member", "appointment__ticket")
    return rows.order_by("appointment__starts_at", "pk")


def may(ticket: Ticket, by: Actor) -> bool:
    """Whether the reader may plan on this ticket at all: their own appointments, or everybody's."""
    return permissions.may(ticket, CAPABILITY, by)


def may_change(appointment: Appointment, people: Iterable[int], by: Actor) -> bool:
    """Whether the reader may change this one; "own" are those they go to."""
    is_theirs = by.can(CAPABILITY) != "own" or by.membership_id in set(people)
    return is_theirs and permissions.may(appointment.ticket, CAPABILITY, by)


def may_attend(appointment: Appointment, people: Iterable[int], by: Actor) -> bool:
    """Whether the reader may start and finish it: who goes, and who may change it."""
    found = set(people)
    return by.membership_id in found or may_change(appointment, found, by)


def _cancel(row: Appointment, by: Actor, reason: str) -> None:
    row.cancel(timezone.now())
    row.version += 1
    row.save(update_fields=["status", "ended_at", "version"])
    _record(row, "appointment.cancelled", by, **_reason(reason))


def _locked(appointment: Appointment) -> Appointment:
    """The ticket first, then the row as it stands."""
    ticket = lock(appointment.ticket)
    row: Appointment = Appointment.objects.select_for_update(of=("self",), no_key=True).get(pk=appointment.pk)
    row.ticket = ticket
    return row


def _people_ids(row: Appointment) -> set[int]:
    return set(AppointmentPerson.objects.filter(appointment=row).values_list("member_id", flat=True))


def _may(ticket: Ticket, people: set[int], by: Actor) -> None:
    permissions.require(ticket, CAPABILITY, by)
    if by.can(CAPABILITY) == "own" and by.membership_id not in people:
        raise Denied(CAPABILITY)


def _may_attend(row: Appointment, by: Actor) -> None:
    if not may_attend(row, _people_ids(row), by):
        raise Denied(CAPABILITY)


def _planned(row: Appointment) -> None:
    if row.status != AppointmentStatus.PLANNED:
        raise Refused("appointment_is_not_planned", status=str(row.status))


def _begun(row: Appointment) -> None:
    since = starts_from(row)
    if timezone.now() < since:
        raise Refused("appointment_is_to_come", starts=row.starts_at.isoformat(), since=since.isoformat())


def _check_fields(fields: dict[str, Any]) -> None:
    if wrong := set(fields) - set(FIELDS):
        raise ValueError(f"An appointment has no {', '.join(sorted(wrong))}.")


def _check(row: Appointment, people: Sequence[Membership]) -> None:
    ticket = row.ticket
    if not ticket.is_open or ticket.deleted_at is not None:
        raise Refused("appointment_of_a_closed_ticket")
    if not people or not all(one.is_active for one in people):
        raise Refused("appointment_without_people")
    if row.ends_at <= row.starts_at:
        raise Refused("appointment_ends_before_it_begins")
    if row.ends_at - row.starts_at > LONGEST:
        raise Refused("appointment_too_long", days=LONGEST.days)
    if row.is_on_site and row.location is None and not row.address.strip():
        raise Refused("appointment_without_place")
    for place in (row.location, row.contact):
        if place is not None and place.company_id != ticket.company_id:
            raise Refused("appointment_place_elsewhere", name=place.name)


def _put(row: Appointment, verb: str, by: Actor) -> None:
    """Ask the apps above."""
    for asked in _asked:
        asked(row, verb, by)


def _go(row: Appointment, people: Sequence[Membership]) -> None:
    kept = {one.pk for one in people}
    AppointmentPerson.objects.filter(appointment=row).exclude(member__in=kept).delete()
    known = _people_ids(row)
    rows = [AppointmentPerson(appointment=row, member_id=pk) for pk in sorted(kept - known)]
    AppointmentPerson.objects.bulk_create(rows)


def _reason(reason: str) -> dict[str, str]:
    return {"text": reason} if reason else {}


def _record(row: Appointment, kind: str, by: Actor, **facts: Any) -> None:
    touch(row.ticket)
    span = {"starts": row.starts_at.isoformat(), "ends": row.ends_at.isoformat()}
    journal.record(row.ticket, kind, by=by, id=row.pk, on_site=row.is_on_site, **span, **facts)
