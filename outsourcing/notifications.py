"""Who is told by mail what happened to a handover (spec §11): our people, by our mailer, in their language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from outsourcing import inbox
from outsourcing.labels import lane_error
from outsourcing.links import by_key, links, ticket_of
from outsourcing.models import (
    Handover,
    HandoverStatus,
    LeadSide,
    Partnership,
    PartnershipSide,
    PartnershipStatus,
    ServiceSide,
    Side,
    Terms,
)
from outsourcing.models.handover import RUNNING
from outsourcing.services import hours, reminders, sending
from psa.journal import journal
from psa.journal.models import Entry
from psa.lanes import delivery
from psa.lanes.models import Lane
from psa.mail import mail
from psa.mail.mail import Recipient
from psa.operators import services as operators
from psa.tenancy import doors, scope
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, Tenant
from psa.timers import timers
from tickets.models import Charge, Priority, Ticket, TimeEntry
from tickets.models.checklists import TRAVELLING
from tickets.services.locking import lock

ARRIVALS = ("received", "changed_by_partner", "withdrawn")
TOLD = "handover.items_told"
# What a lane's channel is about.
_ABOUT = {"handover": Handover, "partnership": Partnership}


def connect() -> None:
    """Listen to what happens to handovers. Called once, when the app starts."""
    for kind in _MAILS:
        journal.subscribe(f"handover.{kind}", on_move)
    for kind in _FOLLOWED:
        journal.subscribe(f"handover.{kind}", follow)
    for verb in ARRIVALS:
        journal.subscribe(f"timeentry.{verb}", on_hours)
    timers.on(inbox.DIGEST, digest)
    delivery.on_parked(link_trouble)
    journal.subscribe("partnership.paused", on_paused)
    operators.on_suspended(on_suspended)


def on_move(entry: Entry) -> None:
    """Write the mail of one move to our people, where the table has one for our side."""
    name, side = entry.kind.partition(".")[2], entry.data["side"]
    wanted = _MAILS[name].get(side)
    if wanted is None or (entry.by_kind == "person" and name not in _TOLD_TO_BOTH):
        return
    handover = by_key(UUID(entry.data["handover"]))
    code, more = wanted
    mail.post(code, _to(handover, entry), about=handover, **(_basics(handover) | more(handover, entry)))


def follow(entry: Entry) -> None:
    """The handover moved, or was reminded of: what our side waits for next is another moment (§11)."""
    handover = by_key(UUID(entry.data["handover"]))
    reminders.follow(handover)
    if entry.kind.partition(".")[2] not in _RETIMED:
        return
    if handover.status == HandoverStatus.ASSIGNED and entry.data["side"] == Side.LEAD and handover.answer_by:
        timers.arm(sending.EXPIRES, handover.pk, handover.answer_by)
    ticket = ticket_of(handover, scope.tenant_id())
    if ticket is None:
        return
    for link in links(ticket):
        if link.handover == handover:
            hours.begin_again(link, ticket)


def on_hours(entry: Entry) -> None:
    """Time of the partner's arrived: it may have used up what is authorised."""
    ticket = Ticket.objects.get(pk=entry.subject_id)
    for link in links(ticket):
        if link.is_lead and link.handover.is_running:
            hours.notice(link, ticket)


def link_trouble(lane: Lane) -> None:
    """One mail to each side's partner managers when a link hangs (§11)."""
    name, _sep, key = lane.channel.partition(":")
    model: Any = _ABOUT[name]
    about = model.objects.filter(key=key).first()
    if about is None:
        return
    managers = [Recipient.of(person, "partners") for person in partner_managers()]
    facts = {"since": lane.parked_at, "error": lane_error(lane.error), "waiting": lane.last_seq - lane.applied_seq}
    basics = _basics(about) if isinstance(about, Handover) else _of_partner(about)
    mail.post("link_trouble", managers, about=about, **basics, **facts)


def on_paused(entry: Entry) -> None:
    """The partner paused the partnership, and has not resumed it meanwhile."""
    partnership = Partnership.objects.get(pk=entry.subject_id)
    if entry.by_kind == "partner" and partnership.status == PartnershipStatus.PAUSED:
        _tell_unavailable(partnership, "paused", entry.at)


def on_suspended(tenant: Tenant) -> None:
    """The operator suspended a company: each of its partners is told since when, and not why (§3)."""
    with doors.at(tenant.pk):
        theirs = Partnership.objects.exclude(status=PartnershipStatus.ENDED)
        others = list(theirs.order_by("pk").values_list("pk", "lead_id", "service_id"))
    for pk, lead, service in others:
        with doors.at(service if lead == tenant.pk else lead):
            _tell_unavailable(Partnership.objects.get(pk=pk), "suspended", tenant.suspended_at)


def _tell_unavailable(partnership: Partnership, cause: str, since: datetime | None) -> None:
    """One mail to the partnership's address and to those who manage partners."""
    side = Side.LEAD if partnership.lead_id == scope.tenant_id() else Side.SERVICE
    running = Handover.objects.filter(partnership=partnership, status__in=RUNNING).count()
    basics = _of_partner(partnership)
    facts = {"partner": basics["partner"], "url": basics["url"], "cause": cause, "since": since, "running": running}
    told = [*_address(partnership.pk, side), *(Recipient.of(person, "partners") for person in partner_managers())]
    mail.post("partner_unavailable", told, about=partnership, **facts)


def _of_partner(partnership: Partnership) -> dict[str, Any]:
    """What hangs is about the partnership itself, and no ticket."""
    me = scope.tenant_id()
    partner = partnership.service_name if partnership.lead_id == me else partnership.lead_name
    url = reverse("outsourcing:partner", args=[doors.slug(me), partnership.key])
    return {"partner": partner, "ticket": "", "title": "", "url": url}


def digest(handover_id: int) -> None:
    """One mail for all that arrived since the last one. Fired by a timer."""
    handover = Handover.objects.get(pk=handover_id)
    ticket = ticket_of(handover, scope.tenant_id())
    if ticket is None:
        return
    ticket = lock(ticket)
    about = Entry.objects.filter(subject_type="ticket", subject_id=ticket.pk)
    last = about.filter(kind=TOLD).order_by("-pk").values_list("pk", flat=True).first() or 0
    news = [entry for entry in about.filter(pk__gt=last, by_kind="partner").order_by("pk") if _is_arrival(entry)]
    if not news:
        return
    journal.record(ticket, TOLD, by=Actor.system("timer"), count=len(news), handover=str(handover.key))
    lines = [_line(entry) for entry in news[:50]]
    mail.post("items_arrived", recipients(handover), about=handover, **_basics(handover), items=lines)


def _to(handover: Handover, entry: Entry) -> list[Recipient]:
    """Terms are for those who may answer them, whoever works the ticket; a pressing matter for all of those."""
    is_service = entry.data["side"] == Side.SERVICE
    found = recipients(handover, with_people=not (is_service and entry.kind.startswith(_OF_TERMS)))
    if not _is_pressing(entry):
        return found
    return [Recipient.of(one, "partners") for one in partner_managers()]


def recipients(handover: Handover, with_people: bool = True) -> list[Recipient]:
    """Who hears of a handover here: the partnership's address, who sent or works it, else who manages partners."""
    me = scope.tenant_id()
    side = handover.side_of(me)
    found = _address(handover.partnership_id, side)
    found += [Recipient.of(person, reason) for person, reason in _people(handover, side)] if with_people else []
    return found or [Recipient.of(person, "partners") for person in partner_managers()]


def address_for(handover: Handover) -> list[Recipient]:
    """Where our side wants news of this handover's partner; empty where it named no address."""
    return _address(handover.partnership_id, handover.side_of(scope.tenant_id()))


def _address(partnership_id: int, side: str) -> list[Recipient]:
    """Where our side wants the news of this partner."""
    own = PartnershipSide.objects.filter(**{f"{side}_of": partnership_id}).first()
    name = doors.tenant_name(scope.tenant_id())
    return [Recipient(name, own.notify_email, reason="address")] if own and own.notify_email else []


def partner_managers() -> list[Membership]:
    """The members who manage partners: the level says so, and administrators always."""
    levels = Q(outsourcing_level__in=["partners", "all"]) | Q(role__code="administrator")
    return list(Membership.objects.filter(levels, is_active=True).order_by("pk"))


def _people(handover: Handover, side: str) -> list[tuple[Membership, str]]:
    if side == Side.LEAD:
        lead = LeadSide.objects.filter(handover=handover).select_related("sent_by", "prepared_by").first()
        people = [lead.sent_by, lead.prepared_by] if lead else []
        return [(person, "sender") for person in dict.fromkeys(people) if person and person.is_active]
    service = ServiceSide.objects.filter(handover=handover).select_related("ticket__assignee").first()
    assignee = service.ticket.assignee if service else None
    return [(assignee, "assignee")] if assignee and assignee.is_active else []


def _basics(handover: Handover) -> dict[str, Any]:
    me = scope.tenant_id()
    ticket: Ticket | None = ticket_of(handover, me)
    slug = doors.slug(me)
    url = (
        reverse("tickets:page", args=[slug, ticket.number])
        if ticket
        else reverse("outsourcing:handover", args=[slug, handover.key])
    )
    return {
        "partner": handover.partner_name(me),
        "ticket": str(ticket.number if ticket else handover.lead_number),
        "title": ticket.title if ticket else handover.title,
        "url": url,
    }


More = Callable[[Handover, Entry], dict[str, Any]]


def _by(handover: Handover, entry: Entry) -> dict[str, Any]:
    return {"by": entry.by_name}


def _by_reason(handover: Handover, entry: Entry) -> dict[str, Any]:
    return {"by": entry.by_name, "reason": entry.data["reason"]}


def _side(handover: Handover, entry: Entry) -> dict[str, Any]:
    return {"by": entry.by_name, "side": entry.data["side"]}


def _side_reason(handover: Handover, entry: Entry) -> dict[str, Any]:
    return {**_side(handover, entry), "reason": entry.data["reason"]}


def _offer(handover: Handover, entry: Entry) -> dict[str, Any]:
    terms = Terms.objects.get(handover=handover, version=handover.terms_version)
    return {
        "by": entry.by_name,
        "answer_by": handover.answer_by,
        "complete_by": handover.complete_by or "",
        "rate_type": terms.rate_type,
        "cost": terms.cost_rate if terms.rate_type == "hourly" else terms.flat_amount,
        "currency": terms.currency,
        "minutes": terms.authorised_minutes,
        "charges": terms.authorised_charges,
        "place": terms.customer.get("site", ""),
        "instructions": terms.instructions,
    }


def _extended(handover: Handover, entry: Entry) -> dict[str, Any]:
    return {**_offer(handover, entry), "extended": True}


def _reminded(handover: Handover, entry: Entry) -> dict[str, Any]:
    return {"answer_by": handover.answer_by}


def _completion(handover: Handover, entry: Entry) -> dict[str, Any]:
    return {"side": entry.data["side"], "when": entry.data["when"], "complete_by": handover.complete_by}


def _waiting(handover: Handover, entry: Entry) -> dict[str, Any]:
    return {"days": entry.data["days"], "submitted_at": handover.submitted_at}


def _hours(handover: Handover, entry: Entry) -> dict[str, Any]:
    told = {name: entry.data[name] for name in ("side", "percent", "minutes", "minutes_authorised")}
    return {**told, "url": reverse("outsourcing:propose", args=[doors.slug(scope.tenant_id()), handover.key])}


def _proposed(handover: Handover, entry: Entry) -> dict[str, Any]:
    return {**_by_reason(handover, entry), "changes": _terms_changes(handover, entry), "part": entry.data.get("part")}


def _answered(answer: str) -> More:
    def more(handover: Handover, entry: Entry) -> dict[str, Any]:
        found = {**_by_reason(handover, entry), "answer": answer, "part": entry.data.get("part")}
        return {**found, "changes": _terms_changes(handover, entry)}

    return more


def _question(handover: Handover, entry: Entry) -> dict[str, Any]:
    return {"by": entry.by_name, "question": entry.data["question"]}


def _answer(handover: Handover, entry: Entry) -> dict[str, Any]:
    return {**_question(handover, entry), "answer": entry.data["answer"]}


TERMS = {
    "authorised_minutes": _("Authorised hours"),
    "authorised_charges": _("Authorised charges"),
    "cost_rate": _("Rate per hour"),
    "flat_amount": _("Flat amount"),
    "complete_by": _("Complete by"),
    "answer_by": _("Answer by"),
    "instructions": _("Instructions"),
}


def _terms_changes(handover: Handover, entry: Entry) -> list[dict[str, Any]]:
    """The rows of a change of the terms; the template writes each kind of value as its reader does."""
    currency = Terms.objects.filter(handover=handover).values_list("currency", flat=True).first()
    return [
        {"field": TERMS[name], "kind": _kind(name), "old": _value(name, old), "new": _value(name, new), "in": currency}
        for name, (old, new) in entry.data.get("changes", {}).items()
    ]


def _kind(name: str) -> str:
    if name in {"complete_by", "answer_by"}:
        return "moment"
    return {"authorised_minutes": "hours", "instructions": "text"}.get(name, "amount")


def _value(name: str, value: Any) -> Any:
    if value is None or value == "":
        return ""
    kind = _kind(name)
    if kind == "moment":
        return datetime.fromisoformat(value)
    return Decimal(value) if kind == "amount" else value


def _expired(handover: Handover, entry: Entry) -> dict[str, Any]:
    return {"side": entry.data["side"], "answer_by": handover.answer_by}


def _accepted(handover: Handover, entry: Entry) -> dict[str, Any]:
    number = str(handover.service_number)
    return {"by": entry.by_name, "partner_ticket": number, "complete_by": handover.complete_by or ""}


FIELDS = {"title": _("Title"), "description": _("Description"), "due_at": _("Due"), "priority": _("Priority")}


def _changes(handover: Handover, entry: Entry) -> dict[str, Any]:
    rows = [
        {"field": FIELDS[name], "old": _read(name, old), "new": _read(name, new)}
        for name, (old, new) in entry.data["changes"].items()
    ]
    return {"by": entry.by_name, "changes": rows}


def _read(name: str, value: Any) -> Any:
    """A field's value as the reader's language says it."""
    if value in {None, ""}:
        return "–"
    if name == "priority":
        return Priority(int(value)).label
    return datetime.fromisoformat(value) if name == "due_at" else value


# Move → side → (mail, its variables). A move one makes oneself is not mailed to oneself, but for the ends.
_MAILS: dict[str, dict[str, tuple[str, More]]] = {
    "sent": {"service": ("offer_sent", _offer)},
    "canceled": {"service": ("offer_canceled", _by_reason)},
    "accepted": {"lead": ("offer_accepted", _accepted)},
    "declined": {"lead": ("offer_declined", _by_reason)},
    "expired": {"lead": ("offer_expired", _expired), "service": ("offer_expired", _expired)},
    "submitted": {"lead": ("submitted", _by)},
    "recalled": {"lead": ("recalled", _by)},
    "rejected": {"service": ("rejected", _by_reason)},
    "completed": {"lead": ("complete", _side), "service": ("complete", _side)},
    "returned": {"lead": ("returned", _side_reason), "service": ("returned", _side_reason)},
    "taken_back": {"lead": ("taken_back", _side_reason), "service": ("taken_back", _side_reason)},
    "fields_changed": {"lead": ("fields_changed", _changes), "service": ("fields_changed", _changes)},
}
_MAILS |= {
    "extended": {"service": ("offer_sent", _extended)},
    "offer_reminded": {"service": ("offer_reminder", _reminded)},
    "completion_due": dict.fromkeys(("lead", "service"), ("completion_due", _completion)),
    "approval_waiting": {"lead": ("approval_waiting", _waiting)},
    "hours_used": dict.fromkeys(("lead", "service"), ("hours_used", _hours)),
    "question_asked": dict.fromkeys(("lead", "service"), ("question_asked", _question)),
    "question_answered": dict.fromkeys(("lead", "service"), ("question_answered", _answer)),
    **{
        f"{what}_proposed": dict.fromkeys(("lead", "service"), ("change_proposed", _proposed))
        for what in ("change", "part")
    },
    **{
        f"{what}_{answer}": {side: ("change_answered", _answered(answer)) for side in ("lead", "service")}
        for what in ("change", "part")
        for answer in ("accepted", "refused", "withdrawn", "lapsed")
        if (what, answer) != ("change", "lapsed")
    },
}
_OF_TERMS = ("handover.change_", "handover.part_")
# After these our side waits for another moment: the moves, other times, and each reminder itself.
_RETIMED = ("extended", "change_accepted")
_REMINDERS = ("offer_reminded", "completion_due", "approval_waiting")
_ENDS = ("canceled", "declined", "expired", "completed", "returned", "taken_back")
_FOLLOWED = ("sent", "accepted", "submitted", "recalled", "rejected", *_ENDS, *_RETIMED, *_REMINDERS)
_TOLD_TO_BOTH = ("completed", "returned", "taken_back")


def _is_pressing(entry: Entry) -> bool:
    """A submission nobody answered for five working days is everybody's who manages partners."""
    return entry.kind == "handover.approval_waiting" and entry.data["days"] == reminders.UNANSWERED[-1]


def _is_arrival(entry: Entry) -> bool:
    kind, _, verb = entry.kind.partition(".")
    return kind in TRAVELLING and verb in ARRIVALS


def _line(entry: Entry) -> dict[str, Any]:
    kind, _, verb = entry.kind.partition(".")
    item: Any = TRAVELLING[kind]._default_manager.filter(pk=entry.data["id"]).first()
    text = getattr(item, "name", "") or getattr(item, "text", "")
    change = {"received": "added", "changed_by_partner": "changed", "withdrawn": "withdrawn"}[verb]
    words = {"timeentry": "time_entry", "checklistitem": "checklist_item"}
    line = {"kind": words.get(kind, kind), "change": change, "by": entry.by_name, "at": entry.at, "text": text[:200]}
    return {**line, **_figures(item)}


def _figures(item: Any) -> dict[str, Any]:
    """What an item counts, for the mail's language to write."""
    if isinstance(item, TimeEntry):
        return {"minutes": item.minutes, "text": item.text[:200]}
    if isinstance(item, Charge):
        return {"quantity": item.quantity, "unit": item.unit}
    said = getattr(item, "stands_for", {})
    if "quantity" in said:
        return {"quantity": Decimal(said["quantity"]), "unit": said["unit"], "text": said["name"]}
    if "worked_on" in said:
        return {"worked_on": date.fromisoformat(said["worked_on"]), "minutes": said.get("minutes", 0)}
    return {}
