"""Every address × administrator, technician, partner, stranger and nobody (hostile tests A1, A2, A13).

A new address fails here until it has its line in PATHS:

    "app:name": Path("capability", lambda w: {"number": w.ticket.number}, technician=403)

`needs` is the right its view takes; `args` makes the address from the rows of one company. Unless the line says
otherwise, administrators and technicians read it (200), members without the right get 403, everybody else 404, and who
is not signed in is sent to sign in. What only takes POST answers GET with 405. `form` is what an administrator can send
there; `ids` are its fields that name another row: each is tried with the other company's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from outsourcing.models import (
    Agreement,
    Network,
    OutsourcingRule,
    OutsourcingSettings,
    Partnership,
    PartnershipSide,
    Proposal,
    Question,
    Referral,
    Release,
)
from outsourcing.moves import MOVES
from outsourcing.services import agreement, partners, referring, sending
from outsourcing.terms import Draft
from psa.directory.models import Company, Contact, Contract, Location, Rate, WorkType
from psa.journal.models import Entry
from psa.mail.models import Delivery, OutgoingMail
from psa.tenancy import scope
from psa.tenancy import services as tenants
from psa.tenancy.capabilities import CAPABILITIES
from psa.tenancy.models import Membership, Role, Tenant
from psa.web.access import EVERYBODY, MEMBER, OPERATOR, SIGNED_IN
from tests.conftest import acting, sign_in
from tickets import services
from tickets.models import Attachment, Category, Charge, Note, Queue, QueueMember, StoredFile, Ticket, TimeEntry
from tickets.readers import readers


@dataclass
class World:
    """One company's desk with something of everything; each row says by the canary whose it is."""

    max: Membership
    canary: str
    rows: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.rows[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def tenant(self) -> int:
        return self.max.tenant_id


def a_desk(max: Membership, canary: str, first: int) -> World:
    """Fill the desk of this administrator; its ticket numbers begin with `first`."""
    world = World(max, canary)
    with acting(max) as by:
        company = Company.objects.create(name=f"{canary} Ltd")
        contract = Contract.objects.create(company=company, name=f"{canary} care", starts_on="2026-01-01")
        work_type = WorkType.objects.create(name=f"{canary} work")
        queue = Queue.objects.create(name=f"{canary} queue", is_default=True)
        location = Location.objects.create(company=company, name=f"{canary} site")
        contact = Contact.objects.create(company=company, name=f"{canary} Smith", phone="+1 555")
        tickets = [
            services.create(by=by, title=f"{canary} ticket", company=company, contact=contact, queue=queue)
            for _ in range(first)
        ]
        ours, customer = readers(tickets[-1])
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
            "category": Category.objects.create(name=f"{canary} kind"),
            "ticket": tickets[-1],
            "ours": ours,
            "note": add(tickets[-1], "note", ours, by=by, text=f"{canary} note"),
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
            "network": Network.objects.create(name=f"{canary} pool", address="pool@example.com"),
            "view": services.saved_views.save("tickets", f"{canary} view", "", by=by),
        }
    return world


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
    with scope.tenant(partner):
        theirs = {"lead_id": world.tenant, "service": partner, "side": "service", "by_name": "Gunta"}
        proposal = Proposal.objects.create(handover=handover, changes={"authorised_minutes": 90}, **theirs)
        question = Question.objects.create(handover=handover, text="Which port?", **theirs)
    made_here = {"partnership": made, "offered": ticket, "handover": handover, "invitation": invitation}
    made_here |= {"referred": referred, "proposal": proposal, "question": question, "release": release}
    return replace(world, rows={**world.rows, **made_here})


@dataclass(frozen=True)
class Path:
    """One address; see the head of this file."""

    needs: str
    args: Callable[[World], dict[str, Any]] = lambda w: {}
    technician: int = 200
    administrator: int = 200
    form: Callable[[World], dict[str, Any]] | None = None
    ids: tuple[str, ...] = ()


def number(w: World) -> dict[str, Any]:
    return {"number": w.ticket.number}


def pk(w: World) -> dict[str, Any]:
    return {"pk": w.company.pk}


def handed_over(w: World) -> dict[str, Any]:
    return {"key": w.handover.key}


def proposed(w: World) -> dict[str, Any]:
    return {**handed_over(w), "proposal": w.proposal.key}


def offered(w: World) -> dict[str, Any]:
    return {"number": w.offered.number}


def referred(w: World) -> dict[str, Any]:
    return {"number": w.referred.number}


def network_form(w: World, name: str) -> dict[str, Any]:
    return {"name": name, "kind": "vendor", "action": "nothing", "address": "", "company": w.company.pk}


def ticket_form(w: World) -> dict[str, Any]:
    return {
        "title": "New words", "company": w.company.pk, "contact": w.contact.pk, "location": w.location.pk,
        "queue": w.queue.pk, "category": w.category.pk, "priority": 3, "source": "phone", "version": w.ticket.version,
    }  # fmt: skip


def offer_form(w: World) -> dict[str, Any]:
    return {
        "partner": w.partnership.key, "rate_type": "hourly", "currency": "EUR", "cost_rate": "60", "bill_rate": "95",
        "authorised_hours": "5", "authorised_charges": "0", "answer_hours": "24", "detail": "site", "do": "save",
    }  # fmt: skip


def note_form(w: World) -> dict[str, Any]:
    return {"reader": w.ours.value, "text": "New words", "kind_of": "note", "version": w.note.version}


def time_form(w: World) -> dict[str, Any]:
    return {
        "reader": w.ours.value,
        "minutes": "0:10",
        "worked_on": "2026-03-02",
        "work_type": w.work_type.pk,
        "version": 1,
    }


POSTED = 405
PATHS: dict[str, Path] = {
    "home": Path(MEMBER, technician=302, administrator=302),
    "web:counts": Path(MEMBER),
    "outsourcing:guide": Path(MEMBER, technician=404, administrator=404),
    "outsourcing:people": Path("member.manage", technician=403, administrator=404),
    "outsourcing:person_deactivate": Path("member.manage", lambda w: {"pk": w.max.pk}, POSTED, POSTED),
    "outsourcing:person_reactivate": Path("member.manage", lambda w: {"pk": w.max.pk}, POSTED, POSTED),
    "outsourcing:person_link": Path("member.manage", lambda w: {"pk": w.max.pk}, POSTED, POSTED),
    "outsourcing:company": Path("tenant.settings", technician=403, administrator=404),
    "outsourcing:work_order": Path(MEMBER, handed_over, technician=404, administrator=404),
    "outsourcing:dashboard": Path("outsource.partners", technician=403),
    "outsourcing:agreement": Path(MEMBER),
    "outsourcing:agreement_withdraw": Path("tenant.manage", lambda w: {}, POSTED, POSTED),
    "outsourcing:partners": Path("outsource.partners", technician=403),
    "outsourcing:add_candidate": Path("outsource.partners", lambda w: {}, POSTED, POSTED),
    "outsourcing:invite": Path("outsource.partners", lambda w: {}, 403, 302),
    "outsourcing:withdraw_invitation": Path("outsource.partners", lambda w: {"pk": w.invitation.pk}, POSTED, POSTED),
    "outsourcing:pause_partner": Path("outsource.partners", lambda w: {"key": w.partnership.key}, POSTED, POSTED),
    "outsourcing:resume_partner": Path("outsource.partners", lambda w: {"key": w.partnership.key}, POSTED, POSTED),
    "outsourcing:end_partner": Path("outsource.partners", lambda w: {"key": w.partnership.key}, 403),
    "outsourcing:partner": Path(
        "outsource.partners",
        lambda w: {"key": w.partnership.key},
        technician=403,
        form=lambda w: {"part": "notes", "notify_email": "", "tags": "Riga", "note": "New words"},
    ),
    "outsourcing:edit_invitation": Path(
        "outsource.partners",
        technician=403,
        form=lambda w: {"subject": "New words", "body": "{accept_url} {decline_url}", "do": "save"},
    ),
    "outsourcing:invitation_preview": Path("outsource.partners", lambda w: {}, POSTED, POSTED),
    "outsourcing:networks": Path(
        "outsource.partners", technician=403, form=lambda w: network_form(w, "Another one"), ids=("company",)
    ),
    "outsourcing:edit_network": Path(
        "outsource.partners",
        lambda w: {"pk": w.network.pk},
        technician=403,
        form=lambda w: network_form(w, "New words"),
        ids=("company",),
    ),
    "outsourcing:company_rule": Path(
        "company.manage",
        pk,
        technician=403,
        form=lambda w: {"subject": f"contact-{w.contact.pk}", "permission": "never"},
        ids=("subject",),
    ),
    "outsourcing:refer": Path(
        "outsource.send",
        number,
        form=lambda w: {"network": w.network.pk, "cost": "", "note": "New words", "do": "send"},
        ids=("network",),
    ),
    "outsourcing:referral_complete": Path("outsource.send", referred, POSTED, POSTED),
    "outsourcing:referral_cancel": Path("outsource.send", referred, form=lambda w: {"reason": "New words"}),
    "outsourcing:report_outsourced": Path("outsource.all", technician=403),
    "outsourcing:report_received": Path("outsource.all", technician=403),
    "outsourcing:scorecards": Path("outsource.all", technician=403),
    "outsourcing:scorecard": Path("outsource.all", lambda w: {"key": w.partnership.key}, 403),
    "outsourcing:handover": Path(MEMBER, handed_over),
    "outsourcing:accept": Path("outsource.partners", handed_over, 403, 409),
    "outsourcing:decline": Path("outsource.partners", handed_over, 403, 409),
    "outsourcing:retry": Path("outsource.partners", handed_over, POSTED, POSTED),
    "outsourcing:skip": Path("outsource.partners", handed_over, 403),
    "outsourcing:statement": Path("outsource.view_terms", handed_over),
    "outsourcing:invoice": Path("outsource.partners", handed_over, 403),
    "outsourcing:invoice_paid": Path("outsource.partners", handed_over, POSTED, POSTED),
    "outsourcing:billed": Path("outsource.partners", handed_over, POSTED, POSTED),
    "outsourcing:ourselves": Path("outsource.send", offered, POSTED, POSTED),
    "outsourcing:keep": Path("ticket.view", lambda w: {**handed_over(w), "item": w.note.key}, POSTED, POSTED),
    "outsourcing:propose": Path("outsource.send", handed_over),
    "outsourcing:extend": Path("outsource.send", handed_over),
    "outsourcing:propose_part": Path("outsource.send", handed_over, 409, 409),
    "outsourcing:accept_proposal": Path("outsource.send", proposed, POSTED, POSTED),
    "outsourcing:refuse_proposal": Path("outsource.send", proposed),
    "outsourcing:withdraw_proposal": Path("outsource.send", proposed, POSTED, POSTED),
    "outsourcing:ask": Path("outsource.send", handed_over),
    "outsourcing:answer": Path("outsource.send", lambda w: {**handed_over(w), "question": w.question.key}),
    "outsourcing:take_over": Path(
        "ticket.edit", lambda w: {**offered(w), "entry": w.note.pk, "field": "title"}, POSTED, POSTED
    ),
    "outsourcing:permissions": Path("outsource.all", technician=403),
    "outsourcing:presets": Path("outsource.all", lambda w: {}, POSTED, POSTED),
    "outsourcing:second_person": Path("outsource.all", lambda w: {}, POSTED, POSTED),
    "members:people": Path("member.manage", technician=403),
    "members:member": Path("member.manage", lambda w: {"pk": w.colleague.pk}, technician=403),
    "members:security": Path(
        "member.manage",
        lambda w: {"pk": w.colleague.pk},
        technician=403,
        form=lambda w: {"role": w.role.pk, "on_change": "keep"},
        ids=("role",),
    ),
    "members:permit": Path("outsource.all", lambda w: {"pk": w.colleague.pk}, POSTED, POSTED),
    "members:why": Path("member.manage", lambda w: {"pk": w.colleague.pk}, technician=403),
    "members:roles": Path("role.manage", technician=403),
    "members:add_role": Path(
        "role.manage",
        lambda w: {},
        POSTED,
        POSTED,
        form=lambda w: {"name": "New words", "copy_of": w.role.pk},
        ids=("copy_of",),
    ),
    "members:rename_role": Path(
        "role.manage", lambda w: {"pk": w.own_role.pk}, technician=403, form=lambda w: {"name": "New words"}
    ),
    "members:reset_role": Path("role.manage", lambda w: {"pk": w.own_role.pk}, POSTED, POSTED),
    "members:delete_role": Path("role.manage", lambda w: {"pk": w.own_role.pk}, POSTED, POSTED),
    "members:history": Path("audit.view", technician=403),
    "outsourcing:release": Path("outsource.send", lambda w: {"pk": w.release.pk}),
    "outsourcing:give_release": Path("outsource.send", lambda w: {"pk": w.release.pk}, POSTED, POSTED),
    "outsourcing:refuse_release": Path("outsource.send", lambda w: {"pk": w.release.pk}),
    "outsourcing:withdraw_release": Path("outsource.send", lambda w: {"pk": w.release.pk}, POSTED, POSTED),
    "outsourcing:ledger": Path("outsource.partners", technician=403),
    "outsourcing:stuck": Path("outsource.partners", technician=403),
    "outsourcing:publish": Path("outsource.send", lambda w: {**number(w), "item": w.note.key}, 409, 409),
    "outsourcing:pass_on": Path("note.write", lambda w: {**number(w), "item": w.note.key}, 409, 409),
    "outsourcing:offer": Path("outsource.send", number, form=offer_form, ids=("partner", "items")),
    "outsourcing:offer_preview": Path("outsource.send", number, POSTED, POSTED),
    "outsourcing:end_and_close": Path("outsource.send", offered),
    **{f"outsourcing:{name}": Path("ticket.edit", offered) for name in MOVES},
    "outsourcing:return": Path("outsource.partners", offered, technician=403),
    "directory:list": Path("company.view"),
    "directory:new": Path("company.manage", technician=403),
    "directory:page": Path("company.view", pk),
    "directory:edit": Path("company.manage", pk, technician=403),
    "directory:new_part": Path(
        "company.manage",
        lambda w: {**pk(w), "part": "contacts"},
        technician=403,
        form=lambda w: {"name": "New words", "location": w.location.pk, "is_active": "on"},
        ids=("location",),
    ),
    "directory:edit_part": Path(
        "company.manage",
        lambda w: {**pk(w), "part": "contacts", "part_pk": w.contact.pk},
        technician=403,
        form=lambda w: {"name": "New words", "location": w.location.pk, "is_active": "on"},
        ids=("location",),
    ),
    "directory:erase_contact": Path("company.manage", lambda w: {**pk(w), "part_pk": w.contact.pk}, technician=403),
    "mail:outbox": Path("tenant.manage", technician=403),
    "mail:page": Path("tenant.manage", lambda w: {"pk": w.delivery.pk}, technician=403),
    "mail:html": Path("tenant.manage", lambda w: {"pk": w.delivery.pk}, technician=403),
    "mail:send_again": Path("tenant.manage", lambda w: {"pk": w.delivery.pk}, POSTED, POSTED),
    "tickets:list": Path("ticket.view"),
    "tickets:view": Path("ticket.view", lambda w: {"view": "mine"}),
    "tickets:search": Path("ticket.view"),
    "tickets:counts": Path("ticket.view"),
    "tickets:new": Path("ticket.create", form=ticket_form, ids=("company", "contact", "location", "queue", "category")),
    "tickets:saved_views": Path(MEMBER),
    "tickets:save_view": Path(MEMBER, lambda w: {}, POSTED, POSTED),
    "tickets:rename_view": Path(MEMBER, lambda w: {"pk": w.view.pk}, POSTED, POSTED),
    "tickets:delete_view": Path(MEMBER, lambda w: {"pk": w.view.pk}, POSTED, POSTED),
    "tickets:page": Path("ticket.view", number),
    "tickets:news": Path("ticket.view", number),
    "tickets:properties": Path(
        "ticket.edit", number, form=ticket_form, ids=("company", "contact", "location", "queue", "category")
    ),
    "tickets:assign": Path(
        "ticket.assign", number, POSTED, POSTED, form=lambda w: {"assignee": w.max.pk}, ids=("assignee",)
    ),
    "tickets:add": Path(
        "note.write", lambda w: {**number(w), "kind": "note"}, POSTED, POSTED, form=note_form, ids=("reader",)
    ),
    "tickets:edit_item": Path(
        "note.edit", lambda w: {**number(w), "kind": "note", "key": w.note.key}, 403, form=note_form, ids=("reader",)
    ),
    "tickets:remove_item": Path(
        "note.edit",
        lambda w: {**number(w), "kind": "note", "key": w.note.key},
        technician=403,
        form=lambda w: {"version": w.note.version},
    ),
    "tickets:file": Path("ticket.view", lambda w: {**number(w), "key": w.file.key}),
    "tickets:move": Path(
        "ticket.edit", lambda w: {**number(w), "move": "accept"}, POSTED, POSTED, form=lambda w: {"x": "y"}
    ),
}
# The same address with another kind of row behind it.
VARIANTS: dict[str, tuple[str, Path]] = {
    "time": (
        "tickets:add",
        Path(
            "time.log", lambda w: {**number(w), "kind": "timeentry"}, POSTED, POSTED, time_form, ("reader", "work_type")
        ),
    ),
    "a time entry": (
        "tickets:edit_item",
        Path(
            "time.edit",
            lambda w: {**number(w), "kind": "timeentry", "key": w.time.key},
            403,
            200,
            time_form,
            ("work_type",),
        ),
    ),
    "a location": (
        "directory:edit_part",
        Path("company.manage", lambda w: {**pk(w), "part": "locations", "part_pk": w.location.pk}, 403),
    ),
    "a contract": (
        "directory:edit_part",
        Path("contract.manage", lambda w: {**pk(w), "part": "contracts", "part_pk": w.contract.pk}, 404),
    ),
    "a rate": (
        "directory:edit_part",
        Path(
            "contract.manage",
            lambda w: {**pk(w), "part": "rates", "part_pk": w.rate.pk},
            technician=404,
            form=lambda w: {"contract": w.contract.pk, "work_type": w.work_type.pk, "amount": "95"},
            ids=("contract", "work_type"),
        ),
    ),
}
# Outside any company: what each answers to somebody who is not signed in, and to Max.
OUTSIDE: dict[str, tuple[dict[str, Any], int, int]] = {
    "healthz": ({}, 200, 200),
    "readyz": ({}, 200, 200),
    "web:desks": ({}, 302, 302),
    "web:language": ({}, 405, 405),
    "web:theme": ({}, 405, 405),
    "web:styleguide": ({}, 404, 404),
    "web:styleguide_example": ({"example": "list"}, 404, 404),
    "demo:sign_in": ({}, 404, 404),
    "demo:invitation": ({}, 404, 404),
    "demo:hide_guide": ({}, 404, 404),
    "operators:tenants": ({}, 404, 404),
    "operators:create": ({}, 404, 404),
    "operators:tenant": ({"slug": "nordlicht"}, 404, 404),
    "operators:suspend": ({"slug": "nordlicht"}, 405, 405),
    "operators:resume": ({"slug": "nordlicht"}, 405, 405),
    "operators:upgrade": ({"slug": "nordlicht"}, 405, 405),
    "operators:fee": ({"slug": "nordlicht"}, 405, 405),
    "operators:links": ({}, 404, 404),
    "operators:retry": ({"pk": 1}, 405, 405),
    "operators:log": ({}, 404, 404),
    "outsourcing:fees": ({}, 404, 404),
    "outsourcing:portal_setup": ({"token": "x"}, 410, 410),
    "outsourcing:invitation": ({"token": "x"}, 410, 410),
    "outsourcing:invitation_accept": ({"token": "x"}, 405, 405),
    "outsourcing:invitation_code": ({"token": "x"}, 405, 405),
    "outsourcing:invitation_decline": ({"token": "x"}, 405, 405),
    "account_login": ({}, 200, 302),
    "account_logout": ({}, 302, 200),
    "account_inactive": ({}, 200, 200),
    "account_signup": ({}, 200, 302),
    "account_reauthenticate": ({}, 302, 403),
    "account_email": ({}, 302, 200),
    "account_email_verification_sent": ({}, 200, 200),
    "account_change_password": ({}, 302, 302),
    "account_set_password": ({}, 302, 200),
    "account_reset_password": ({}, 200, 200),
    "account_confirm_login_code": ({}, 302, 302),
    "account_confirm_email": ({"key": "x"}, 200, 200),
    "account_reset_password_from_key_done": ({}, 200, 200),
    "account_reset_password_from_key": ({"uidb36": "1", "key": "x"}, 200, 200),
    "account_reset_password_done": ({}, 200, 200),
    "mfa_index": ({}, 302, 200),
    "mfa_authenticate": ({}, 302, 302),
    "mfa_reauthenticate": ({}, 302, 403),
    "mfa_activate_totp": ({}, 302, 200),
    "mfa_deactivate_totp": ({}, 302, 404),
    "mfa_view_recovery_codes": ({}, 302, 404),
    "mfa_generate_recovery_codes": ({}, 302, 200),
    "mfa_download_recovery_codes": ({}, 302, 404),
}
# Lists to choose from that name no row of a company.
NO_IDS = {
    "priority", "source", "kind_of", "kind", "language", "country", "currency", "sort", "part", "rate_type", "detail",
    "step_minutes", "action", "permission", "level", "limit_is", "on_change", *CAPABILITIES,
}  # fmt: skip
CHANGED = (Ticket, Note, TimeEntry, Charge, Attachment, StoredFile, Company, Contact, Location, Contract, Rate, Entry)
CHANGED += (Network, Referral, OutsourcingRule, OutsourcingSettings, PartnershipSide, Role)


# The cast -------------------------------------------------------------------------------------------------------------
@pytest.fixture
def nord(max: Membership, baltic: Tenant) -> World:
    """Nordlicht, whose addresses are tried. Baltic is its partner and has one offer of it."""
    return with_a_partner(a_desk(max, "CanaryNord", 6), baltic)


@pytest.fixture
def atlas_desk(sam: Membership) -> World:
    """Atlas, a stranger with a desk of its own."""
    return a_desk(sam, "CanaryAtlas", 1)


@pytest.fixture
def technician(ada: Membership, nord: World) -> Client:
    """Ada, who works Nordlicht's queue."""
    with scope.tenant(nord.tenant):
        QueueMember.objects.create(queue=nord.queue, member=ada)
    return sign_in(ada)


@pytest.fixture
def nobody(nordlicht: Tenant) -> Client:
    """A member of Nordlicht whose role may do nothing at all."""
    member = tenants.add_member(nordlicht, "nil@nordlicht.example", "Nil", "contact")
    with scope.tenant(nordlicht):
        Role.objects.filter(code="contact").update(capabilities={})
    return sign_in(member)


def lines() -> list[tuple[str, str, Path]]:
    """Every line of the table, the variants too: what it is called here, its address's name, and the line."""
    named = [(name, name, path) for name, path in PATHS.items()]
    return [*named, *((f"{name} ({title})", name, path) for title, (name, path) in VARIANTS.items())]


def walk(check: Callable[[str, Path], None], among: list[Any] | None = None) -> None:
    """Try every line on the same stage, each undone before the next, and name all that fail."""
    wrong = []
    for title, *line in lines() if among is None else among:
        try:
            with transaction.atomic():
                check(*line)
                transaction.set_rollback(True)
        except Exception as error:
            wrong.append(f"{title}: {error!r}")
    assert not wrong, "\n".join(wrong)


def address(name: str, path: Path, rows: World, slug: str = "nordlicht") -> str:
    return reverse(name, kwargs={"tenant": slug, **path.args(rows)})


def body(response: HttpResponseBase) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    return content.decode("utf-8", "replace") + str(response.headers)


def everything() -> dict[str, Any]:
    """All rows a refused request must have left alone."""
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in CHANGED}


# A13 ------------------------------------------------------------------------------------------------------------------
def named(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(one, URLResolver):
            inner = f"{prefix}{one.namespace}:" if one.namespace else prefix
            yield from named(one.url_patterns, inner)
        else:
            yield f"{prefix}{one.name or one.pattern}", one


def test_a1_every_address_has_its_line() -> None:
    found = {name for name, _ in named()}
    assert found == PATHS.keys() | OUTSIDE.keys(), "Give every address a line in PATHS, and take away what is gone."


def test_a13_what_a_view_says_it_needs_is_what_the_table_says() -> None:
    """Where the right depends on the kind of row the view asks for more than it says; the walk below shows it."""
    for name, pattern in named():
        said = getattr(pattern.callback, "needs", None)
        if name in PATHS and said not in {None, "ticket.view"}:
            assert said == PATHS[name].needs, name
        assert name in PATHS or said in {None, EVERYBODY, SIGNED_IN, OPERATOR}, name


def test_a13_a_member_without_the_right_is_told_so(nobody: Client, nord: World) -> None:
    def told(name: str, path: Path) -> None:
        for method in ("get", "post"):
            answer = getattr(nobody, method)(address(name, path, nord))
            if answer.status_code == 405 or path.needs == MEMBER:
                continue
            assert answer.status_code == 403, method
            assert nord.canary not in body(answer)

    walk(told)


# A1 -------------------------------------------------------------------------------------------------------------------
def test_a1_members_read_what_the_table_says(technician: Client, nord: World) -> None:
    administrator = sign_in(nord.max)

    def read(name: str, path: Path) -> None:
        url = address(name, path, nord)
        assert administrator.get(url).status_code == path.administrator
        assert technician.get(url).status_code == path.technician

    walk(read)


def test_a1_partner_and_stranger_find_nothing_there(nord: World, gunta: Membership, sam: Membership) -> None:
    people = [sign_in(gunta), sign_in(sam)]
    with scope.tenant(nord.tenant):
        before = everything()

    def nothing(name: str, path: Path) -> None:
        url = address(name, path, nord)
        for person in people:
            for method in ("get", "post"):
                answer = getattr(person, method)(url, path.form(nord) if path.form and method == "post" else {})
                assert answer.status_code == 404
                assert nord.canary not in body(answer)
        with scope.tenant(nord.tenant):
            assert everything() == before

    walk(nothing)


def test_a1_nobody_is_sent_to_sign_in(client: Client, nord: World) -> None:
    def sent_away(name: str, path: Path) -> None:
        url = address(name, path, nord)
        for method in ("get", "post"):
            answer = getattr(client, method)(url)
            assert (answer.status_code, answer.url.partition("?")[0]) == (302, reverse("account_login"))

    walk(sent_away)


def test_a1_the_other_companys_ids_lead_nowhere_at_ones_own_address(nord: World, atlas_desk: World) -> None:
    """Sam at /atlas/…, with Nordlicht's numbers, keys and ids."""
    browser = sign_in(atlas_desk.max)
    with scope.tenant(nord.tenant):
        before = everything()

    def nowhere(name: str, path: Path) -> None:
        url = address(name, path, nord, "atlas")
        for method in ("get", "post"):
            answer = getattr(browser, method)(url, path.form(nord) if path.form and method == "post" else {})
            if names_rows(path, nord, atlas_desk) and answer.status_code != 405:
                assert answer.status_code == 404
            assert nord.canary not in body(answer)
        with scope.tenant(nord.tenant):
            assert everything() == before

    walk(nowhere)


def names_rows(path: Path, nord: World, atlas_desk: World) -> bool:
    try:
        return path.args(nord) != path.args(atlas_desk)
    except AttributeError:
        return True


@pytest.mark.parametrize("name", OUTSIDE)
def test_a1_addresses_outside_any_company(client: Client, nord: World, name: str) -> None:
    args, stranger, member = OUTSIDE[name]
    url = reverse(name, kwargs=args)
    asked, known = client.get(url), sign_in(nord.max).get(url)
    assert (asked.status_code, known.status_code) == (stranger, member)
    assert nord.canary not in body(asked) and nord.canary not in body(known)


# A2 -------------------------------------------------------------------------------------------------------------------
def foreign(atlas_desk: World, name: str) -> Any:
    """The other company's row for a field of this name."""
    if name == "reader":
        return f"partner:{uuid4()}:{atlas_desk.canary}"
    if name == "partner":
        return uuid4()
    if name == "subject":
        return f"contact-{atlas_desk.contact.pk}"
    if name == "items":
        return atlas_desk.file.key
    return atlas_desk.max.pk if name in {"assignee", "member"} else atlas_desk.rows[name].pk


def test_a2_the_other_companys_row_cannot_be_named(nord: World, atlas_desk: World) -> None:
    browser = sign_in(nord.max)
    with scope.tenant(nord.tenant):
        before = everything()

    def refused(name: str, path: Path, one: str) -> None:
        assert path.form is not None
        named = foreign(atlas_desk, one)
        answer = browser.post(address(name, path, nord), {**path.form(nord), one: named})
        assert atlas_desk.canary not in body(answer).replace(str(named), "")
        with scope.tenant(nord.tenant):
            assert everything() == before

    walk(refused, [(f"{title} {one}", name, path, one) for title, name, path in lines() for one in path.ids])


def test_a2_the_form_itself_is_one_that_passes(nord: World) -> None:
    """Else the refusals above would prove nothing."""
    browser = sign_in(nord.max)
    with scope.tenant(nord.tenant):
        before = everything()

    def passes(name: str, path: Path) -> None:
        assert path.form is not None
        assert browser.post(address(name, path, nord), path.form(nord)).status_code == 302
        with scope.tenant(nord.tenant):
            assert everything() != before

    walk(passes, [line for line in lines() if line[2].form])


class Choices(HTMLParser):
    """The names of all lists to choose from that are posted."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.posts = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self.posts = found.get("method") == "post"
        if self.posts and (tag == "select" or found.get("type") in {"radio"}):
            self.names.add(found.get("name") or "")


def test_a2_every_list_to_choose_from_is_tried(nord: World) -> None:
    browser = sign_in(nord.max)

    def tried(name: str, path: Path) -> None:
        known = {field for _, other, line in lines() if other == name for field in line.ids}
        if path.administrator == 200:
            seen = Choices(body(browser.get(address(name, path, nord)))).names
            elsewhere = {"reader", "assignee"} if name in {"tickets:page", "tickets:news"} else set()
            elsewhere |= {"directory:page": {"subject"}, "members:roles": {"copy_of"}}.get(name, set())
            seen = {re.sub(r"^[mr]\d+-", "", one) for one in seen}
            assert seen - known - NO_IDS - elsewhere == set(), "Add the field to `ids` of its line, or to NO_IDS."

    walk(tried)
