"""Tickets from other systems: known by the other system's key, or by our own number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.directory.imports import KEY, find_company
from psa.directory.models import Contact
from psa.imports import subjects
from psa.imports.subjects import CREATED, UNCHANGED, UPDATED, Field, Made, choice, one_of
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import services
from tickets.labels import PRIORITIES
from tickets.models import Category, Queue, Source, Ticket

MOMENTS = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%d.%m.%Y %H:%M", "%d.%m.%Y. %H:%M")
DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%Y.")
END_OF_DAY = time(17, 0)


class Tickets(subjects.Subject):
    """New tickets in their queue, and properties of those there are. States are moved, never brought in."""

    code, label, icon = "tickets", _("Tickets"), "ticket"
    known_by = ("key", "number")
    fields = (
        KEY,
        Field("number", _("Our number"), ("No.", "Nr.", "number"), most=9),
        Field("title", _("Title"), ("subject", "Betreff", "Temats"), True, 200),
        Field("description", _("Description"), ("text", "body", "Beschreibung")),
        Field(
            "company", _("Company (name or number)"), ("customer", "company", "Kunde", "Firma", "Klients"), True, 160
        ),
        Field("contact", _("Contact"), ("caller", "Ansprechpartner", "Melder"), most=254),
        Field("queue", _("Queue"), ("team",), most=80),
        Field("category", _("Category"), most=120),
        Field("priority", _("Priority"), most=40),
        Field("due_at", _("Deadline"), ("due", "due date", "Fällig", "Fällig am"), most=40),
    )

    def make(self, values: Mapping[str, str], by: Actor) -> Made:
        rows = Ticket.objects.visible_to(by).select_related("company")
        ticket = subjects.by_key(self, values, rows)
        if ticket is None and (number := values.get("number")):
            same = rows.filter(number=int(number)) if number.isascii() and number.isdecimal() else rows.none()
            ticket = one_of("tickets.number", number, same)
        elif ticket is None and not values.get("key"):
            raise Refused("import.missing", field="tickets.key")
        given = self._given(values, by)
        if ticket is None:
            ticket = services.create(by=by, source=Source.OTHER, **given)
            came = CREATED
        else:
            came = self._change(ticket, given, by)
        subjects.keep_key(self, values, ticket)
        return Made(came, ticket.pk, f"{ticket.number} {ticket.title}")

    def _change(self, ticket: Ticket, given: dict[str, Any], by: Actor) -> str:
        # A sheet says moments to the minute.
        if ticket.due_at and given.get("due_at") == ticket.due_at.replace(second=0, microsecond=0):
            del given["due_at"]
        came, new = subjects.outcome(ticket, given)
        if came == UPDATED:
            services.fields.edit(ticket, by=by, **new)
        return came if came == UPDATED else UNCHANGED

    def _given(self, values: Mapping[str, str], by: Actor) -> dict[str, Any]:
        company = find_company("tickets.company", values["company"], by)
        given: dict[str, Any] = {"title": values["title"], "company": company}
        if text := values.get("description"):
            given["description"] = text
        if who := values.get("contact"):
            people = Contact.objects.visible_to(by).filter(company=company, is_active=True)
            given["contact"] = people.filter(email__iexact=who).first() or one_of(
                "tickets.contact", who, people.filter(name__iexact=who)
            )
        for name, model in (("queue", Queue), ("category", Category)):
            if value := values.get(name):
                given[name] = one_of(f"tickets.{name}", value, model.objects.filter(name__iexact=value, is_active=True))
        if value := values.get("priority"):
            given["priority"] = choice("tickets.priority", value, PRIORITIES.choices())
        if value := values.get("due_at"):
            given["due_at"] = moment("tickets.due_at", value)
        return given

    def href(self, tenant: str, pk: int) -> str:
        number = Ticket.objects.filter(pk=pk).values_list("number", flat=True).first()
        return reverse("tickets:page", args=[tenant, number]) if number else ""


def moment(path: str, value: str) -> datetime:
    """A day or a moment in the reader's zone, as sheets write them; a day ends at five. Raises Refused."""
    for form in MOMENTS + DAYS:
        try:
            read = datetime.strptime(value, form)
        except ValueError:
            continue
        read = datetime.combine(read, END_OF_DAY) if form in DAYS else read
        return timezone.make_aware(read)
    raise Refused("import.unreadable", field=path, value=value[:60])


def register() -> None:
    """Make them known."""
    subjects.register(Tickets())
