"""Who of a customer's people may come into the portal: given, changed and taken away by the desk, or by the company's
own administrator contact (desk spec, "Roles": contact.manage). Every change is one journal entry at the contact.

Whatever somebody holds – sessions, links, a code – ends with the change of what they may do: the round counts up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from psa.directory.erasing import ANONYMISED
from psa.directory.models import Company, Contact
from psa.journal import journal
from psa.journal.models import Entry
from psa.mail import mail
from psa.tenancy import doors
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from tickets.models import Ticket
from workflows.models import PortalAccess, PortalCode, PortalSession, ServedCompany, SharedRequest, Sight

CAPABILITY = "contact.manage"
RIGHTS = ("sees", "accepts", "sees_invoices", "is_administrator")
Asked = Callable[[Contact], bool]

# Rights somebody has from the start, where an app above knows of whom: whom the invoices go to sees them.
_usual: dict[str, Asked] = {}


def usual(right: str, asked: Asked) -> None:
    """Let an app above say which contacts are given a right unless somebody decides otherwise. In `AppConfig.ready`."""
    _usual[right] = asked


def first_rights(contact: Contact) -> dict[str, Any]:
    """What a contact who is let in sees and may, unless somebody decides otherwise."""
    found: dict[str, Any] = dict.fromkeys(RIGHTS, False)
    return {**found, "sees": Sight.OWN, "accepts": True, **{name: asked(contact) for name, asked in _usual.items()}}


def rights_of(contact: Contact, access: PortalAccess | None) -> dict[str, Any]:
    """What somebody sees and may; for whoever has no access what they would begin with."""
    return first_rights(contact) if access is None else _plain(access)


def speaks_for(contact: Contact, company_id: int) -> bool:
    """Whether a contact speaks for a company that is not their own."""
    rows = ServedCompany.objects.filter(access__contact=contact, access__is_active=True, company=company_id)
    return rows.exists()


def sees(ticket: Ticket, contact: Contact) -> bool:
    """Whether a contact who may come in sees this request: their own, or one shared with a company whose requests they
    see (hostile test A6). At most three statements."""
    access = PortalAccess.objects.filter(contact=contact, is_active=True).first()
    if access is None or not contact.is_active:
        return False
    if ticket.contact_id == contact.pk:
        return True
    if not SharedRequest.objects.filter(ticket=ticket).exists():
        return False
    if contact.company_id == ticket.company_id:
        return bool(access.sees == Sight.COMPANY)
    return ServedCompany.objects.filter(access=access, company=ticket.company_id, sees=Sight.COMPANY).exists()


def readers(company: Company) -> list[Contact]:
    """Who reads what is shared with a company: its own people who see its requests, and others who speak for it and
    do. One statement."""
    own = Q(contact__company=company, sees=Sight.COMPANY)
    served = ServedCompany.objects.filter(access=OuterRef("pk"), company=company, sees=Sight.COMPANY)
    rows = PortalAccess.objects.filter(own | Exists(served), is_active=True, contact__is_active=True)
    return [one.contact for one in rows.select_related("contact__company").order_by("contact__name")]


@transaction.atomic
def give(contact: Contact, *, by: Actor, invites: bool = True, **rights: Any) -> PortalAccess:
    """Let a contact in, with these rights, and tell them; what is not said is as `first_rights`. Raises
    Refused("portal_without_address"), ("portal_address_is_taken"), ("contact_is_inactive"), Denied."""
    contact = _locked(contact, by)
    _check_rights(rights, by)
    _check_mailbox(contact)
    row = PortalAccess.objects.filter(contact=contact).first() or PortalAccess(contact=contact, is_active=False)
    if row.pk and row.is_active:
        return change(contact, by=by, **rights)
    for name, value in (first_rights(contact) | rights).items():
        setattr(row, name, value)
    row.is_active = True
    row.round = row.round + 1 if row.pk else 1
    row.save()
    journal.record(contact, "contact.portal_given", by=by, **_plain(row))
    if invites:
        _invite(row, by)
    return row


@transaction.atomic
def change(contact: Contact, *, by: Actor, **rights: Any) -> PortalAccess:
    """Other rights. What they hold ends: they sign in again. Raises Refused("portal_not_given"), Denied."""
    contact = _locked(contact, by)
    _check_rights(rights, by)
    row = _access(contact)
    old = _plain(row)
    for name, value in rights.items():
        setattr(row, name, value)
    if (new := _plain(row)) != old:
        row.save(update_fields=list(rights))
        _turn(row)
        journal.record(contact, "contact.portal_changed", by=by, old=old, new=new)
    return row


@transaction.atomic
def serve(contact: Contact, companies: Iterable[tuple[Company, str]], *, by: Actor) -> None:
    """Which other companies they speak for, and what they see of each: exactly these from now on. Raises
    Refused("serves_own_company"), Denied."""
    contact = _locked(contact, by)
    if by.is_customer:
        raise Denied(CAPABILITY)
    row = _access(contact)
    wanted = {company.pk: (company, Sight(sees)) for company, sees in companies}
    if contact.company_id in wanted:
        raise Refused("serves_own_company", company=wanted[contact.company_id][0].name)
    rows = ServedCompany.objects.filter(access=row).select_related("company")
    old = {one.company_id: one.sees for one in rows}
    if old == {pk: sees for pk, (_company, sees) in wanted.items()}:
        return
    before = sorted(f"{one.company.name} ({one.sees})" for one in rows)
    rows.delete()
    for company, sees in wanted.values():
        ServedCompany.objects.create(access=row, company=company, sees=sees)
    _turn(row)
    new = sorted(f"{company.name} ({sees})" for company, sees in wanted.values())
    journal.record(contact, "contact.portal_served", by=by, old=before, new=new)


@transaction.atomic
def take(contact: Contact, *, by: Actor) -> None:
    """Let them in no more; everything they hold ends at once. Raises Refused("portal_not_given"), Denied."""
    contact = _locked(contact, by)
    row = _access(contact)
    if by.is_customer and by.contact_id == contact.pk:
        raise Refused("portal_your_own")
    row.is_active = False
    row.save(update_fields=["is_active"])
    _turn(row)
    journal.record(contact, "contact.portal_taken", by=by)


@transaction.atomic
def end_sessions(contact: Contact, *, by: Actor) -> None:
    """Sign them out everywhere and void the links in their mails. Raises Refused("portal_not_given"), Denied."""
    contact = _locked(contact, by)
    _turn(_access(contact))
    journal.record(contact, "contact.portal_sessions_ended", by=by)


@transaction.atomic
def invite(contact: Contact, *, by: Actor) -> None:
    """The mail that says how to come in, once more. Raises Refused("portal_not_given"), Denied."""
    contact = _locked(contact, by)
    row = _access(contact)
    _check_mailbox(contact)
    _invite(row, by)
    journal.record(contact, "contact.portal_invited", by=by)


@transaction.atomic
def set_profile(contact: Contact, *, by: Actor, **changes: str) -> Contact:
    """What a contact says of themselves: name, phone, language. Only by them. Raises Denied."""
    if by.contact_id != contact.pk or set(changes) - {"name", "phone", "language"}:
        raise Denied(CAPABILITY)
    row = Contact.objects.select_for_update(of=("self",), no_key=True).get(pk=contact.pk)
    old = {name: getattr(row, name) for name, value in changes.items() if getattr(row, name) != value}
    if old:
        for name in old:
            setattr(row, name, changes[name])
        row.save(update_fields=list(old))
        new = {name: changes[name] for name in old}
        journal.record(row, "contact.edited", by=by, old=old, new=new)
    return row


def heard_of_contact(entry: Entry) -> None:
    """Another address, or nobody any more: what was handed out to the old one ends with the change."""
    new = entry.data.get("new", {})
    if entry.kind != ANONYMISED and not {"email", "is_active"} & set(new):
        return
    row = PortalAccess.objects.filter(contact=entry.subject_id).first()
    if row is not None:
        if entry.kind == ANONYMISED:
            PortalAccess.objects.filter(pk=row.pk).update(is_active=False)
        _turn(row)


def may_look_after(company_id: int, by: Actor) -> None:
    """Raise Denied unless the actor looks after this company's people: the desk all, an administrator contact those of
    their own company."""
    reach = by.require(CAPABILITY)
    if by.is_customer:
        rows = PortalAccess.objects.filter(contact=by.contact_id, is_active=True, is_administrator=True)
        may = rows.filter(contact__company=company_id, contact__is_active=True).exists()
    else:
        may = reach == "all"
    if not may:
        raise Denied(CAPABILITY)


def _turn(row: PortalAccess) -> None:
    PortalAccess.objects.filter(pk=row.pk).update(round=F("round") + 1)
    PortalSession.objects.filter(access=row).delete()
    PortalCode.objects.filter(access=row).delete()


def _locked(contact: Contact, by: Actor) -> Contact:
    """The contact's present row, if the actor may look after them: the desk all, an administrator contact their own
    company's people."""
    row: Contact = Contact.objects.select_for_update(of=("self",), no_key=True).get(pk=contact.pk)
    may_look_after(row.company_id, by)
    return row


def _check_rights(rights: dict[str, Any], by: Actor) -> None:
    if unknown := set(rights) - set(RIGHTS):
        raise ValueError(f"No such rights: {sorted(unknown)}")


def _check_mailbox(contact: Contact) -> None:
    """A mailbox opens one way in: two people behind one address could not be told apart."""
    if not contact.is_active:
        raise Refused("contact_is_inactive", name=contact.name)
    try:
        validate_email(contact.email)
    except ValidationError:
        raise Refused("portal_without_address", name=contact.name) from None
    others = PortalAccess.objects.filter(contact__email__iexact=contact.email, is_active=True)
    if others.exclude(contact=contact).exists():
        raise Refused("portal_address_is_taken", email=contact.email)


def _access(contact: Contact) -> PortalAccess:
    row = PortalAccess.objects.filter(contact=contact, is_active=True).select_related("contact").first()
    if row is None:
        raise Refused("portal_not_given", name=contact.name)
    return row


def _invite(row: PortalAccess, by: Actor) -> None:
    slug = doors.slug(by.tenant_id)
    to = mail.Recipient.of(row.contact)
    mail.post("portal_invitation", [to], row.contact, by=by.name, url=reverse("portal:home", args=[slug]))


def _plain(row: PortalAccess) -> dict[str, Any]:
    return {name: getattr(row, name) for name in RIGHTS}
