"""Portal tenants: a company that only receives, set up by accepting an invitation, run by its administrator (§10)."""

from __future__ import annotations

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from outsourcing.models import Partnership, PartnershipSide
from outsourcing.services import partners
from psa.accounts import services as people_of
from psa.directory.models import Company, CompanyKind
from psa.journal import journal
from psa.journal.models import Entry
from psa.members import services as members
from psa.tenancy import doors, scope
from psa.tenancy import services as tenants
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership, Role, Tenant
from psa.tenant_settings.services import write
from tickets.models import Queue, QueueMember

# Who works in a portal company. A technician works the one queue there is.
ROLES = ("administrator", "dispatcher", "technician")
SETTINGS = ("country", "language", "time_zone", "currency")


@transaction.atomic
def set_up(
    raw: str, invited: str, company: str, person: str, password: str | None, signed_in_as: str = "", **settings: str
) -> Membership:
    """A portal tenant out of an invitation to `invited`, with its first administrator; the partnership is joined.

    The link proves the mailbox, so a new person needs nothing but a password. Whoever signs in with that address
    already signs in first: a link alone never opens somebody's account. Raises Refused("sign_in_first"),
    ("invitation_is_void"); refused, there is no tenant.
    """
    if doors.has_account(invited) and signed_in_as.casefold() != invited.casefold():
        raise Refused("sign_in_first", email=invited)
    tenant = tenants.create_tenant(company, tenants.free_address(company), is_portal=True, **settings)
    member = tenants.add_member(
        tenant, invited, person, "administrator", password=password, language=settings["language"]
    )
    with doors.enter(member.user, tenant.slug) as by, translation.override(tenant.language):
        Queue.objects.create(name=_("Received work"), is_default=True)
        journal.record(tenant, "tenant.set_up", by=by, company=company)
        partners.accept(raw, by=by)
    return member


def enter_lead(entry: Entry) -> None:
    """A portal tenant joined a partnership: the lead is its customer and bill-to, mapping done, in the one queue."""
    me = scope.tenant_id()
    partnership = Partnership.objects.get(pk=entry.subject_id)
    if partnership.service_id != me or not doors.portals([me]):
        return
    side = PartnershipSide.objects.get(service_of=partnership)
    if side.company_id is None:
        company = Company.objects.create(name=partnership.lead_name, kind=CompanyKind.CUSTOMER)
        by = Actor(me, entry.by_kind, entry.by_name, entry.by_id, channel=entry.channel, cause_id=entry.pk)
        journal.record(company, "company.created", by=by, name=company.name)
        side.company, side.queue = company, Queue.objects.get(is_default=True)
        side.save(update_fields=["company", "queue"])


@transaction.atomic
def add_person(name: str, email: str, role: str, language: str, *, by: Actor) -> Membership:
    """A colleague, with the mail that lets them in. Raises Refused("is_a_member"), Denied."""
    if role not in ROLES:
        raise ValueError(f"{role} is no role of a portal company.")
    member = people_of.invite(name, email, Role.objects.get(code=role), language, by=by)
    if role == "technician":
        QueueMember.objects.create(queue=Queue.objects.get(is_default=True), member=member)
    return member


@transaction.atomic
def change_role(member: Membership, role: str, seen: str, *, by: Actor) -> Membership:
    """Give a colleague another of the portal's roles, with what it presets. `seen` is the role the page showed.

    Raises Refused("permission_changed_meanwhile"), ("somebody_must_hold_all"), ("somebody_must_manage"), Denied.
    """
    by.require("member.manage")
    if role not in ROLES:
        raise ValueError(f"{role} is no role of a portal company.")
    Tenant.objects.select_for_update(of=("self",), no_key=True).get(pk=scope.tenant_id())
    if Membership.objects.select_related("role").get(pk=member.pk).role.code != seen:
        raise Refused("permission_changed_meanwhile", name=member.name)
    member = members.change_role(member, Role.objects.get(code=role), by=by, takes_preset=True)
    if role == "technician":
        QueueMember.objects.get_or_create(queue=Queue.objects.get(is_default=True), member=member)
    return member


@transaction.atomic
def deactivate(member: Membership, *, by: Actor) -> Membership:
    """Close the door to a colleague at once. Raises Refused("last_administrator"), Denied."""
    member = tenants.deactivate(member, by=by)
    journal.record(member, "member.deactivated", by=by)
    return member


@transaction.atomic
def settle(values: dict[str, str], *, by: Actor) -> Tenant:
    """Change what the company's settings page offers; old and new stand in the journal."""
    by.require("tenant.settings")
    tenant = Tenant.objects.select_for_update(of=("self",), no_key=True).get(pk=scope.tenant_id())
    changed = {name: values[name] for name in SETTINGS if values[name] != getattr(tenant, name)}
    return write(tenant, changed, "tenant.changed", by=by)


def people() -> list[Membership]:
    """Everybody of the company in scope, by name; who left last."""
    return list(Membership.objects.select_related("role").order_by("-is_active", "name", "pk"))
