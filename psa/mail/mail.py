"""Writing a mail: a row for each recipient, in the author's transaction and their language. Nothing is sent here."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from email.utils import format_datetime
from typing import Any, Protocol
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models, transaction
from django.template.loader import get_template
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.safestring import SafeData

from psa.directory.models import Contact
from psa.fsm import can_proceed
from psa.journal import journal
from psa.mail import catalogue, headers, parts, placeholders, preferences, replies, wording
from psa.mail.models import Delivery, Enclosure, MailTemplate, MailWording, OutgoingMail, Way
from psa.mail.replies import Purpose
from psa.nudge import Nudge
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership, Tenant
from psa.web import figures, own_words

log = logging.getLogger(__name__)

nudge = Nudge("mail.send_due")


class Addressee(Protocol):
    """Whoever has a name, an address and a language: a member, a contact."""

    name: str
    email: str
    language: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets the mail. `reason` is a code of catalogue.REASONS and replaces the template's own reason line."""

    name: str
    email: str
    language: str = ""
    reason: str = ""
    member: int | None = None
    contact: int | None = None

    @classmethod
    def of(cls, person: Addressee, reason: str = "") -> Recipient:
        """A member, who may have preferences, or a contact."""
        member = person.pk if isinstance(person, Membership) else None
        contact = person.pk if isinstance(person, Contact) else None
        return cls(person.name, person.email, person.language, reason, member, contact)


class Unfit(Exception):
    """This one mail cannot be written; `code` is kept on its delivery."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Hold:
    """Mails that wait until `until` and can be taken back together by `key` until then."""

    key: UUID
    until: datetime


# A company's own wording of one mail, by language.
Worded = tuple[MailTemplate, dict[str, MailWording]]

_hold: ContextVar[Hold | None] = ContextVar("mail_hold", default=None)


@contextmanager
def held(key: UUID, until: datetime) -> Iterator[None]:
    """Every mail written in this block, by listeners too, leaves at `until` at the earliest; see `withdraw`."""
    token = _hold.set(Hold(key, until))
    try:
        yield
    finally:
        _hold.reset(token)


def withdraw(key: UUID, about: models.Model) -> bool:
    """Take back what is held under `key`: all of it nobody began to send, if the mail `about` this row is among it.

    False, and nothing happens, when that one was begun: claiming it and this lock the same row, so that a mail is
    sent or taken back and never both. Called in the transaction that takes back what the mail says.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A mail is taken back in the transaction of what it told of.")
    rows = Delivery.objects.select_for_update(of=("self",), no_key=True).select_related("mail").filter(hold=key)
    waiting = [row for row in rows.order_by("pk") if can_proceed(row.withdraw)]
    named = (about._meta.model_name, about.pk)
    if named not in {(row.mail.subject_type, row.mail.subject_id) for row in waiting}:
        return False
    for row in waiting:
        row.withdraw()
        row.save(update_fields=row.MOVES)
    return True


def post(code: str, to: Iterable[Recipient], about: models.Model | None = None, **context: Any) -> list[OutgoingMail]:
    """Write the mail `code` to everybody in `to`, once an address, with the variables the catalogue lists for it.

    Of news (the catalogue's kinds) each member hears as they prefer: at once, once a day, or not at all.
    Variables are plain values (texts, numbers, moments, lists and dicts of them), links are paths. Called in the
    author's transaction: no commit, no mail. What goes wrong with a template or an address is written on that mail's
    delivery and never reaches the author; an undeclared code or variable is the caller's mistake and a TypeError.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A mail is written in the transaction of the change it tells of.")
    variables = catalogue.fill(code, context)
    tenant = Tenant.objects.get(pk=scope.tenant_id())
    recipients = list({recipient.email.strip().casefold(): recipient for recipient in to}.values())
    kind = catalogue.MAILS[code].kind
    ways = preferences.ways(kind, [one.member for one in recipients if one.member]) if kind else {}
    worded = wording.of(code) if recipients and code in wording.codes() else None
    written = []
    for recipient in recipients:
        way = ways.get(recipient.member, Way.NOW)
        if way == Way.OFF:
            continue
        made = _write(code, recipient, tenant, variables, about, worded)
        if way == Way.NOW:
            written.append(made)
        elif recipient.member and not made[1]:
            preferences.keep(recipient.member, kind, made[0], str(variables.get("url") or ""), tenant)
    mails = OutgoingMail.objects.bulk_create([mail for mail, _ in written])
    Delivery.objects.bulk_create([_delivery(mail, error) for mail, error in written])
    nudge.on_commit()
    return mails


def enclose(mails: Iterable[OutgoingMail], name: str, content: bytes, content_type: str = "application/pdf") -> None:
    """Let a file go along with mails that were just written, in their transaction: before it ends none is sent."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A file goes along with a mail from the transaction that wrote it.")
    Enclosure.objects.bulk_create(
        [Enclosure(mail=mail, name=name, content=content, content_type=content_type) for mail in mails]
    )


def specimen(
    code: str, language: str, own: tuple[str, str] | None = None, facts: Mapping[str, Any] | None = None
) -> OutgoingMail:
    """A mail of the catalogue as its example says, in one language: to read, never stored and sent to nobody.

    `own` are a company's subject and text instead of the catalogue's, `facts` replace values of the example.
    Raises Unfit where the company's words cannot be used.
    """
    tenant = Tenant.objects.get(pk=scope.tenant_id())
    mail = OutgoingMail(code=code, to_name="Cleo Hansen", language=language)
    known = catalogue.MAILS[code].example
    variables = catalogue.fill(code, {**known, **{k: v for k, v in (facts or {}).items() if k in known}})
    _render(mail, Recipient(mail.to_name, "", language), tenant, variables, own)
    return mail


def _write(
    code: str,
    recipient: Recipient,
    tenant: Tenant,
    variables: Mapping[str, Any],
    about: models.Model | None,
    worded: Worded | None = None,
) -> tuple[OutgoingMail, str]:
    language = recipient.language or tenant.language
    mail = OutgoingMail(
        code=code,
        to_address=headers.one_line(recipient.email, 254),
        to_name=headers.person(recipient.name),
        language=language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE,
        subject_type=(about._meta.model_name or "") if about is not None else "",
        subject_id=about.pk if about is not None else None,
        message_id=f"<{uuid4().hex}@{settings.MAIL_DOMAIN}>",
    )
    mail.headers = {
        "From": headers.mailbox(tenant.mail_name or tenant.name, headers.bare(settings.DEFAULT_FROM_EMAIL)),
        "Date": format_datetime(mail.created_at),
        "Message-ID": mail.message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-Loop": replies.own_mark(),
        "Content-Language": mail.language,
    }
    if answered_at := _answered_at(code, recipient, about):
        mail.headers["Reply-To"] = answered_at
    try:
        _render_as_worded(mail, recipient, tenant, variables, worded)
        _check_address(recipient.email)
    except Unfit as error:
        return mail, error.code
    except Exception:  # whatever a template does: this mail is lost, the author's work is not
        log.exception("mail %s cannot be rendered in %s", code, mail.language)
        return mail, "template_error"
    return mail, ""


def _answered_at(code: str, recipient: Recipient, about: models.Model | None) -> str:
    """Where this recipient's answer comes in, "" where nobody waits for one. `about` is a ticket, or stands on one."""
    purpose, person = catalogue.MAILS[code].answer, recipient.member or recipient.contact
    if not settings.MAIL_IN or purpose is None or about is None or person is None:
        return ""
    return replies.address(replies.seal(purpose, getattr(about, "ticket_id", about.pk), person))


def _render_as_worded(
    mail: OutgoingMail, recipient: Recipient, tenant: Tenant, variables: Mapping[str, Any], worded: Worded | None
) -> None:
    """In the company's own words where it has some in this language and they can be used, else in the catalogue's."""
    own = worded[1].get(mail.language) if worded else None
    if worded is not None and own is not None:
        try:
            _render(mail, recipient, tenant, variables, (own.subject, own.text))
            return
        except Unfit as error:
            if error.code == "not_plain":
                raise
            wording.broken(worded[0], error.code)
        except Exception as error:  # whatever its words do: the mail is written in the catalogue's
            log.exception("The own wording of mail %s cannot be used in %s", mail.code, mail.language)
            wording.broken(worded[0], type(error).__name__)
    _render(mail, recipient, tenant, variables)


def _render(
    mail: OutgoingMail,
    recipient: Recipient,
    tenant: Tenant,
    variables: Mapping[str, Any],
    own: tuple[str, str] | None = None,
) -> None:
    if not _is_plain(variables):
        raise Unfit("not_plain")
    with translation.override(mail.language), written_as(tenant):
        why = str(catalogue.REASONS[recipient.reason]) if recipient.reason else ""
        kind = catalogue.MAILS[mail.code].kind
        change = preferences.address(tenant.slug, kind) if kind and recipient.member else ""
        mine = {
            "change_url": change,
            "company": tenant.name,
            "name": mail.to_name,
            "why": why,
            "language": mail.language,
            "answer": _becomes(mail),
        }
        name, given = f"mail/{mail.code}.html", {**variables, **mine}
        if own is not None:
            name, given = "mail/worded.html", {**given, "worded_from": name, **_in_own_words(mail.code, own, given)}
        html = get_template(name).render(given)
    found = parts.read(html)
    mail.subject, mail.reason = headers.one_line(found.subject), headers.one_line(found.reason)
    mail.text, mail.html = headers.storable(found.text), headers.storable(html)


@contextmanager
def written_as(tenant: Tenant) -> Iterator[None]:
    """Moments in the tenant's zone, numbers as it writes them, states as it calls them."""
    numbers, words = figures.numbers_as(tenant.number_format), own_words.spoken_as(tenant.wording)
    with timezone.override(ZoneInfo(tenant.time_zone)), numbers, words:
        yield


def _in_own_words(code: str, own: tuple[str, str], given: Mapping[str, Any]) -> dict[str, Any]:
    """Subject and text of a company, filled. Raises Unfit for a placeholder this mail does not have (any more)."""
    said = wording.words(code, given)
    if wrong := placeholders.unknown("\n".join(own), said):
        raise Unfit(f"placeholder_unknown {wrong[0]}")
    subject, text = (placeholders.fill(part, said) for part in own)
    return {"worded_subject": subject, "worded_text": text, "worded_above": wording.goes_through_a_list(code)}


def _becomes(mail: OutgoingMail) -> str:
    """What an answer to this mail becomes, for the line that says so: "message", "note", "mail", or "" for none."""
    purpose = catalogue.MAILS[mail.code].answer
    if "Reply-To" not in mail.headers or purpose is None:
        return ""
    return {Purpose.CONTACT: "message", Purpose.COLLEAGUE_TO_CUSTOMER: "mail"}.get(purpose, "note")


def _is_plain(value: Any) -> bool:
    """Templates get values: never markup, never rows, so no placeholder walks into what the recipient may not see."""
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _is_plain(inner) for key, inner in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    known = isinstance(value, str | int | Decimal | float | date | datetime | Promise)
    return value is None or (known and not isinstance(value, SafeData))


def _check_address(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise Unfit("address_invalid") from error


def _delivery(mail: OutgoingMail, error: str) -> Delivery:
    delivery, hold = Delivery(mail=mail), _hold.get()
    if error:
        delivery.fail(error)
    elif hold is not None:
        delivery.hold, delivery.due = hold.key, hold.until
    return delivery


@transaction.atomic
def send_again(delivery: Delivery, *, by: Actor) -> Delivery:
    """Try once more what did not arrive. Raises Denied, Refused("mail.is_empty"), ("mail.is_on_its_way")."""
    by.require("tenant.manage")
    return queue_again(delivery, by=by)


@transaction.atomic
def queue_again(delivery: Delivery, *, by: Actor) -> Delivery:
    """`send_again` for whoever asked for the right to it already: a mail of their ticket."""
    row = Delivery.objects.select_for_update(of=("self",), no_key=True).select_related("mail").get(pk=delivery.pk)
    if not row.mail.html or row.error == "address_invalid":
        raise Refused("mail.is_empty")
    if not can_proceed(row.again):
        raise Refused("mail.is_on_its_way")
    row.again()
    row.save(update_fields=row.MOVES)
    journal.record(row.mail, "mail.queued_again", by=by)
    nudge.on_commit()
    return row
