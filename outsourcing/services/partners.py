"""Finding partners: invitations and their answers, and pausing, resuming and ending a partnership (§3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings as django_settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from outsourcing import letters
from outsourcing.models import (
    Handover,
    Invitation,
    InvitationStatus,
    Partnership,
    PartnershipSide,
    PartnershipStatus,
)
from outsourcing.services import settings
from psa.directory.models import Company, CompanyKind, Contact
from psa.fsm import can_proceed
from psa.journal import journal
from psa.lanes import lanes
from psa.mail import mail
from psa.mail.templatetags.mails import absolute, moment
from psa.tenancy import doors, scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Tenant
from psa.timers import timers

PURPOSE = "invitation"
EXPIRES = "invitation.expire"
ANSWERED = "partnership.answered"
MOVED = "partnership.moved"
OPEN_FOR = timedelta(days=14)
# Who of the address book may become a partner.
KINDS = (CompanyKind.PARTNER, CompanyKind.VENDOR, CompanyKind.CUSTOMER)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an invitation's page shows to whoever holds the link."""

    lead_name: str
    inviter: str
    to_email: str
    to_name: str
    expires_at: datetime
    is_open: bool
    code_is_out: bool = False


@transaction.atomic
def invite(company: Company, to_email: str, to_name: str, *, by: Actor, contact: Contact | None = None) -> Invitation:
    """Ask a company of our address book to become our service partner. An older open invitation is void from now on."""
    by.require("outsource.partners")
    if company.kind not in KINDS:
        raise Refused("company_is_no_candidate", company=company.name)
    if not is_usable(to_email):
        raise Refused("invitation_needs_email", company=company.name)
    for older in Invitation.objects.select_for_update(of=("self",), no_key=True).filter(company=company, status="sent"):
        _withdraw(older, by)
    now = timezone.now()
    invitation = Invitation.objects.create(
        company=company,
        contact=contact,
        to_email=to_email,
        to_name=to_name or company.name,
        invited_by_id=by.membership_id,
        sent_at=now,
        expires_at=now + OPEN_FOR,
    )
    raw = doors.issue(PURPOSE, invitation.pk, invitation.expires_at)
    timers.arm(EXPIRES, invitation.pk, invitation.expires_at)
    page = reverse("outsourcing:invitation", args=[raw])
    decline = f"{page}#decline"
    subject, text = _worded(invitation, page, decline, by)
    mail.post(
        "invitation",
        [mail.Recipient(invitation.to_name, to_email, company.language)],
        about=invitation,
        lead=by.company,
        inviter=by.name,
        url=page,
        decline_url=decline,
        expires_at=invitation.expires_at,
        own_subject=subject,
        own_text=text,
    )
    journal.record(invitation, "partner.invited", by=by, company=company.name, email=to_email)
    return invitation


def is_usable(email: str) -> bool:
    """Whether an invitation can go to this address at all."""
    try:
        validate_email(email)
    except ValidationError:
        return False
    return True


@transaction.atomic
def withdraw(invitation: Invitation, *, by: Actor) -> Invitation:
    """Take an open invitation back; its link is void."""
    by.require("outsource.partners")
    invitation = _lock(invitation.pk)
    if not can_proceed(invitation.withdraw):
        raise Refused("invitation_is_answered", status=invitation.status)
    _withdraw(invitation, by)
    return invitation


def look(raw: str) -> Preview | None:
    """What the holder of a link may read; None for an unknown or expired link."""
    if (opened := doors.look(PURPOSE, raw)) is None:
        return None
    with doors.inside(opened):
        invitation = Invitation.objects.select_related("invited_by").get(pk=opened.subject_id)
        return Preview(
            lead_name=doors.tenant_name(opened.tenant_id),
            inviter=invitation.invited_by.name,
            to_email=invitation.to_email,
            to_name=invitation.to_name,
            expires_at=invitation.expires_at,
            is_open=opened.used_at is None and invitation.status == InvitationStatus.SENT,
            code_is_out=bool(invitation.code_hash),
        )


@transaction.atomic
def accept(raw: str, *, by: Actor) -> Partnership:
    """Become the service partner of whoever sent this link, in the tenant in scope. Accepting again joins the same row.

    That the mailbox is theirs was proven before: a page goes by services.mailbox.accept.

    Raises Refused("invitation_is_void"), ("nobody_partners_with_themselves"), Denied.
    """
    by.require("outsource.partners")
    opened = _use(raw)
    me = scope.tenant_id()
    if opened.tenant_id == me:
        raise Refused("nobody_partners_with_themselves")
    found = Partnership.objects.select_for_update(of=("self",), no_key=True)
    partnership = found.filter(lead_id=opened.tenant_id, service_id=me).first()
    if partnership is None:
        lead_name = doors.tenant_name(opened.tenant_id)
        partnership = Partnership.objects.create(
            lead_id=opened.tenant_id, service_id=me, lead_name=lead_name, service_name=by.company
        )
    elif can_proceed(partnership.renew):
        partnership.renew()
        partnership.save()
    PartnershipSide.objects.get_or_create(service_of=partnership)
    lane = lanes.open_lane(partnership.channel, me, opened.tenant_id)
    news = {"invitation": opened.subject_id, "partnership": str(partnership.key), "by": by.name, "company": by.company}
    lanes.emit(lane, ANSWERED, news)
    journal.record(partnership, "partnership.accepted", by=by, partner=partnership.lead_name)
    return partnership


@transaction.atomic
def decline(raw: str) -> None:
    """Say no to an invitation: whoever holds the link may. Raises Refused("invitation_is_void")."""
    opened = _use(raw)
    with doors.inside(opened):
        invitation = _lock(opened.subject_id)
        invitation.decline(timezone.now())
        invitation.save()
        timers.disarm(invitation.pk, EXPIRES)
        _tell_inviter(invitation, "declined")


def answered(invitation_id: int, partnership: Partnership, *, by: Actor) -> None:
    """The lead's half of an acceptance, heard over the lane: the invitation is answered, our side's row is made."""
    invitation = _lock(invitation_id)
    if can_proceed(invitation.accept):
        invitation.accept(timezone.now())
        invitation.save()
    timers.disarm(invitation.pk, EXPIRES)
    side, _ = PartnershipSide.objects.get_or_create(lead_of=partnership)
    side.company_id = invitation.company_id
    side.save(update_fields=["company"])
    _tell_inviter(invitation, "accepted", by.name)
    journal.record(partnership, "partnership.accepted", by=by, partner=partnership.service_name)


def expire(invitation_id: int) -> None:
    """Fourteen days are over. Fired by a timer; the clock is read under the lock."""
    invitation = _lock(invitation_id)
    if can_proceed(invitation.expire) and timezone.now() >= invitation.expires_at:
        invitation.expire()
        invitation.save()
        _tell_inviter(invitation, "expired")


@transaction.atomic
def pause(partnership: Partnership, *, by: Actor) -> Partnership:
    """No new offers until whoever paused resumes; what runs goes on."""
    partnership = _ready(partnership, "pause", by)
    partnership.pause(by_lead=partnership.lead_id == scope.tenant_id())
    partnership.save()
    _moved(partnership, "paused", by)
    return partnership


@transaction.atomic
def resume(partnership: Partnership, *, by: Actor) -> Partnership:
    """Offers may come again; only the side that paused may say so."""
    partnership = _ready(partnership, "resume", by)
    if partnership.paused_by_lead != (partnership.lead_id == scope.tenant_id()):
        raise Refused("partner_paused_it", partner=_other(partnership))
    partnership.resume()
    partnership.save()
    _moved(partnership, "resumed", by)
    return partnership


@transaction.atomic
def end(partnership: Partnership, *, by: Actor) -> Partnership:
    """Part ways; not while a handover runs or an offer is out."""
    partnership = _ready(partnership, "end", by)
    if Handover.objects.filter(partnership=partnership, status__in=["assigned", *_running()]).exists():
        raise Refused("partnership_has_handovers", partner=_other(partnership))
    partnership.end(timezone.now())
    partnership.save()
    journal.record(partnership, "partnership.ended", by=by)
    return partnership


def offerable() -> list[Partnership]:
    """The partners we may send work to now, by name."""
    mine = Partnership.objects.filter(lead_id=scope.tenant_id(), status=PartnershipStatus.ACTIVE)
    return list(mine.order_by("service_name"))


def _worded(invitation: Invitation, page: str, decline: str, by: Actor) -> tuple[str, str]:
    """The tenant's own subject and text with everything filled in, empty where the default stands."""
    own, tenant = settings.of_tenant(), Tenant.objects.get(pk=scope.tenant_id())
    if not own.invitation_body:
        return "", ""
    language = invitation.company.language or tenant.language
    known = dict(django_settings.LANGUAGES)
    with (
        translation.override(language if language in known else django_settings.LANGUAGE_CODE),
        timezone.override(ZoneInfo(tenant.time_zone)),
    ):
        values = {
            "lead_name": by.company,
            "inviter_name": by.name,
            "recipient_name": invitation.to_name,
            "accept_url": absolute(page),
            "decline_url": absolute(decline),
            "expires_at": moment(invitation.expires_at),
        }
    return letters.fill(own.invitation_subject, values), letters.fill(own.invitation_body, values)


def _running() -> tuple[str, ...]:
    return ("accepted", "in_progress", "waiting_approval")


def _ready(partnership: Partnership, move: str, by: Actor) -> Partnership:
    by.require("outsource.partners")
    locked = Partnership.objects.select_for_update(of=("self",), no_key=True).get(pk=partnership.pk)
    if not can_proceed(getattr(locked, move)):
        raise Refused("partnership_moved_on", status=locked.status)
    return locked


def _moved(partnership: Partnership, move: str, by: Actor) -> None:
    """Write down what we did, and let the other side hear of it."""
    me = scope.tenant_id()
    other = partnership.service_id if partnership.lead_id == me else partnership.lead_id
    lane = lanes.open_lane(partnership.channel, me, other)
    lanes.emit(lane, MOVED, {"partnership": str(partnership.key), "move": move, "by": by.name, "company": by.company})
    journal.record(partnership, f"partnership.{move}", by=by)


def _other(partnership: Partnership) -> str:
    return partnership.service_name if partnership.lead_id == scope.tenant_id() else partnership.lead_name


def _use(raw: str) -> doors.Opened:
    if (opened := doors.use(PURPOSE, raw)) is None:
        raise Refused("invitation_is_void")
    return opened


def _lock(pk: int) -> Invitation:
    return Invitation.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)


def _withdraw(invitation: Invitation, by: Actor) -> None:
    invitation.withdraw()
    invitation.save()
    doors.void(PURPOSE, invitation.pk)
    timers.disarm(invitation.pk, EXPIRES)
    journal.record(invitation, "partner.invitation_withdrawn", by=by)


def _tell_inviter(invitation: Invitation, answer: str, name: str = "") -> None:
    mail.post(
        "invitation_answered",
        [mail.Recipient.of(invitation.invited_by)],
        about=invitation,
        partner=invitation.company.name,
        answer=answer,
        by=name,
        url=reverse("outsourcing:partners", args=[doors.slug(scope.tenant_id())]),
    )
