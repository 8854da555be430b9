"""Work handed between the demo's companies: the scripts of texts/handovers.txt, played by the real services."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils import timezone

from demo.cases import text
from demo.desk import PRIORITIES, Desk, write
from demo.history import History
from outsourcing.models import Handover, Partnership, Proposal, Question
from outsourcing.services import answering, ending, invoices, proposals, questions, releases, sending
from outsourcing.terms import Draft
from psa.tenancy.actor import Actor
from tickets import services
from tickets.models import Attachment, Audience, Note, Resolution

LINE = re.compile(r"(?P<when>\S+) (?P<who>\w+) (?P<what>[*>?@$#c<]|\w+:?)(?: (?P<rest>.*))?")
AMOUNTS = {"cost": "cost_rate", "amount": "flat_amount", "bill": "bill_rate", "charges": "authorised_charges"}
# From this age on a script begins in the morning of its day; what is younger keeps its hour.
SETTLED = timedelta(hours=60)
AUDIENCES = {"*": Audience.INTERNAL, "c": Audience.CUSTOMER, "<": Audience.CUSTOMER}


def plan(history: History, desks: dict[str, Desk]) -> None:
    """Every script of the file."""
    for block in text("handovers.txt").split("\n== ")[1:]:
        Script.read(block, desks).plan()


def partnership(lead: Desk, service: Desk) -> Partnership:
    """The partnership of two desks, as the tenant in scope sees it."""
    tenants = lead.history.tenants
    return Partnership.objects.get(lead=tenants[lead.slug], service=tenants[service.slug])


@dataclass(slots=True)
class Line:
    """Somebody does something, at a moment."""

    when: str
    who: str
    what: str
    rest: str


@dataclass(slots=True)
class Script:
    """One ticket that is handed over, and everything both sides do."""

    lead: Desk
    service: Desk
    title: str
    partner_title: str
    customer: str
    place: str
    category: str
    priority: str
    description: str
    lines: list[Line] = field(default_factory=list)
    ticket: Any = None
    insourced: Any = None
    handover: Any = None

    @classmethod
    def read(cls, block: str, desks: dict[str, Desk]) -> Script:
        """A block of the file."""
        head, where, description, *rest = block.strip().splitlines()
        pair, title, partner_title = (part.strip() for part in head.split(" | "))
        lead, _, service = pair.partition(" > ")
        customer, place, category, priority = where.split(" | ")
        found = cls(desks[lead], desks[service], title, partner_title, customer, place, category, priority, description)
        for line in rest:
            parts = LINE.fullmatch(line)
            assert parts is not None, line
            found.lines.append(Line(parts["when"], parts["who"], parts["what"], parts["rest"] or ""))
        return found

    def plan(self) -> None:
        """Hang the lines into the history."""
        history = self.lead.history
        for line, moment in zip(self.lines, self._moments(), strict=True):
            desk = self._desk_of(line.who)
            history.at(moment, desk.slug, partial(self.happen, line, desk), partners=True)

    def _moments(self) -> list[datetime]:
        now = self.lead.history.now
        spans = [_span(line.when) for line in self.lines]
        begins = now - spans[0]
        if spans[0] > SETTLED:
            begins = begins.astimezone(self.lead.zone).replace(hour=9, minute=self.lead.history.chance.randint(2, 40))
        while begins + sum(spans[1:], timedelta()) > now - timedelta(minutes=5):
            begins -= timedelta(days=1)
        found = [begins]
        for span in spans[1:]:
            found.append(found[-1] + span)
        return found

    def _desk_of(self, who: str) -> Desk:
        ours = any(slug == self.lead.slug and name.lower().startswith(who) for slug, name in self.lead.history.members)
        return self.lead if ours else self.service

    def happen(self, line: Line, desk: Desk) -> None:
        """One line, in the scope of whoever does it, at its moment."""
        by = desk.history.actor(desk.slug, line.who.capitalize())
        ticket = self.ticket if desk is self.lead else self.insourced
        verb = getattr(self, "do_" + line.what.rstrip(":"), None)
        if verb is not None:
            verb(by, line.rest)
            return
        audience, handover = AUDIENCES.get(line.what, Audience.PARTNER), None
        if audience == Audience.PARTNER:
            audience, handover = (audience, self.handover.key) if self.handover else (Audience.CUSTOMER, None)
        if line.what == "<":
            by = Actor.system("mail", ticket.contact.name)
        write(desk, ticket, line.what, line.rest, by, audience, handover)

    # The verbs of the file. -------------------------------------------------------------------------------------------
    def do_new(self, by: Actor, rest: str) -> None:
        desk = self.lead
        company = desk.customer(self.customer)
        made = services.create(
            by=by,
            title=self.title,
            description=self.description,
            company=company,
            contact=desk.people[company.name][0],
            location=next(place for place in desk.places[company.name] if place.name == self.place),
            queue=desk.queues[desk.queue_of(self.category)],
            category=desk.categories[self.category],
            priority=PRIORITIES[self.priority],
            source="email",
            due_at=_quarter(desk.history.now + timedelta(days=desk.history.chance.randint(1, 9), hours=3)),
            planned_minutes=desk.history.chance.choice((120, 180, 240)),
        )
        self.ticket = services.accept(made, by=by)

    def do_draft(self, by: Actor, rest: str) -> None:
        self.handover = sending.prepare(self.ticket, partnership(self.lead, self.service), self._draft(rest), by=by)

    def do_send(self, by: Actor, rest: str) -> None:
        self.handover = sending.send(self.ticket, partnership(self.lead, self.service), self._draft(rest), by=by)

    def do_request(self, by: Actor, rest: str) -> None:
        releases.ask(self.ticket, "send", rest, by=by)

    def do_discard(self, by: Actor, rest: str) -> None:
        sending.discard(self.ticket, by=by)

    def do_cancel(self, by: Actor, rest: str) -> None:
        sending.cancel(self.ticket, by=by, reason=rest)

    def do_extend(self, by: Actor, rest: str) -> None:
        sending.extend(self.ticket, self.handover.answer_by + timedelta(hours=int(rest)), by=by)

    def do_propose(self, by: Actor, rest: str) -> None:
        changes, _, reason = rest.partition(": ")
        found = dict(word.split("=") for word in changes.split())
        wanted: dict[str, Any] = {"authorised_minutes": int(found["hours"]) * 60} if "hours" in found else {}
        wanted |= {AMOUNTS[name]: Decimal(found[name]) for name in found.keys() & AMOUNTS.keys()}
        proposals.propose(self._seen(), wanted, reason, by=by)

    def do_agree(self, by: Actor, rest: str) -> None:
        proposals.accept(Proposal.objects.get(handover=self._seen(), status="open"), by=by)

    def do_ask(self, by: Actor, rest: str) -> None:
        questions.ask(self._seen(), rest, by=by)

    def do_answer(self, by: Actor, rest: str) -> None:
        questions.answer(Question.objects.get(handover=self._seen(), answered_at=None), rest, by=by)

    def do_decline(self, by: Actor, rest: str) -> None:
        answering.decline(self._seen(), rest, by=by)

    def do_accept(self, by: Actor, rest: str) -> None:
        desk, handover = self.service, self._seen()
        self.insourced = answering.accept(
            handover,
            desk.customer(self.lead.firm.name),
            by=by,
            title=self.partner_title,
            description=self.description,
            queue=desk.queues[desk.firm.partner_queue],
            category=desk.categories[self.category],
            priority=PRIORITIES[self.priority],
            due_at=handover.complete_by,
            assignee=desk.history.member(desk.slug, rest.capitalize()),
        )

    def do_start(self, by: Actor, rest: str) -> None:
        if by.tenant_id == self.ticket.tenant_id:
            services.start(self.ticket, by=by)
        else:  # its acceptance for work is the first thing the service side does of its own (T7)
            services.start(services.accept(self.insourced, by=by), by=by)

    def do_submit(self, by: Actor, rest: str) -> None:
        answering.submit(self.insourced, by=by)

    def do_recall(self, by: Actor, rest: str) -> None:
        answering.recall(self.insourced, by=by)

    def do_reject(self, by: Actor, rest: str) -> None:
        ending.reject(self.ticket, rest, by=by)

    def do_approve(self, by: Actor, rest: str) -> None:
        ending.approve(self.ticket, by=by)

    def do_complete(self, by: Actor, rest: str) -> None:
        ending.complete(self.ticket, by=by)

    def do_return(self, by: Actor, rest: str) -> None:
        answering.give_back(self.insourced, rest, by=by)

    def do_takeback(self, by: Actor, rest: str) -> None:
        part, _, reason = rest.partition(": ")
        ending.take_back(self.ticket, reason, by=by, part=int(part))

    def do_billed(self, by: Actor, rest: str) -> None:
        invoices.bill(self.insourced, self.handover, True, by=by)

    def do_invoice(self, by: Actor, rest: str) -> None:
        number, amount, *remark = rest.split(maxsplit=2)
        on = timezone.localdate()
        invoices.receive(self.ticket, self.handover, number, on, Decimal(amount), by=by, remark=" ".join(remark))

    def do_paid(self, by: Actor, rest: str) -> None:
        invoices.pay(self.ticket, self.handover, timezone.localdate(), by=by)

    def do_close(self, by: Actor, rest: str) -> None:
        if by.tenant_id == self.ticket.tenant_id:
            services.close(self.ticket, rest, by=by)
        else:
            services.close(self.insourced, rest, by=by, resolution=Resolution.HANDOVER_ENDED)

    def _seen(self) -> Handover:
        """The offer as the service partner sees it."""
        return Handover.objects.get(key=self.handover.key)

    def _public(self, model: Any) -> Any:
        """What the customer reads on our ticket goes along with the offer."""
        return model.objects.filter(ticket=self.ticket, audience=Audience.CUSTOMER).values_list("key", flat=True)

    def _draft(self, rest: str) -> Draft:
        terms, _, instructions = rest.partition("instructions=")
        draft = Draft(currency=self.lead.firm.currency, instructions=instructions.strip())
        draft.items = [str(key) for model in (Note, Attachment) for key in self._public(model)]
        for word in terms.split():
            name, _, value = word.partition("=")
            match name:
                case "hourly" | "flat":
                    draft.rate_type = name
                case "hours":
                    draft.authorised_minutes = int(value) * 60
                case "answer":
                    draft.answer_hours = int(value)
                case "complete":
                    draft.complete_by = _quarter(timezone.now() + timedelta(days=int(value)))
                case "detail":
                    draft.detail = value
                case "step":
                    draft.step_minutes = int(value)
                case "onsite":
                    draft.is_on_site = True
                case "effort":
                    draft.shares_effort = True
                case _:
                    setattr(draft, AMOUNTS[name], Decimal(value))
        return draft


def _span(when: str) -> timedelta:
    found = {unit: int(number) for number, unit in re.findall(r"(\d+)([dhm])", when)}
    return timedelta(days=found.get("d", 0), hours=found.get("h", 0), minutes=found.get("m", 0))


def _quarter(moment: datetime) -> datetime:
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
