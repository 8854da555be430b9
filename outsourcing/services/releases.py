"""Asking for a release over one's limit, giving it, refusing it, and taking the request back (outsourcing spec §2)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from outsourcing.links import Link, links, moved_on, must
from outsourcing.models import Handover, Partnership, Proposal, Release, ReleaseAction, ReleaseStatus, Side
from outsourcing.services import agreement, ending, history, limits, open_releases, proposals, sending
from outsourcing.terms import Draft, plain
from psa.journal import journal
from psa.journal.models import Entry
from psa.mail import mail
from psa.mail.mail import Recipient
from psa.tenancy import doors, scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import permissions
from tickets.models import Ticket
from tickets.services.locking import lock

# Entries of the requests themselves, which say nothing about the handover.
OWN = "handover.release_"


def connect() -> None:
    """Listen to what happens to handovers. Called once, when the app starts."""
    journal.subscribe("handover.*", on_move)


@transaction.atomic
def ask(ticket: Ticket, action: str, note: str = "", *, by: Actor) -> Release:
    """Ask those who may to do `action` on the ticket's handover; they get a mail and the folder *To release*.

    Raises Refused("release_not_needed"), ("release_is_requested"), ("nobody_may_release"), ("handover_moved_on"),
    Denied.
    """
    by.require("outsource.send")
    ticket = lock(ticket)
    link = must(ticket, Side.LEAD)
    permissions.require(ticket, "ticket.edit", by)
    if link.handover.status not in open_releases.OPEN_IN[ReleaseAction(action)]:
        raise moved_on(link.handover)
    return _ask(ticket, link, action, *open_releases.amount(link), note, by)


@transaction.atomic
def ask_to_change(
    handover: Handover, changes: dict[str, Any], reason: str, *, by: Actor, proposal: Proposal | None = None
) -> Release:
    """*Authorise more* over one's limit (T16): ask those who may to propose these terms, or to agree to the partner's
    `proposal`. What would keep it from being proposed is said now.

    Raises Refused as proposals.propose and `ask` do, Denied.
    """
    handover, ticket = proposals.taken(handover, by)
    if ticket is None:
        raise Refused("handover_moved_on", status=handover.status)
    link = must(ticket, Side.LEAD)
    if proposal is not None:
        changes = proposals.values(proposals.to_answer(proposal, handover, "accept"))
    terms, wanted = proposals.examined(handover, changes)
    kept = {"changes": plain(wanted), "terms_version": terms.version, "proposal": proposal.key if proposal else None}
    total = proposals.comes_to(terms, wanted)
    return _ask(ticket, link, ReleaseAction.CHANGE, total, terms.currency, reason, by, **kept)


def _ask(
    ticket: Ticket, link: Link, action: str, amount: Decimal, currency: str, note: str, by: Actor, **kept: Any
) -> Release:
    """Write the request down and tell those who may; ticket and handover are locked."""
    if limits.suffices(amount, by):
        raise Refused("release_not_needed")
    if other := open_releases.of(link.handover).filter(action=action).first():
        raise Refused("release_is_requested", by=other.requested_by.name)
    people = limits.who_may(ticket, amount, but=by.membership_id)
    if not people:
        raise Refused("nobody_may_release", total=str(amount), currency=currency)
    release = Release.objects.create(
        handover=link.handover,
        action=action,
        amount=amount,
        currency=currency,
        requested_by_id=by.membership_id,
        note=note,
        **kept,
    )
    history.told(link.handover, "release_requested", by=by, ticket=ticket, reason=note, **_facts(release))
    mail.post(
        "release_requested",
        [Recipient.of(person, "approver") for person in people],
        about=release,
        by=by.name,
        note=note,
        **_told(release, link, ticket),
    )
    return release


@transaction.atomic
def ask_to_send(
    ticket: Ticket, partnership: Partnership, draft: Draft, *, by: Actor, seen: str | None = None
) -> Release:
    """Keep the offer as a draft and ask for its release; what would keep it from being sent is said now."""
    agreement.require()
    sending.answer_until(draft)
    sending.prepare(ticket, partnership, draft, by=by, seen=seen)
    return ask(ticket, ReleaseAction.SEND, by=by)


@transaction.atomic
def give(release: Release, *, by: Actor) -> Handover:
    """Do what was asked for, as who releases it, in the name of the request.

    Raises Refused("release_is_answered"), ("over_your_limit") and what the move itself refuses, Denied."""
    release, link, ticket = _to_decide(release, by)
    release.give(timezone.now(), by.membership_id)
    release.save()
    entry = history.told(
        link.handover, "release_given", by=by, ticket=ticket, asked_by=release.requested_by.name, **_facts(release)
    )
    done = _DO[ReleaseAction(release.action)](ticket, link, release, by.because(entry))
    _answer("release_given", release, link, ticket, by)
    return done


@transaction.atomic
def refuse(release: Release, reason: str, *, by: Actor) -> Release:
    """Say no, and why; who asked reads it. Raises Refused("release_is_answered"), ("over_your_limit"), Denied."""
    release, link, ticket = _to_decide(release, by)
    release.refuse(timezone.now(), by.membership_id, reason)
    release.save()
    asked_by = release.requested_by.name
    history.told(
        link.handover, "release_refused", by=by, ticket=ticket, reason=reason, asked_by=asked_by, **_facts(release)
    )
    _answer("release_refused", release, link, ticket, by, reason=reason)
    return release


@transaction.atomic
def withdraw(release: Release, *, by: Actor) -> Release:
    """Take the request back: who asked may, and whoever may outsource this ticket."""
    release, link, ticket = _locked(release, by)
    release.withdraw(timezone.now(), by.membership_id)
    release.save()
    history.told(link.handover, "release_withdrawn", by=by, ticket=ticket, **_facts(release))
    return release


def on_move(entry: Entry) -> None:
    """A handover of ours moved: what was asked for may be past."""
    if entry.data.get("side") != Side.LEAD or entry.kind.startswith(OWN) or entry.subject_type != "ticket":
        return
    if "handover" not in entry.data:  # of one of our items, not of the handover
        return
    if not Release.objects.filter(handover__key=entry.data["handover"], status=ReleaseStatus.REQUESTED).exists():
        return
    ticket = Ticket.objects.get(pk=entry.subject_id)
    link = next((one for one in links(ticket) if str(one.handover.key) == entry.data["handover"]), None)
    if link is not None and link.is_lead:
        open_releases.drop_stale(link, ticket, by=Actor.system("handover"))


Do = Callable[[Ticket, Link, Release, Actor], Handover]


def _send(ticket: Ticket, link: Link, release: Release, by: Actor) -> Handover:
    draft = Draft.from_json(link.lead_side.draft)
    return sending.send(ticket, link.handover.partnership, draft, by=by, asked_by=release.requested_by)


def _change(ticket: Ticket, link: Link, release: Release, by: Actor) -> Handover:
    if release.proposal:
        proposed = Proposal.objects.select_related("handover").get(key=release.proposal)
        proposals.accept(proposed, by=by, version=release.terms_version)
    else:
        proposals.propose(link.handover, proposals.values(release), release.note, by=by)
    return link.handover


_DO: dict[ReleaseAction, Do] = {
    ReleaseAction.SEND: _send,
    ReleaseAction.APPROVE: lambda ticket, link, release, by: ending.approve(ticket, by=by),
    ReleaseAction.COMPLETE: lambda ticket, link, release, by: ending.complete(ticket, by=by),
    ReleaseAction.CHANGE: _change,
}


def _locked(release: Release, by: Actor) -> tuple[Release, Link, Ticket]:
    by.require("outsource.send")
    ticket = lock(open_releases.own_row(release).ticket)
    permissions.require(ticket, "ticket.edit", by)
    rows = Release.objects.select_for_update(of=("self",), no_key=True).select_related("requested_by", "decided_by")
    release = rows.get(pk=release.pk)
    if not release.is_open:
        name = release.decided_by.name if release.decided_by else ""
        raise Refused("release_is_answered", status=release.status, by=name)
    link = next(one for one in links(ticket) if one.handover.pk == release.handover_id)
    return release, link, ticket


def _to_decide(release: Release, by: Actor) -> tuple[Release, Link, Ticket]:
    release, link, ticket = _locked(release, by)
    limits.check(release.amount, release.currency, by)
    return release, link, ticket


def _facts(release: Release) -> dict[str, Any]:
    return {"action": release.action, "amount": str(release.amount), "currency": release.currency}


def _told(release: Release, link: Link, ticket: Ticket) -> dict[str, Any]:
    """The variables all three mails share; the link leads to the request."""
    return {
        "partner": link.partner,
        "ticket": str(ticket.number),
        "title": ticket.title,
        "url": reverse("outsourcing:release", args=[doors.slug(scope.tenant_id()), release.pk]),
        "action": release.action,
        "amount": release.amount,
        "currency": release.currency,
    }


def _answer(code: str, release: Release, link: Link, ticket: Ticket, by: Actor, **more: Any) -> None:
    if release.requested_by.is_active:
        to = [Recipient.of(release.requested_by)]
        mail.post(code, to, about=release, by=by.name, **_told(release, link, ticket), **more)
