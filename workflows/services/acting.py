"""Making one step of a rule: by the services everybody uses, so that what forbids it to people forbids it to rules.

A rule acts as the system, with an administrator's reach in its own company: it is asked for no right, and stopped by
every guard and by the machine (hostile test W1). What it can do at all is the list in workflows.rules.steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import translation

from outsourcing import notifications
from outsourcing.links import active
from outsourcing.models import LeadSide, Partnership, Side
from outsourcing.services import keeping, sending
from outsourcing.terms import Draft
from psa.mail import mail, placeholders
from psa.mail.mail import Recipient
from psa.mail.models import MailWording
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership, Tenant
from tickets import services, sight
from tickets.forms.fields import clean_line
from tickets.models import Audience, Checklist, ChecklistTemplate, Queue, QueueMember, Ticket
from tickets.readers import readers
from tickets.services import MOVES_FOR_ALL, customer_mails, watching
from workflows.rules import steps, variables
from workflows.rules.case import Case
from workflows.rules.variables import Eyes

Step = Mapping[str, Any]
# What a step says of itself in the log: a code of workflows.rules.telling, and what fills its sentence.
Did = dict[str, Any]
NOTHING: Did = {"said": "nothing"}


def perform(step: Step, case: Case, rule: str, *, by: Actor) -> Did:
    """Make the step on the case as it stands. `rule` is the rule's name, for mails. Raises Refused, Denied."""
    do = _STEPS.get(str(step.get("do")))
    if do is None:
        raise Refused("rule_step_unknown")
    if case.ticket is None and step["do"] != "mail":
        raise Refused("rule_without_ticket")
    return do(step, case, rule, by)


# Fields and people ----------------------------------------------------------------------------------------------------
def _set(step: Step, case: Case, _rule: str, by: Actor) -> Did:
    ticket, name = _ticket(case), step["field"]
    if name not in steps.SETTABLE:
        raise Refused("rule_step_unknown")
    value = _value(name, step.get("value"), case)
    before = ticket.version
    changed = services.edit(ticket, by=by, **{name: value})
    if changed.version == before:
        return NOTHING
    return {"said": "set", "field": name, "value": _shown(name, value, changed)}


def _value(name: str, kept: Any, case: Case) -> Any:
    kind = steps.SETTABLE[name]
    if kind == "row":
        return _row(steps.ROWS[name], kept)
    if kind == "hours":
        return case.now + timedelta(hours=int(kept))
    if kind in {"line", "text"}:
        said = _filled(str(kept), case, Eyes.MEMBER)
        return clean_line(said)[:200] if kind == "line" else said
    return int(kept)


def _shown(name: str, value: Any, ticket: Ticket) -> str:
    """The new value as the log keeps it: a row by its name, a moment and a number as plain data."""
    if name == "due_at":
        return str(value.isoformat())
    return str(value)[:200] if name != "priority" else str(int(ticket.priority))


def _row(model: Any, pk: Any) -> Any:
    found = model.objects.filter(pk=int(pk), is_active=True).first() if str(pk).isdecimal() else None
    if found is None:
        raise Refused("choice_is_gone")
    return found


def _assign(step: Step, case: Case, _rule: str, by: Actor) -> Did:
    ticket, (kind, _sep, who) = _ticket(case), str(step.get("to")).partition(":")
    before = ticket.version
    if kind == "queue":
        queue = _row(Queue, who)
        changed = services.edit(ticket, by=by, queue=queue)
        return NOTHING if changed.version == before else {"said": "queued", "name": queue.name}
    if (kind, who) == ("role", "nobody"):
        changed = services.assign(ticket, None, by=by)
        return NOTHING if changed.version == before else {"said": "unassigned"}
    person = _person(kind, who, case)
    changed = services.assign(ticket, person, by=by)
    return NOTHING if changed.version == before else {"said": "assigned", "name": person.name}


def _watch(step: Step, case: Case, _rule: str, by: Actor) -> Did:
    ticket, (kind, _sep, who) = _ticket(case), str(step.get("who")).partition(":")
    person = _person(kind, who, case)
    if person in watching.of(ticket):
        return NOTHING
    watching.add(ticket, person, by=by)
    return {"said": "watching", "name": person.name}


def _person(kind: str, who: str, case: Case) -> Membership:
    """The member a step names, by id or by role. Raises Refused("choice_is_gone"), ("rule_nobody")."""
    if kind == "member":
        return _row(Membership, who)
    ticket = _ticket(case)
    found = {
        "creator": lambda: ticket.created_by,
        "assignee": lambda: ticket.assignee,
        "sender": lambda: _sender(case),
        "least": lambda: _least_busy(ticket),
    }.get(who, lambda: None)()
    if found is None or not found.is_active:
        raise Refused("rule_nobody")
    return found


def _sender(case: Case) -> Membership | None:
    if case.handover is None or not case.is_lead:
        return None
    side = LeadSide.objects.filter(handover=case.handover).select_related("sent_by", "prepared_by").first()
    return (side.sent_by or side.prepared_by) if side else None


def _least_busy(ticket: Ticket) -> Membership | None:
    """Who works the ticket's queue and has the fewest open tickets; of several the first by name."""
    workers = QueueMember.objects.filter(queue=ticket.queue_id, member__is_active=True).values_list("member", flat=True)
    busy = dict(
        Ticket.objects.filter(is_open=True, deleted_at=None, assignee__in=list(workers))
        .values_list("assignee")
        .annotate(count=Count("pk"))
        .order_by()
    )
    people = Membership.objects.filter(pk__in=list(workers)).order_by("name", "pk")
    return min(people, key=lambda one: busy.get(one.pk, 0), default=None)


# Moves, notes, lists, offers ------------------------------------------------------------------------------------------
def _move(step: Step, case: Case, _rule: str, by: Actor) -> Did:
    """Only what everybody may do by name; what needs a proof is not among it, whatever the data says."""
    name = str(step.get("move"))
    if name not in {one.name for one in MOVES_FOR_ALL}:
        raise Refused("rule_move_is_gone", move=name)
    services.move(_ticket(case), name, _filled(str(step.get("text") or ""), case, Eyes.MEMBER), by=by)
    return {"said": "moved", "move": name}


def _note(step: Step, case: Case, _rule: str, by: Actor) -> Did:
    ticket = _ticket(case)
    text = _filled(str(step.get("text") or ""), case, Eyes.MEMBER)
    services.items.add(ticket, "note", readers(ticket)[0], by=by, text=text)
    return {"said": "noted"}


def _checklist(step: Step, case: Case, _rule: str, by: Actor) -> Did:
    ticket, template = _ticket(case), _row(ChecklistTemplate, step.get("template"))
    if Checklist.objects.filter(ticket=ticket, made_from__template=template).exists():
        return NOTHING
    services.checklists.add(ticket, template, by=by)
    return {"said": "listed", "name": template.name}


def _offer(step: Step, case: Case, _rule: str, by: Actor) -> Did:
    """Prepared on the usual terms of this partner, and never sent: sending is a person's, with a person's limit."""
    ticket, pk = _ticket(case), str(step.get("partnership"))
    partnership = Partnership.objects.filter(pk=int(pk)).first() if pk.isdecimal() else None
    if partnership is None:
        raise Refused("choice_is_gone")
    if (link := active(ticket)) is not None:
        raise Refused("handover_is_active", partner=link.partner)
    draft = keeping.default_terms(partnership) or Draft(currency=ticket.tenant.currency)
    sending.prepare(ticket, partnership, draft, by=by)
    return {"said": "prepared", "name": partnership.service_name}


# Mails ----------------------------------------------------------------------------------------------------------------
def _mail(step: Step, case: Case, rule: str, by: Actor) -> Did:
    """One mail to each of our people, in their language; to the customer a mail that stands on the ticket; to the
    lead's contact a note their own company tells them of. Who cannot be reached does not keep it from the others."""
    wordings = _wordings(step.get("template"))
    wanted = [role for role in steps.RECIPIENTS if role in (step.get("to") or [])]
    told, missed = 0, []
    outside = {
        "contact": lambda: customer_mails.send(_ticket(case), _for_the_customer(wordings, case), by=by),
        "lead_contact": lambda: _tell_the_lead(wordings, case, by),
    }
    for role in wanted:
        if role in outside:
            try:
                with transaction.atomic():
                    outside[role]()
                told += 1
            except Refused as no:
                missed.append(no)
    ours = _our_people(wanted, case)
    for (language, eyes), people in _by_words(ours).items():
        subject, text = _words(wordings, language, case, eyes)
        number = {"ticket": str(case.ticket.number)} if case.ticket is not None else {}
        url = variables.path_of(case)
        facts = {"subject": subject, "text": text, "rule": rule, **number, **({"url": url} if url else {})}
        mail.post("rule_mail", people, case.ticket or case.handover, **facts)
        told += len(people)
    if not told:
        raise missed[0] if missed else Refused("rule_nobody")
    return {"said": "mailed", "count": told, **({"missed": [_no(one) for one in missed]} if missed else {})}


def _no(refused: Refused) -> dict[str, Any]:
    return {"code": refused.code, "params": {name: str(value) for name, value in refused.params.items()}}


def _wordings(pk: Any) -> dict[str, MailWording]:
    rows = MailWording.objects.filter(template__deleted_at=None).exclude(template__name="")
    found = {row.language: row for row in rows.filter(template=int(pk))} if str(pk).isdecimal() else {}
    if not found:
        raise Refused("rule_mail_is_gone")
    return found


def _our_people(wanted: Iterable[str], case: Case) -> list[tuple[Recipient, Eyes]]:
    """Members who may see the ticket at this moment (A7), each once; and the partnership's address."""
    roles: dict[str, Callable[[], Iterable[Membership | None]]] = {
        "assignee": lambda: [case.ticket.assignee] if case.ticket is not None else [],
        "creator": lambda: [case.ticket.created_by] if case.ticket is not None else [],
        "queue": lambda: _members_of(case.ticket.queue_id) if case.ticket is not None else [],
        "dispatchers": lambda: Membership.objects.filter(is_active=True, role__code="dispatcher").order_by("pk"),
        "watchers": lambda: watching.of(case.ticket) if case.ticket is not None else [],
        "sender": lambda: [_sender(case)],
        "partners": notifications.partner_managers,
    }
    asked = [person for role in wanted if role in roles for person in roles[role]() if person is not None]
    pks = list(dict.fromkeys(person.pk for person in asked if person.is_active))
    rows = {one.pk: one for one in Membership.objects.filter(pk__in=pks).select_related("role", "tenant")}
    people = [rows[pk] for pk in pks if pk in rows]
    if case.ticket is not None:
        people = sight.who_see(case.ticket, people)
    found = [(Recipient.of(one), _eyes(one)) for one in people]
    if "address" in wanted and case.handover is not None:
        found += [(one, Eyes.TERMS) for one in notifications.address_for(case.handover)]
    return found


def _members_of(queue: int) -> list[Membership]:
    return [row.member for row in QueueMember.objects.filter(queue=queue).select_related("member")]


def _eyes(person: Membership) -> Eyes:
    return Eyes.TERMS if Actor.of(person).can("outsource.view_terms") else Eyes.MEMBER


def _by_words(ours: Iterable[tuple[Recipient, Eyes]]) -> dict[tuple[str, Eyes], list[Recipient]]:
    """The recipients who read the same words: of one language and one sight."""
    found: dict[tuple[str, Eyes], list[Recipient]] = {}
    for recipient, eyes in ours:
        found.setdefault((recipient.language, eyes), []).append(recipient)
    return found


def _for_the_customer(wordings: Mapping[str, MailWording], case: Case) -> str:
    return _words(wordings, customer_mails.language_of(_ticket(case)), case, Eyes.CUSTOMER)[1]


def _tell_the_lead(wordings: Mapping[str, MailWording], case: Case, by: Actor) -> None:
    """A note for the lead partner, on the running handover. Raises Refused("rule_no_lead")."""
    ticket = _ticket(case)
    link = active(ticket)
    to = next((one for one in readers(ticket) if one.audience == Audience.PARTNER), None)
    if link is None or link.side != Side.SERVICE or to is None:
        raise Refused("rule_no_lead")
    services.items.add(ticket, "note", to, by=by, text=_words(wordings, "", case, Eyes.PARTNER)[1].strip())


# Words ----------------------------------------------------------------------------------------------------------------
def _words(wordings: Mapping[str, MailWording], language: str, case: Case, eyes: Eyes) -> tuple[str, str]:
    """Subject and text in the reader's language, else in our own, else in whichever there is."""
    home = Tenant.objects.values_list("language", flat=True).get(pk=scope.tenant_id())
    chosen = next(code for code in (language, home, *sorted(wordings)) if code in wordings)
    found = wordings[chosen]
    return clean_line(_filled(found.subject, case, eyes, chosen))[:200], _filled(found.text, case, eyes, chosen)


def _filled(text: str, case: Case, eyes: Eyes, language: str = "") -> str:
    """A text with its words put in, in this language or our own. Raises Refused("mail_placeholder_unknown")."""
    names = placeholders.named(text)
    if wrong := placeholders.unknown(text, variables.known()):
        raise Refused("mail_placeholder_unknown", names=", ".join(f"{{{name}}}" for name in wrong), known="")
    if not names:
        return text
    tenant = Tenant.objects.get(pk=scope.tenant_id())
    with translation.override(language or tenant.language), mail.written_as(tenant):
        return placeholders.fill(text, variables.values(case, eyes, names))


def _ticket(case: Case) -> Ticket:
    if case.ticket is None:
        raise Refused("rule_without_ticket")
    return case.ticket


_STEPS: dict[str, Callable[[Step, Case, str, Actor], Did]] = {
    "set": _set,
    "assign": _assign,
    "move": _move,
    "note": _note,
    "mail": _mail,
    "checklist": _checklist,
    "watch": _watch,
    "offer": _offer,
}
