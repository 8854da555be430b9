"""The guided path: one prepared ticket, outsourced by the reader and then seen from the partner's desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

from django.urls import reverse
from django.utils.translation import gettext as _

from demo.desk import Desk, add
from demo.history import History
from outsourcing.models import Handover, HandoverStatus, Invitation, LeadSide
from outsourcing.services.partners import PURPOSE
from psa.tenancy import doors, scope
from tickets import services
from tickets.models import Audience, Ticket

TICKET = uuid5(NAMESPACE_URL, "https://tandem.example/demo/first-handover")
TITLE = "Access Point im Lager Rīga ausgefallen"
TEXT = (
    "Im Lager Rīga ist seit gestern der Access Point über Tor 2 ausgefallen, die Handscanner haben dort keine "
    "Verbindung.\n\nEin Ersatzgerät liegt im Lager bereit, die Konfiguration lädt es sich selbst. Gesucht ist jemand "
    "vor Ort, der es tauscht und mit zwei Scannern prüft."
)
ANSWER = "Guten Tag Frau Hansen, das Ersatzgerät liegt bereit. Wir schicken jemanden nach Rīga und melden den Termin."
INVITED = "lukas@helix.example"
SENDER, APPROVER = "ada@nordlicht.example", "jonas@nordlicht.example"
# Who answers and who works at the partner the reader chose.
ANSWERS = {"baltic": "andris@baltic.example", "atlas": "priya@atlas.example", "helix": "lukas@helix.example"}
WORKS = {"baltic": "ilze@baltic.example", "atlas": "tom@atlas.example", "helix": "lukas@helix.example"}
S = HandoverStatus
STEP = {S.ASSIGNED: 1, S.ACCEPTED: 2, S.IN_PROGRESS: 2, S.WAITING_APPROVAL: 3, S.COMPLETE: 4}
REMARK = "Von hier aus nicht zu lösen: Das Gerät antwortet nicht mehr. Baltic Service fragen."


@dataclass(frozen=True, slots=True)
class Path:
    """How far the reader is, what to do next, and where: a page of one's own, or somebody else's desk (`email`)."""

    steps: list[tuple[str, str]]
    text: str
    action: str
    url: str
    email: str = ""
    is_invited: bool = False


def path(slug: str, reader: str) -> Path | None:
    """The path for a member of `slug` with the e-mail `reader`; nothing where the ticket was not prepared."""
    tenant = doors.tenant_named("nordlicht")
    if tenant is None:
        return None
    with scope.tenant(tenant):
        if reader == INVITED and _open_invitation():
            text = _("Nordlicht IT asks you to become its service partner. Accept, and it can send you work.")
            return Path([], text, _("Open the invitation"), "", is_invited=True)
        number = Ticket.objects.filter(key=TICKET).values_list("number", flat=True).first()
        sides = LeadSide.objects.filter(ticket__key=TICKET).exclude(handover__status=S.DISCARDED)
        side = sides.select_related("handover").order_by("-pk").first()
    if number is None:
        return None
    handover = side.handover if side else None
    step = STEP.get(S(handover.status), 0) if handover else 0
    names = [_("Outsource a ticket"), _("Answer the offer"), _("Do the work"), _("Approve it"), _("Done")]
    states = ["done"] * step + ["now"] + [""] * (len(names) - step - 1)
    text, action, email, url = _now(step, number, handover)
    return Path(list(zip(names, states, strict=True)), text, action, url, "" if email == reader else email)


def _now(step: int, number: int, handover: Handover | None) -> tuple[str, str, str, str]:
    """What to do at a step: the sentence, the button, whose desk it is, and the page there."""
    lead = reverse("tickets:page", args=["nordlicht", number])
    if handover is None or step == 0:
        text = _("A ticket of Nordlicht IT needs hands in Riga. Open it and outsource it to Baltic Service.")
        return text, _("Open the ticket as Ada"), SENDER, lead
    partner = doors.slug(handover.service_id)
    if step == 1:
        offer = reverse("outsourcing:handover", args=[partner, handover.key])
        text = _(
            "The offer is out. Now look from the partner's desk: accept it, and the partner has a ticket of its own."
        )
        return text, _("See the offer as the partner"), ANSWERS[partner], offer
    if step == 2:
        theirs = reverse("tickets:page", args=[partner, handover.service_number])
        text = _(
            "Write a note, log some time, then Notify lead partner › Insourcing complete. It all appears in Hamburg."
        )
        return text, _("Work on it as the technician"), WORKS[partner], theirs
    if step == 3:
        text = _("Hamburg has the result: approve it, or reject it with a reason and see what comes back.")
        return text, _("Approve it as Jonas"), APPROVER, lead
    text = _("That was a whole handover. Both dashboards show every other stage it can be in.")
    return text, _("See the dashboard"), APPROVER, reverse("outsourcing:dashboard", args=["nordlicht"])


def invitation_link() -> str:
    """A fresh link to the open invitation, as the mail has one; empty when it was answered."""
    tenant = doors.tenant_named("nordlicht")
    if tenant is None:
        return ""
    with scope.tenant(tenant):
        found = _open_invitation()
        raw = doors.issue(PURPOSE, found.pk, found.expires_at) if found else ""
    return reverse("outsourcing:invitation", args=[raw]) if raw else ""


def _open_invitation() -> Invitation | None:
    return Invitation.objects.filter(to_email=INVITED, status="sent").first()


def plan(history: History, desks: dict[str, Desk]) -> None:
    """The ticket the path begins with: new this morning, assigned to Ada, nothing handed over yet."""
    begins = history.now - timedelta(minutes=95)
    history.at(begins, "nordlicht", lambda: _prepare(desks["nordlicht"]))


def _prepare(desk: Desk) -> None:
    company = desk.customer("Reederei Hansen")
    ada = desk.history.actor("nordlicht", "Ada")
    ticket = services.create(
        by=ada,
        key=TICKET,
        title=TITLE,
        description=TEXT,
        company=company,
        contact=desk.people[company.name][0],
        location=next(place for place in desk.places[company.name] if place.name == "Lager Rīga"),
        queue=desk.queues["Infrastruktur"],
        category=desk.categories["network"],
        priority=2,
        source="phone",
        due_at=desk.history.now.replace(minute=0, second=0, microsecond=0) + timedelta(days=2),
        planned_minutes=120,
    )
    ticket = services.accept(ticket, by=ada)
    add(ticket, "note", Audience.CUSTOMER, ada, text=ANSWER)
    add(ticket, "note", Audience.INTERNAL, ada, text=REMARK)
