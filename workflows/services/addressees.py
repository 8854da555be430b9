"""Whom at the customer's a request's mails go to, and the way to its page that is in them: bound to their reader, who
proves their mailbox before anything is shown (hostile test W4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from psa.directory.models import Contact
from psa.mail import mail
from psa.mail.models import OutgoingMail
from psa.tenancy import doors, scope
from tickets.models import Ticket
from workflows import links, working_days
from workflows.services import approvers, portal_access

# What these say of their reader is said of the contact; everybody else gets them as an approver.
TO_REVIEWERS = frozenset({"review_notice", "review_reminder", "review_closed", "request_news"})


def contact(ticket: Ticket) -> list[Contact]:
    """The request's contact, if mail can go to them."""
    return _reached([ticket.contact] if ticket.contact is not None else [])


def reviewers(ticket: Ticket) -> list[Contact]:
    """Who is told of a review: the contact first, then the approvers and their deputies of today, as far as they see
    the request in the portal (hostile test A6)."""
    today = timezone.now().astimezone(working_days.zone(ticket)).date()
    deciding = [one for seat in approvers.seats(ticket.company_id, today) for one in seat.people]
    told = [one for one in _reached(deciding) if portal_access.sees(ticket, one)]
    return _reached([*contact(ticket), *told])


def way(ticket: Ticket, contact: Contact) -> str:
    """A contact's own way to their request, for the mails the desk writes; "" for whoever cannot come in."""
    slug = doors.slug(scope.tenant_id())
    url = links.page("request", slug, ticket.number, contact)
    return "" if url == links.plain("request", slug, ticket.number) else url


def write(
    code: str, ticket: Ticket, people: Iterable[Contact], page: str = "request", **facts: Any
) -> list[OutgoingMail]:
    """The mail `code` about a request to these people, each in their language and with their own way to `page`, one of
    those `links.page` knows."""
    slug = doors.slug(scope.tenant_id())
    to = [_recipient(code, ticket, one, links.page(page, slug, ticket.number, one)) for one in people]
    about = {"ticket": str(ticket.number), "title": ticket.title, "url": links.plain(page, slug, ticket.number)}
    return mail.post(code, to, ticket, **about, **facts)


def _recipient(code: str, ticket: Ticket, one: Contact, url: str) -> mail.Recipient:
    reason = "decides" if code in TO_REVIEWERS and one.pk != ticket.contact_id else ""
    return mail.Recipient(one.name, one.email, one.language or one.company.language, reason, contact=one.pk, url=url)


def _reached(people: Iterable[Contact]) -> list[Contact]:
    """Each once and only with an address mail can go to."""
    known: dict[str, Contact] = {}
    for one in people:
        if one.is_active and one.email.strip():
            known.setdefault(one.email.strip().casefold(), one)
    return list(known.values())
