"""The day-before rule: a visit on site wants its delivery note by the cut-off of the working day before (it-house spec,
"On-site appointments").

Working days are those of the branch's calendar, the tenant's default one; moments are aware. What is due is asked anew
whenever the timer fires: a calendar or a cut-off that was changed since counts as it stands now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from billing.models import DeliveryNote, DeliveryStatus, PaperKind, VisitPreparation
from billing.services import billing_settings, receivers
from psa.calendars import business
from psa.calendars import services as calendars
from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.capabilities import ADMINISTRATOR
from psa.tenancy.errors import Asks
from psa.tenancy.models import Membership
from psa.timers import timers
from tickets.models import Appointment, HandOff, Ticket
from tickets.models.appointment import AppointmentStatus
from tickets.services import appointments, hand_offs
from tickets.services.locking import lock

STEP = "visit.step"
KIND = "delivery_note"
ESCALATES = timedelta(hours=1)
READY = (DeliveryStatus.PREPARED, DeliveryStatus.DELIVERED, DeliveryStatus.SIGNED, DeliveryStatus.INVOICED)
PLANNED = ("appointment.planned", "appointment.moved", "appointment.edited")
OVER = ("appointment.cancelled", "appointment.finished")
CALENDARS = ("calendar.edited", "calendar.day_put", "calendar.day_dropped", "calendar.made_default")


def connect() -> None:
    """Have a word in plans and starts, listen to what becomes of them. Called once, when the app starts."""
    appointments.ask(asked)
    hand_offs.ask(KIND, asked_before_done)
    for kind in PLANNED:
        journal.subscribe(kind, on_planned)
    for kind in OVER:
        journal.subscribe(kind, on_over)
    journal.subscribe("appointment.started", on_started)
    journal.subscribe("deliverynote.prepared", on_prepared)
    for kind in ("deliverynote.dropped", "deliverynote.reversed"):
        journal.subscribe(kind, on_note_cancelled)
    for kind in CALENDARS:
        journal.subscribe(kind, on_calendar)
    timers.on(STEP, step)


# What the rule says -------------------------------------------------------------------------------------------------
def deadline(starts_at: datetime, cut_off: time, rules: business.Rules) -> datetime:
    """The cut-off on the last working day before the day of the visit, in the calendar's zone. Pure.

    Raises business.NeverWorked.
    """
    day = starts_at.astimezone(rules.zone).date()
    for _ in range(366):
        day -= timedelta(days=1)
        if business.is_working_day(rules, day):
            return datetime.combine(day, cut_off, rules.zone).astimezone(UTC)
    raise business.NeverWorked


def due(appointment: Appointment) -> datetime | None:
    """By when the delivery note of this visit is to be prepared; None where the rule does not hold: it is switched off,
    nobody but administrators prepares delivery notes here, or the company has the portal only."""
    if not appointment.is_on_site or appointment.ticket.tenant.is_portal:
        return None
    settings = billing_settings.of_tenant()
    if not settings.day_before_rule or _receiving_role() == ADMINISTRATOR:
        return None
    return deadline(appointment.starts_at, settings.cut_off, calendars.default().rules)


def is_ready(appointment: Appointment) -> bool:
    """Whether a delivery note was prepared for this visit, or one of its ticket is prepared and nobody's yet."""
    return (appointment.pk is not None and _own_note(appointment)) or _free_note(appointment.ticket) is not None


def taking(note: DeliveryNote, by: Actor) -> Appointment | None:
    """The visit that takes the note along, for who sees it."""
    taken = VisitPreparation.objects.filter(note=note).values("appointment")
    found: Appointment | None = Appointment.objects.visible_to(by).filter(pk__in=taken).first()
    return found


def of_hand_off(row: HandOff) -> Appointment | None:
    """The visit a task *prepare delivery note* is about. Whoever reads the task reads when, where and who; the words of
    the visit and its ticket stay with who may see them."""
    if row.kind != KIND or row.subject is None:
        return None
    rows = Appointment.objects.select_related("ticket__company", "ticket__tenant", "location", "contact")
    found: Appointment | None = rows.filter(key=row.subject).first()
    return found


def prepared_by(by: Actor) -> QuerySet[Appointment]:
    """The visits whose delivery notes somebody makes: those they see, and those that were handed to them."""
    tasks = HandOff.objects.visible_to(by).filter(kind=KIND).values("subject")
    seen = Appointment.objects.visible_to(by).values("pk")
    rows: QuerySet[Appointment] = Appointment.objects.filter(Q(pk__in=seen) | Q(key__in=tasks))
    return rows


def note_of(appointment: Appointment) -> DeliveryNote | None:
    """The delivery note the visit takes along, else the one of its ticket that is prepared or begun for it."""
    own = VisitPreparation.objects.select_related("note").filter(appointment=appointment, note__isnull=False).first()
    if own is not None:
        return own.note
    begun = DeliveryNote.objects.filter(ticket=appointment.ticket, kind=PaperKind.DELIVERY, status=DeliveryStatus.DRAFT)
    found: DeliveryNote | None = _free_note(appointment.ticket) or begun.order_by("pk").first()
    return found


def asked_before_done(row: HandOff, reason: str) -> None:
    """The task is done once the delivery note is prepared, or with a reason. Raises Asks("visit_note_not_prepared")."""
    visit = Appointment.objects.select_related("ticket").filter(key=row.subject).first()
    if visit is not None and visit.status in appointments.OPEN and not is_ready(visit) and not reason.strip():
        raise Asks("visit_note_not_prepared", "words")


def asked(appointment: Appointment, verb: str, by: Actor) -> None:
    """Ask for a reason where somebody is late. Raises Asks("visit_is_late"), ("visit_without_note")."""
    until = due(appointment)
    if until is None or is_ready(appointment):
        return
    if verb == "start":
        if not appointment.override_reason.strip():
            raise Asks("visit_without_note", "reason")
    elif timezone.now() > until and not appointment.late_reason.strip():
        raise Asks("visit_is_late", "late_reason", due=until.isoformat())


# What happens -------------------------------------------------------------------------------------------------------
def on_planned(entry: Entry) -> None:
    """The task *prepare delivery note* with its deadline, or the deadline of a moved visit."""
    row = _appointment(entry)
    if row is not None and row.status == AppointmentStatus.PLANNED:
        _prepare(row, _author(entry), is_new_window=entry.kind != "appointment.edited")


def on_started(entry: Entry) -> None:
    """Nobody is reminded any more; the task stays until the visit is over."""
    if (found := VisitPreparation.objects.filter(appointment=entry.data["id"]).first()) is not None:
        timers.disarm(found.pk, STEP)


def on_over(entry: Entry) -> None:
    """Cancelled or over: the task and its timers go with it."""
    row = _appointment(entry)
    found = VisitPreparation.objects.filter(appointment=entry.data["id"]).first()
    if row is not None and found is not None:
        _drop(row, found, Actor.system("journal").because(entry), keeps=entry.kind == "appointment.finished")


def on_prepared(entry: Entry) -> None:
    """A delivery note was prepared: the ticket's next visit without one has it, and the task is done."""
    note = DeliveryNote.objects.select_related("ticket").filter(key=entry.data["note"]).first()
    if note is None or note.ticket is None or note.kind != PaperKind.DELIVERY:
        return
    rows = VisitPreparation.objects.filter(appointment__ticket=note.ticket_id, note=None)
    rows = rows.filter(appointment__status__in=appointments.OPEN).order_by("appointment__starts_at", "pk")
    if (found := rows.select_related("appointment").first()) is not None:
        _settle(found, note, Actor.system("journal").because(entry))


def on_note_cancelled(entry: Entry) -> None:
    """The delivery note of a visit was reversed: it wants another one."""
    rows = VisitPreparation.objects.filter(note__key=entry.data["note"], appointment__status=AppointmentStatus.PLANNED)
    for found in rows.select_related("appointment__ticket__tenant"):
        found.note = None
        found.save(update_fields=["note"])
        _prepare(found.appointment, Actor.system("journal").because(entry), is_new_window=False)


def on_calendar(entry: Entry) -> None:
    """Other days are worked from now on: the deadlines that are still to come move."""
    rows = VisitPreparation.objects.filter(note=None, reminded_at=None, appointment__status=AppointmentStatus.PLANNED)
    for found in rows.select_related("appointment__ticket__tenant").order_by("pk"):
        until = due(found.appointment)
        if until is not None and until != found.due_at:
            _set_due(found, until)


def step(pk: int) -> None:
    """What is due of a visit that is not prepared: a reminder at the cut-off, an hour after it the escalation, each
    once. Fired by a timer, in a transaction."""
    found = VisitPreparation.objects.select_related("appointment__ticket").filter(pk=pk).first()
    if found is None:
        return
    ticket = lock(found.appointment.ticket)
    found = VisitPreparation.objects.select_related("appointment").get(pk=pk)
    row = found.appointment
    row.ticket = ticket
    if row.status != AppointmentStatus.PLANNED or found.note_id is not None or (until := due(row)) is None:
        return
    now, by = timezone.now(), Actor.system("timer")
    if found.reminded_at is None and now < until:
        _set_due(found, until)
    elif found.reminded_at is None:
        found.reminded_at = now
        found.save(update_fields=["reminded_at"])
        timers.arm(STEP, found.pk, now + ESCALATES)
        journal.record(ticket, "visit.reminded", by=by, id=row.pk, starts=row.starts_at.isoformat())
    elif found.escalated_at is None and now >= found.reminded_at + ESCALATES:
        found.escalated_at = now
        found.save(update_fields=["escalated_at"])
        journal.record(ticket, "visit.escalated", by=by, id=row.pk, starts=row.starts_at.isoformat())


def _prepare(row: Appointment, by: Actor, *, is_new_window: bool) -> None:
    """Let the task of a planned visit be as the rule has it now."""
    until = due(row)
    found = VisitPreparation.objects.filter(appointment=row).first()
    if until is None:
        if found is not None:
            _drop(row, found, by, keeps=False)
        return
    if found is None:
        found = VisitPreparation.objects.create(appointment=row, due_at=until)
    if found.note_id is not None:
        _set_due(found, until, arms=False)
        return
    if (note := _free_note(row.ticket)) is not None:
        _settle(found, note, by)
        return
    if is_new_window:
        found.reminded_at, found.escalated_at = None, None
        if timezone.now() > until:
            # Whoever is late says why, and both managers are told of it at once: that is the reminder.
            found.reminded_at = timezone.now()
            facts = {"due": until.isoformat(), "starts": row.starts_at.isoformat(), "text": row.late_reason}
            journal.record(row.ticket, "visit.planned_late", by=by, id=row.pk, **facts)
        found.save(update_fields=["reminded_at", "escalated_at"])
    _hand_off(row, found, until, by)
    _set_due(found, until)


def _hand_off(row: Appointment, found: VisitPreparation, until: datetime, by: Actor) -> None:
    open_one = found.hand_off if found.hand_off is not None and found.hand_off.settled_at is None else None
    if open_one is None:
        made = hand_offs.send(
            KIND,
            title=row.title or row.ticket.title,
            text=row.material,
            ticket=row.ticket,
            subject=row.key,
            role=_receiving_role(),
            due_at=until,
            by=by,
        )
        found.hand_off = made
        found.save(update_fields=["hand_off"])


def _set_due(found: VisitPreparation, until: datetime, *, arms: bool = True) -> None:
    """Another deadline: of the rule, of the task in the inbox, and of the timer."""
    found.due_at = until
    found.save(update_fields=["due_at"])
    if found.hand_off is not None and found.hand_off.settled_at is None and found.hand_off.due_at != until:
        found.hand_off.due_at = until
        found.hand_off.save(update_fields=["due_at"])
    if arms:
        timers.arm(STEP, found.pk, until if found.reminded_at is None else found.reminded_at + ESCALATES)


def _settle(found: VisitPreparation, note: DeliveryNote, by: Actor) -> None:
    found.note = note
    found.save(update_fields=["note"])
    timers.disarm(found.pk, STEP)
    hand_offs.finish_of(KIND, found.appointment.key, by=by)


def _drop(row: Appointment, found: VisitPreparation, by: Actor, *, keeps: bool) -> None:
    timers.disarm(found.pk, STEP)
    hand_offs.cancel_of(KIND, row.key, by=by)
    if not keeps:
        found.delete()


def _author(entry: Entry) -> Actor:
    """Whoever planned it sends the task as well: a question comes back to them."""
    member = Membership.objects.select_related("role", "tenant").filter(pk=entry.by_id).first()
    return (Actor.of(member) if member else Actor.system("journal")).because(entry)


def _appointment(entry: Entry) -> Appointment | None:
    rows = Appointment.objects.select_related("ticket__tenant")
    found: Appointment | None = rows.filter(pk=entry.data["id"]).first()
    return found


def _own_note(appointment: Appointment) -> bool:
    return VisitPreparation.objects.filter(appointment=appointment, note__status__in=READY).exists()


def _free_note(ticket: Ticket) -> DeliveryNote | None:
    """A prepared delivery note of the ticket that no visit has taken along yet."""
    taken = VisitPreparation.objects.filter(note__isnull=False).values("note")
    rows = DeliveryNote.objects.filter(ticket=ticket, kind=PaperKind.DELIVERY, status=DeliveryStatus.PREPARED)
    found: DeliveryNote | None = rows.exclude(pk__in=taken).order_by("pk").first()
    return found


def _receiving_role() -> str:
    """Who prepares delivery notes."""
    return receivers.role_for("delivery.prepare", "sales")


@dataclass(frozen=True, slots=True)
class State:
    """How a visit stands with its delivery note: by when it is wanted, and whether it is there."""

    due_at: datetime | None
    is_ready: bool
    note: DeliveryNote | None
    reminded_at: datetime | None = None
    escalated_at: datetime | None = None


def state(appointment: Appointment) -> State | None:
    """What the page of a visit says of its delivery note; None where the rule does not hold."""
    rows = VisitPreparation.objects.select_related("note").filter(appointment=appointment)
    found = rows.first()
    until = found.due_at if found else due(appointment)
    if until is None:
        return None
    note = found.note if found else None
    told = (found.reminded_at, found.escalated_at) if found else (None, None)
    return State(until, is_ready(appointment), note, *told)
