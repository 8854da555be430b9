"""The stage of tests/test_access.py: a company with something of everything, and a partner of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from outsourcing.models import (
    Agreement,
    AnnouncedInvoice,
    Handover,
    Network,
    Partnership,
    PartnershipSide,
    Proposal,
    Question,
    Release,
)
from outsourcing.services import agreement, partners, referring, sending
from outsourcing.terms import Draft
from psa.batches.models import Batch
from psa.calendars import services as calendars
from psa.directory import service_levels
from psa.directory.models import Company, Contact, Contract, Location, Rate, WorkType
from psa.imports.models import Import
from psa.mail import wording
from psa.mail.models import Delivery, IncomingMail, OutgoingMail
from psa.support.models import SupportGrant
from psa.tenancy import scope
from psa.tenancy import services as tenants
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, Role, Tenant
from tests.billing.invoice_stage import invoices
from tests.conftest import acting
from tests.tickets.stages import bring
from tickets import services
from tickets.models import (
    Category,
    CoAssignee,
    DispatcherTask,
    Queue,
    QueueMember,
    Ticket,
    TicketType,
)
from tickets.readers import readers
from tickets.services import files
from workflows import working_days
from workflows.models import Rule, RuleRun
from workflows.services import approvers, estimates, rules


@dataclass
class World:
    """One company's desk with something of everything; each row says by the canary whose it is. `plain` names what
    other rights than those of tickets show: orders, goods, contracts, invoices."""

    max: Membership
    canary: str
    plain: str
    rows: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.rows[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def tenant(self) -> int:
        return self.max.tenant_id


# What each room of billing puts on the desk: rows of its own, by name.
FURNISHINGS: list[Callable[[World, Actor], None]] = []


def a_desk(max: Membership, canary: str, first: int, plain: str = "") -> World:
    """Fill the desk of this administrator; its ticket numbers begin with `first`."""
    world = World(max, canary, plain or canary)
    with acting(max) as by:
        company = Company.objects.create(name=f"{world.plain} Ltd")
        contract = Contract.objects.create(company=company, name=f"{canary} care", starts_on="2026-01-01")
        work_type = WorkType.objects.create(name=f"{canary} work")
        queue = Queue.objects.create(name=f"{canary} queue", is_default=True)
        location = Location.objects.create(company=company, name=f"{world.plain} site")
        contact = Contact.objects.create(company=company, name=f"{canary} Smith", phone="+1 555")
        reachable = Contact.objects.create(company=company, name=f"{canary} Reach", email="reach@customer.example")
        tickets = [
            services.create(by=by, title=f"{canary} ticket", company=company, contact=contact, queue=queue)
            for _ in range(first)
        ]
        sibling = tickets[0]
        if first == 1:
            sibling = services.create(by=by, title=f"{canary} other", company=company, contact=contact, queue=queue)
        ours, customer = readers(tickets[-1])
        template = services.checklist_templates.save(
            None, f"{canary} list", {}, [services.checklist_templates.ItemDraft(f"{canary} step")], by=by
        )
        add = services.items.add
        letter = OutgoingMail.objects.create(
            code="x",
            to_address="x@example.com",
            language="en",
            subject=canary,
            text=canary,
            html=canary,
            message_id="<x@y>",
        )
        world.rows = {
            "company": company,
            "contract": contract,
            "rate": Rate.objects.create(contract=contract, work_type=work_type, amount=90),
            "work_type": work_type,
            "queue": queue,
            "location": location,
            "contact": contact,
            "reachable": reachable,
            "category": Category.objects.create(name=f"{canary} kind"),
            "type": TicketType.objects.create(name=f"{canary} type"),
            "text": services.text_modules.add(
                services.text_modules.Wording("time", f"{canary} text", "", None, False, {"en": canary}), by=by
            ),
            "ticket": tickets[-1],
            "ours": ours,
            "note": add(tickets[-1], "note", ours, by=by, text=f"{canary} note"),
            "mail": add(tickets[-1], "note", customer, by=by, kind_of="mail", text=f"{canary} mail"),
            "time": add(tickets[-1], "timeentry", ours, by=by, minutes=5, worked_on="2026-03-02", text=canary),
            "charge": add(tickets[-1], "charge", customer, by=by, name=f"{canary} cable"),
            "file": services.files.attach(
                tickets[-1], SimpleUploadedFile(f"{canary}.txt", canary.encode(), "text/plain"), customer, by=by
            ),
            "delivery": Delivery.objects.create(mail=letter),
            "role": Role.objects.get(code="dispatcher"),
            "copy_of": Role.objects.get(code="dispatcher"),
            "own_role": Role.objects.create(code="own", name=f"{canary} role"),
            "colleague": tenants.add_member(max.tenant, f"{canary}@example.com", f"{canary} Colleague", "technician"),
            "letter": letter,
            "quarantined": _came_in(canary),
            "came": _came_in(f"{canary} came", on=tickets[-1]),
            "grant": SupportGrant.objects.create(
                reason=f"{canary} reason", granted_by=max, ends_at=timezone.now() + timedelta(hours=1)
            ),
            "network": Network.objects.create(name=f"{canary} pool", address="pool@example.com"),
            "import_file": Import.objects.create(
                subject="companies", name=canary, member=max, heads=["Name"], rows=[[canary]], columns=["name"]
            ),
            "batch": Batch.objects.create(kind="x", member=max, language="en", zone="UTC", params={"q": canary}),
            "template": template,
            "checklist": services.checklists.add(tickets[-1], template, by=by),
            "check": services.checklists.add_item(tickets[-1], f"{canary} item", by=by),
            "stopwatch": services.stopwatches.start(tickets[0], by=by).stopwatch,
            "sibling": sibling,
            "link": services.linking.add(tickets[-1], sibling, "duplicates", by=by),
            "calendar": calendars.put_day(
                calendars.add(by=by, name=f"{canary} hours", time_zone="UTC"), date(2026, 3, 4), by=by
            ),
            "level": service_levels.add(by=by, name=f"{canary} gold", company=company, targets={}),
            **_rules(canary, tickets[-1], queue, by),
            "view": services.saved_views.save("tickets", f"{canary} view", "", by=by),
        }
        world.rows |= invoices(world.plain, company, contract, by)
        services.assign(sibling, world.colleague, by=by)
        CoAssignee.objects.create(ticket=tickets[-1], member=max)
        QueueMember.objects.create(queue=queue, member=max)
        import_module("tests.access_billing")  # its rooms bring their furnishings, whoever asks for a desk
        for furnish in FURNISHINGS:
            furnish(world, by)
    return world


def _rules(canary: str, ticket: Ticket, queue: Queue, by: Actor) -> dict[str, Any]:
    """A rule with a run, one that was deleted, and a mail of one's own."""
    own = wording.save("", {"en": (canary, canary)}, by=by, known=[], name=f"{canary} mail")
    steps = [
        {"do": "note", "text": f"{canary} note"},
        {"do": "mail", "template": own.pk, "to": ["assignee"]},
        {"do": "assign", "to": f"queue:{queue.pk}"},
    ]
    wanted = rules.Wanted(
        f"{canary} rule",
        "ticket.created",
        conditions={"match": "all", "rows": [{"field": "queue", "op": "is", "value": [queue.pk]}]},
        steps=steps,
    )
    rule, deleted = rules.save(None, wanted, by=by), rules.save(None, wanted, by=by)
    rules.delete(deleted, by=by)
    run = RuleRun.objects.create(
        rule=rule, rule_name=f"{canary} rule", version=1, event=rule.event, ticket=ticket, entry_id=1, outcome="done",
        steps=[{"do": "assign", "outcome": "done", "said": "assigned", "name": canary}],
    )  # fmt: skip
    return {"rule": rule, "deleted_rule": Rule.objects.get(pk=deleted.pk), "run": run, "own_mail": own}


def _came_in(canary: str, on: Ticket | None = None) -> IncomingMail:
    """A mail that came in: in quarantine, or on a ticket."""
    path = default_storage.save(f"mail/{canary}.eml", ContentFile(canary.encode()))
    said = {"title": canary, "text": canary, "html": canary, "from_address": "x@example.com", "from_name": canary}
    mail = IncomingMail(door="pipe", at_address="x@example.com", fingerprint=canary, path=path, sha256="", **said)
    if on is None:
        mail.quarantine("unknown_sender")
    else:
        mail.take(on)
    mail.save()
    return mail


def _announced(handover: Handover, canary: str) -> AnnouncedInvoice:
    """What the partner billed, with its papers."""
    stored = files.store(SimpleUploadedFile(f"{canary}.txt", canary.encode(), "text/plain"))
    told = {"number": f"{canary}-1", "date": timezone.localdate(), "amount": Decimal(60)}
    return AnnouncedInvoice.objects.create(handover=handover, paper=uuid4(), file=stored, xml=stored, **told)


def with_a_partner(world: World, partner: Tenant) -> World:
    """A partnership with that company, one ticket offered to it, and somebody else invited."""
    Agreement.objects.create(version=1, language="en", title="Agreement", text="Be fair.")
    with scope.tenant(world.tenant):
        made = Partnership.objects.create(
            lead_id=world.tenant, service=partner, lead_name="Nordlicht IT", service_name=partner.name
        )
        PartnershipSide.objects.create(lead_of=made)
    with scope.tenant(partner):
        PartnershipSide.objects.create(service_of=made)
    with acting(world.max) as by:
        text = agreement.present("en")
        assert text is not None
        agreement.accept(text, by=by)
        ticket = Ticket.objects.exclude(pk=world.ticket.pk).latest("pk")
        draft = Draft(
            cost_rate=Decimal(60), bill_rate=Decimal(95), authorised_minutes=60, authorised_charges=Decimal(0)
        )
        handover = sending.send(ticket, made, draft, by=by)
        release = Release.objects.create(
            handover=handover, action="approve", amount=900, currency="EUR", requested_by=world.max
        )
        invitation = partners.invite(world.company, "someone@example.com", "Someone", by=by)
        referred = Ticket.objects.exclude(pk__in=[world.ticket.pk, ticket.pk]).latest("pk")
        referring.send(referred, world.network, None, "", "", by=by)
        estimated = Ticket.objects.exclude(pk__in=[world.ticket.pk, ticket.pk, referred.pk]).latest("pk")
        services.accept(estimated, by=by)
        approver = approvers.add(world.company, world.contact, by=by)
        substitute = Contact.objects.create(company=world.company, name=f"{world.canary} Substitute")
        day = timezone.localdate()
        deputy = approvers.appoint(approver, substitute, day, day, by=by)
        due = working_days.after(estimated, 5, timezone.now())
        estimates.send(estimated, estimates.Draft(60, due, rate=Decimal(90), text=f"{world.canary} words"), by=by)
        known = {"company": world.company, "contact": world.contact, "queue": world.queue}
        reviewed, cancelled = (
            services.create(by=by, title=f"{world.canary} {title}", **known) for title in ("reviewed", "cancelled")
        )
        bring(reviewed, ("accept", "start", "submit"), by)
        bring(cancelled, ("cancel",), by)
    with scope.tenant(partner):
        theirs = {"lead_id": world.tenant, "service": partner, "side": "service", "by_name": "Gunta"}
        proposal = Proposal.objects.create(handover=handover, changes={"authorised_minutes": 90}, **theirs)
        question = Question.objects.create(handover=handover, text="Which port?", **theirs)
    made_here: dict[str, Any] = {"estimated": estimated, "approver": approver, "deputy": deputy}
    made_here |= {"partnership": made, "offered": ticket, "handover": handover, "invitation": invitation}
    with scope.tenant(world.tenant):
        made_here |= {"reviewed": reviewed, "over": cancelled}
        made_here["task"] = DispatcherTask.objects.get(ticket=reviewed)
        made_here["announced"] = _announced(handover, world.canary)
    made_here |= {"referred": referred, "proposal": proposal, "question": question, "release": release}
    return replace(world, rows={**world.rows, **made_here})


def reviewed(w: World) -> dict[str, Any]:
    """The ticket its customer looks at."""
    return {"number": w.reviewed.number}


def decision(w: World) -> dict[str, Any]:
    """What that customer said of it on the phone."""
    return {"contact": w.contact.pk, "decision": "defect", "proof": "call", "text": "New words"}
