"""The pages of appointments: planned on a ticket, looked at as a list, moved, started, finished, cancelled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Value
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms.appointments import AppointmentForm, ReasonForm
from billing.lists import visits as lists
from billing.models import DeliveryNote, PaperKind
from billing.services import delivery_notes, visits
from psa.tenancy.errors import Denied, Refused
from psa.web import refusals
from psa.web.access import needs
from psa.web.once import counted, counts_once
from tickets.models import Appointment, AppointmentStatus, Ticket
from tickets.services import appointments
from tickets.views import fetch

editing = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@needs("ticket.view")
def listing(request: Any) -> HttpResponseBase:
    """Every appointment the reader may see, the latest first."""
    rows = Appointment.objects.visible_to(request.actor).annotate(slug=Value(request.tenant.slug))
    return lists.APPOINTMENTS.open(request, rows).answer("billing/visits/list.html", {})


@editing
@needs("appointment.manage")
@counts_once
def plan(request: Any, number: int) -> HttpResponse:
    """A new one, on its ticket."""
    ticket = fetch.ticket(request, number)
    if not appointments.may(ticket, request.actor):
        raise Denied(appointments.CAPABILITY)
    form = AppointmentForm(ticket, request.actor, request.POST if request.method == "POST" else None)
    return _edit(request, ticket, form, lambda **given: appointments.plan(ticket, **given))


@require_safe
@needs("ticket.view")
def page(request: Any, key: UUID) -> HttpResponse:
    """One of them, with what can be done about it."""
    return _page(request, _row(request, key), ReasonForm())


@editing
@needs("appointment.manage")
def edit(request: Any, key: UUID) -> HttpResponse:
    """Another time, other people, another place."""
    row = _row(request, key)
    if row.status != AppointmentStatus.PLANNED and request.method != "POST":
        said = Refused("appointment_is_not_planned", status=row.status)
        messages.warning(request, refusals.explain(said))
        return HttpResponseRedirect(_address(request, row))
    form = AppointmentForm(row.ticket, request.actor, request.POST if request.method == "POST" else None, row=row)

    def save(**given: Any) -> Appointment:
        return appointments.edit(row, version=form.cleaned_data["version"], **given)

    return _edit(request, row.ticket, form, save)


@require_POST
@needs("ticket.view")
def start(request: Any, key: UUID) -> HttpResponse:
    """Somebody is there."""
    return _do(request, key, appointments.start, _("The visit has begun."), _address)


@require_POST
@needs("ticket.view")
def finish(request: Any, key: UUID) -> HttpResponse:
    """It is over: what is left is on the ticket."""
    return _do(request, key, appointments.finish, _("The visit is over."), _after)


@require_POST
@needs("appointment.manage")
def cancel(request: Any, key: UUID) -> HttpResponse:
    """It does not take place."""
    return _do(request, key, appointments.cancel, _("The appointment is cancelled."), _address)


@require_POST
@needs("delivery.prepare")
def prepare(request: Any, key: UUID) -> HttpResponse:
    """The draft of the delivery note it takes along: the ticket's own, made when there is none."""
    row = get_object_or_404(visits.prepared_by(request.actor).select_related("ticket"), key=key)
    made = delivery_notes.draft_of(row.ticket, by=request.actor)
    return redirect("billing:delivery_note", request.tenant.slug, made.key)


def _row(request: Any, key: UUID) -> Appointment:
    rows = Appointment.objects.visible_to(request.actor)
    rows = rows.select_related("ticket__company", "ticket__assignee", "location", "contact")
    row: Appointment = get_object_or_404(rows, key=key)
    row.ticket.tenant = request.tenant
    return row


def _address(request: Any, row: Appointment) -> str:
    return reverse("billing:appointment", args=[request.tenant.slug, row.key])


def _after(request: Any, row: Appointment) -> str:
    """The ticket, for who sees it."""
    return fetch.address(request, row.ticket) if _sees_ticket(request, row) else _address(request, row)


def _sees_ticket(request: Any, row: Appointment) -> bool:
    found: bool = Ticket.objects.visible_to(request.actor).filter(pk=row.ticket_id).exists()
    return found


def _edit(request: Any, ticket: Ticket, form: AppointmentForm, save: Callable[..., Appointment]) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            with counted(request) as sent:
                row = save(by=request.actor, **form.values())
                answer = sent.leads_to(_address(request, row))
            messages.success(request, _("Saved."))
            _warn(request, row)
            return answer
        except Refused as refused:
            form.refuse(refused)
    context = {"ticket": ticket, "form": form, "row": form.row, "back_url": fetch.address(request, ticket)}
    return render(request, "billing/visits/edit.html", context, status=422 if form.errors else 200)


def _do(
    request: Any, key: UUID, verb: Callable[..., Appointment], said: str, then: Callable[[Any, Appointment], str]
) -> HttpResponse:
    row, form = _row(request, key), ReasonForm(request.POST)
    if form.is_valid():
        try:
            verb(row, reason=form.cleaned_data["reason"], by=request.actor)
            messages.success(request, said)
            return HttpResponseRedirect(then(request, row))
        except Refused as refused:
            form.refuse(refused)
    return _page(request, row, form, 422)


def _page(request: Any, row: Appointment, form: ReasonForm, status: int = 200) -> HttpResponse:
    going = list(appointments.people_of(row))
    ids = {one.pk for one in going}
    since = appointments.starts_from(row)
    context = {
        "row": row,
        "people": going,
        "form": form,
        "span": lists.span(row.starts_at, row.ends_at),
        "state": lists.APPOINTMENT_STATES.badge(row.status),
        "sees_ticket": _sees_ticket(request, row),
        "may_change": row.status == AppointmentStatus.PLANNED and appointments.may_change(row, ids, request.actor),
        "may_attend": row.status in appointments.OPEN and appointments.may_attend(row, ids, request.actor),
        "since": since if since > timezone.now() else None,
        "preparation": visits.state(row),
        "note": visits.note_of(row),
        "may_prepare": request.actor.can("delivery.prepare") == "all",
        "to_sign": _to_sign(request, row) if row.status == AppointmentStatus.STARTED else [],
    }
    return render(request, "billing/visits/page.html", context, status=status)


def _to_sign(request: Any, row: Appointment) -> list[DeliveryNote]:
    """The delivery notes of the ticket that the reader can have signed there."""
    notes = DeliveryNote.objects.visible_to(request.actor).filter(ticket=row.ticket, kind=PaperKind.DELIVERY)
    return [
        note for note in notes.select_related("ticket").order_by("pk") if delivery_notes.may_sign(note, request.actor)
    ]


def _warn(request: Any, row: Appointment) -> None:
    """Say who is somewhere else at that time; it was saved all the same."""
    found = list(appointments.overlapping(row)[:5])
    if found:
        links = format_html_join(
            ", ",
            '<a href="{}">{} ({})</a>',
            [(_address(request, one.appointment), one.member.name, _span(one.appointment)) for one in found],
        )
        messages.warning(request, format_html("{} {}", _("At the same time somewhere else:"), links))


def _span(row: Appointment) -> str:
    return lists.span(row.starts_at, row.ends_at)
