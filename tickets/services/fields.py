"""Changing a ticket's properties: what it says, whose it is, when it is due."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction

from psa.directory.models import Company, Contact
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tickets import guards, permissions
from tickets.models import Source, Ticket
from tickets.models.ticket import NO_DEADLINE
from tickets.services import searching, stopwatches
from tickets.services.locking import lock, save, snapshot
from tickets.services.text_modules import finished

EDITABLE = (
    "title",
    "description",
    "company",
    "contact",
    "location",
    "queue",
    "category",
    "type",
    "priority",
    "due_at",
    "planned_minutes",
)


# Properties that point at something; the journal keeps its name as it was then.
RELATED = ("company", "contact", "location", "queue", "category", "type")


Speaks = Callable[[Contact, int], bool]
_speakers: list[Speaks] = []


def speaks_for(fn: Speaks) -> Speaks:
    """Let `fn(contact, company_id)` say that a contact speaks for a company which is not their own."""
    _speakers.append(fn)
    return fn


def belongs(contact: Contact, company_id: int) -> bool:
    """Whether a contact may ask for this company: it is theirs, or they speak for it."""
    return contact.company_id == company_id or any(speaks(contact, company_id) for speaks in _speakers)


def check_belongings(ticket: Ticket) -> None:
    """The contact speaks for the company, the location is its own. Raises Refused("not_of_this_company")."""
    if ticket.contact is not None and not belongs(ticket.contact, ticket.company_id):
        raise Refused("not_of_this_company", what="contact")
    if ticket.location is not None and ticket.location.company_id != ticket.company_id:
        raise Refused("not_of_this_company", what="location")


def check_required(ticket: Ticket, by: Actor) -> None:
    """What the category asks for is there; a partner, the system and an insourced ticket are not asked.

    Raises Refused("category_requires").
    """
    if ticket.category is None or not by.is_person or ticket.source == Source.INSOURCED:
        return
    missing = [name for name in ticket.category.required if getattr(ticket, name, None) in (None, "")]
    if missing:
        raise Refused("category_requires", category=ticket.category.name, fields=missing)


@transaction.atomic
def edit(ticket: Ticket, *, by: Actor, version: int | None = None, **changes: Any) -> Ticket:
    """Change properties; `version` is the one the form was made from. Raises Refused("changed_meanwhile"), Denied."""
    ticket = lock(ticket)
    if version is not None and version != ticket.version:
        raise Refused("changed_meanwhile")
    if unknown := set(changes) - set(EDITABLE):
        raise ValueError(f"Not a property to edit: {sorted(unknown)}")
    changed = [name for name, value in changes.items() if getattr(ticket, name) != value]
    if not changed:
        return ticket
    guards.check(ticket, "ticket.edit", by)
    if "description" in changed:
        changes["description"] = finished(changes["description"], by)
    if "company" in changed:
        guards.check(ticket, "ticket.change_company", by)
    permissions.require(ticket, "ticket.edit", by)
    old, named = snapshot(ticket, changed), {name: [_name(ticket, name)] for name in changed if name in RELATED}
    for name in changed:
        setattr(ticket, name, changes[name])
    for name in named:
        named[name].append(_name(ticket, name))
    check_belongings(ticket)
    check_required(ticket, by)
    if "due_at" in changed:  # the clocks follow with the journal
        ticket.next_deadline = ticket.due_at or NO_DEADLINE
    save(ticket, *changed, "next_deadline")
    searching.index(ticket)
    if "title" in changed:
        stopwatches.renamed(ticket)
    journal.record(ticket, "ticket.edited", by=by, old=old, new=snapshot(ticket, changed), names=named)
    return ticket


@transaction.atomic
def remap(ticket: Ticket, company: Company, *, by: Actor) -> Ticket:
    """Give a ticket the company its lead partner is called by now; contact and place were the old one's and go.

    Decided by an administrator for all of a lead's tickets, so the guard of "ticket.change_company" is not asked, but
    that of "ticket.remap" (something of it is posted). Raises Refused, Denied.
    """
    ticket = lock(ticket)
    guards.check(ticket, "ticket.remap", by)
    by.require("tenant.manage")
    changed = ["company", "contact", "location"]
    old, named = snapshot(ticket, changed), {"company": [_name(ticket, "company"), company.name]}
    ticket.company, ticket.contact, ticket.location = company, None, None
    save(ticket, *changed)
    searching.index(ticket)
    new = snapshot(ticket, ["company"])
    journal.record(ticket, "ticket.edited", by=by, old=old, new=new, names=named)
    return ticket


@transaction.atomic
def assign(ticket: Ticket, assignee: Membership | None, *, by: Actor) -> Ticket:
    """Make somebody responsible, or nobody."""
    ticket = lock(ticket)
    guards.check(ticket, "ticket.assign", by)
    permissions.require(ticket, "ticket.assign", by)
    if ticket.assignee == assignee:
        return ticket
    old, named = ticket.assignee_id, [_name(ticket, "assignee")]
    ticket.assignee = assignee
    save(ticket, "assignee")
    named.append(_name(ticket, "assignee"))
    journal.record(ticket, "ticket.assigned", by=by, old=old, new=ticket.assignee_id, names=named)
    return ticket


def _name(ticket: Ticket, field: str) -> str:
    return str(getattr(ticket, field) or "")
