"""A company's own words for the mails Tandem writes, per language; the catalogue's stand until there are some.

Only subject and words are a company's: the list of facts, the button and the reason line stay the catalogue's. What
cannot be used (a placeholder a later version no longer has) blocks nothing: that mail goes out in the catalogue's
words, and the template says so.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from psa.journal import journal
from psa.mail import catalogue, placeholders
from psa.mail.models import MailTemplate, MailWording
from psa.mail.templatetags.mails import absolute, amount, hours, moment
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused

log = logging.getLogger(__name__)

# What somebody waits for with a key in it, or what is about a person's own account, is nobody's to word.
NOT_WORDED = {"invitation", "account_changed", "digest", "rule_mail", "rule_paused", "support_granted", "request_news"}
# Nor what somebody is bound by: an amount, a date, and what their silence means.
NOT_WORDED |= {"estimate_sent", "estimate_agreed", "estimate_answered", "estimate_expired"}
NOT_WORDED |= {"invoice_sent", "invoice_overdue"}
NOT_WORDED |= {"review_notice", "review_reminder", "review_closed", "review_recorded"}
# Variables that are codes, addresses of pages beside the button, or lists the catalogue's own words go through.
NOT_SAID = {"side", "rate_type", "direction", "when", "cause", "action", "decline_url", "joins", "extended", "is_new"}
NOT_SAID |= {"occasion"}
CODES = {("invitation_answered", "answer"), ("change_answered", "answer")}
# Without these a mail would not say what it is for.
MUST_SAY = {"public_note": ("text",)}
OF_EVERY_MAIL = ("company", "name")

VARIABLES: dict[str, Any] = {
    "company": _("our company"),
    "name": _("to whom it goes"),
    "ticket": _("number of the ticket"),
    "title": _("title of the ticket"),
    "partner": _("the other company"),
    "by": _("who did it"),
    "url": _("link to the page"),
    "answer_by": _("answer by"),
    "complete_by": _("complete by"),
    "reason": _("reason"),
    "text": _("what was written"),
    "minutes": _("hours"),
    "target": _("what was promised"),
    "due_at": _("until when it was promised"),
    "assignee": _("who is responsible"),
    "again_until": _("until when it can be opened again"),
    "minutes_authorised": _("authorised hours"),
    "currency": _("currency"),
    "company_name": _("the customer"),
    "customer": _("the customer"),
    "queue": _("queue"),
    "question": _("question"),
    "answer": _("answer"),
    "author": _("who wrote it"),
    "percent": _("per cent used"),
    "amount": _("amount"),
    "total": _("total"),
    "note": _("note"),
    "what": _("what was done"),
    "caller": _("who called"),
    "days": _("working days"),
    "submitted_at": _("submitted"),
    "since": _("since when"),
    "running": _("running work"),
    "waiting": _("how many wait"),
    "error": _("what is wrong"),
    "partner_ticket": _("the partner's number"),
    "cost": _("rate or amount"),
    "charges": _("authorised charges"),
    "place": _("place"),
    "instructions": _("instructions"),
    "part": _("part in per cent"),
    "lead": _("our company"),
    "network": _("network or vendor"),
    "contact": _("contact"),
    "phone": _("phone number"),
    "email": _("e-mail address"),
    "people": _("who goes"),
    "starts": _("start"),
    "due": _("until when"),
}


# What the pages call each mail.
LABELS: dict[str, Any] = {
    "customer_wrote": pgettext_lazy("mail", "The customer wrote"),
    "clock_told": pgettext_lazy("mail", "A service level is nearly or really missed"),
    "clarification_asked": pgettext_lazy("mail", "A question to the customer"),
    "clarification_reminder": pgettext_lazy("mail", "Reminder of a question"),
    "clarification_closed": pgettext_lazy("mail", "Closed without an answer"),
    "customer_answered": pgettext_lazy("mail", "The customer decided"),
    "work_returned": pgettext_lazy("mail", "Time was given back"),
    "decision_needed": pgettext_lazy("mail", "A dispatcher's decision is needed"),
    "portal_invitation": pgettext_lazy("mail", "Invitation to the customer portal"),
    "invitation_answered": pgettext_lazy("mail", "Invitation answered"),
    "offer_sent": pgettext_lazy("mail", "Offer sent or extended"),
    "offer_canceled": pgettext_lazy("mail", "Offer canceled"),
    "offer_accepted": pgettext_lazy("mail", "Offer accepted"),
    "offer_declined": pgettext_lazy("mail", "Offer declined"),
    "offer_reminder": pgettext_lazy("mail", "Reminder to answer an offer"),
    "offer_expired": pgettext_lazy("mail", "Offer expired"),
    "items_arrived": pgettext_lazy("mail", "News from the partner"),
    "fields_changed": pgettext_lazy("mail", "Fields changed by the partner"),
    "submitted": pgettext_lazy("mail", "Work submitted"),
    "recalled": pgettext_lazy("mail", "Submission recalled"),
    "rejected": pgettext_lazy("mail", "Work rejected"),
    "complete": pgettext_lazy("mail", "Handover complete"),
    "returned": pgettext_lazy("mail", "Work returned"),
    "taken_back": pgettext_lazy("mail", "Work taken back"),
    "link_trouble": pgettext_lazy("mail", "Link trouble"),
    "partner_unavailable": pgettext_lazy("mail", "Partner unavailable"),
    "public_note": pgettext_lazy("mail", "Note to the customer"),
    "call_noted": pgettext_lazy("mail", "Call noted"),
    "hand_off_answered": pgettext_lazy("mail", "Hand-off answered"),
    "ticket_forwarded": pgettext_lazy("mail", "Ticket forwarded"),
    "ticket_assigned": pgettext_lazy("mail", "Ticket assigned"),
    "mentioned": pgettext_lazy("mail", "Mentioned in a note"),
    "watched": pgettext_lazy("mail", "News on a watched ticket"),
    "queue_ticket": pgettext_lazy("mail", "New ticket in a queue"),
    "referral_sent": pgettext_lazy("mail", "Referral to a network"),
    "release_requested": pgettext_lazy("mail", "Release requested"),
    "release_given": pgettext_lazy("mail", "Release given"),
    "release_refused": pgettext_lazy("mail", "Release refused"),
    "hours_used": pgettext_lazy("mail", "Authorised hours used up"),
    "change_proposed": pgettext_lazy("mail", "Change of terms proposed"),
    "change_answered": pgettext_lazy("mail", "Change of terms answered"),
    "question_asked": pgettext_lazy("mail", "Question asked"),
    "question_answered": pgettext_lazy("mail", "Question answered"),
    "completion_due": pgettext_lazy("mail", "Completion due"),
    "approval_waiting": pgettext_lazy("mail", "Submission not answered"),
    "visit_unprepared": pgettext_lazy("mail", "Visit planned late or not prepared"),
}


def codes() -> list[str]:
    """The mails of the catalogue a company may word."""
    return [code for code, one in catalogue.MAILS.items() if not one.has_key and code not in NOT_WORDED]


def variables(code: str) -> list[str]:
    """What the words of this mail may name: everything in it that is a word by itself."""
    found = [
        name
        for name, example in catalogue.MAILS[code].example.items()
        if name not in NOT_SAID and (code, name) not in CODES and not isinstance(example, list | dict | bool)
    ]
    return [*found, *OF_EVERY_MAIL]


def goes_through_a_list(code: str) -> bool:
    """Whether the catalogue's own words list something, and so stand below the company's."""
    return any(isinstance(value, list) for value in catalogue.MAILS[code].example.values())


def words(code: str, values: Mapping[str, Any]) -> dict[str, str]:
    """The variables as their reader's language writes them; active language, zone and numbers are the mail's."""
    return {name: _said(name, values.get(name), str(values.get("currency") or "EUR")) for name in variables(code)}


def _said(name: str, value: Any, currency: str) -> str:
    if value is None or value == "":
        return ""
    if name == "url":
        return absolute(str(value))
    if isinstance(value, datetime | date):
        return moment(value)
    if name.startswith("minutes"):
        return hours(value)
    return amount(value, currency) if isinstance(value, Decimal) else str(value)


# What is written ------------------------------------------------------------------------------------------------------
def of(code: str) -> tuple[MailTemplate, dict[str, MailWording]] | None:
    """A company's own wording of a mail, by language; None where the catalogue's stands. One statement."""
    rows = list(MailWording.objects.filter(template__code=code, template__deleted_at=None).select_related("template"))
    return (rows[0].template, {row.language: row for row in rows}) if rows else None


def check(subject: str, text: str, known: list[str], must: tuple[str, ...] = ()) -> None:
    """Raise Refused("placeholder_unknown"), ("mail_text_missing") or ("placeholder_missing")."""
    if not subject.strip() or not text.strip():
        raise Refused("mail_text_missing")
    if wrong := placeholders.unknown(f"{subject}\n{text}", known):
        shown = ", ".join(f"{{{name}}}" for name in wrong)
        raise Refused("mail_placeholder_unknown", names=shown, known=", ".join(f"{{{name}}}" for name in known))
    if missing := [name for name in must if name not in placeholders.named(text)]:
        raise Refused("mail_placeholder_missing", names=", ".join(f"{{{name}}}" for name in missing))


def broken(template: MailTemplate, code: str) -> None:
    """Remember that this wording could not be used and why; the mail went out in the catalogue's words."""
    log.warning("The wording of mail %s cannot be used: %s", template.code, code)
    MailTemplate.objects.filter(pk=template.pk).update(broken=code[:80], broken_at=timezone.now())


@transaction.atomic
def save(
    code: str, wanted: Mapping[str, tuple[str, str]], *, by: Actor, known: list[str], name: str = "", version: int = 0
) -> MailTemplate:
    """Word a mail: subject and text by language; a language left out has the catalogue's words.

    A new mail of one's own has a `name` and no code. `version` is the one the form showed, 0 for a new one.
    Raises Refused("mail_placeholder_unknown"), ("mail_text_missing"), ("changed_meanwhile"), Denied.
    """
    by.require("template.manage")
    for subject, text in wanted.values():
        check(subject, text, known, MUST_SAY.get(code, ()))
    if not wanted:
        raise Refused("mail_text_missing")
    rows = MailTemplate.objects.select_for_update(of=("self",), no_key=True)
    template = rows.filter(code=code).first() if code else None
    if template is None:
        template = MailTemplate(code=code or f"own-{uuid.uuid4()}", version=0)
    elif version != template.version and template.deleted_at is None:
        raise Refused("changed_meanwhile")
    before = _texts(template) if template.pk else {}
    old_name = template.name
    template.name, template.deleted_at, template.broken, template.broken_at = name, None, "", None
    template.version, template.changed_at, template.changed_by_id = (
        template.version + 1,
        timezone.now(),
        by.membership_id,
    )
    template.save()
    MailWording.objects.filter(template=template).delete()
    MailWording.objects.bulk_create(
        MailWording(template=template, language=language, subject=subject.strip(), text=text.strip())
        for language, (subject, text) in wanted.items()
    )
    after = _texts(template)
    if (before, old_name) != (after, name):
        journal.record(template, "mail_template.changed", by=by, code=template.code, name=name, old=before, new=after)
    return template


@transaction.atomic
def reset(template: MailTemplate, *, by: Actor) -> None:
    """Back to the catalogue's words; a mail of one's own is gone, and rules that send it say so. Raises Denied."""
    by.require("template.manage")
    row = MailTemplate.objects.select_for_update(of=("self",), no_key=True).get(pk=template.pk)
    old = _texts(row)
    if row.deleted_at is None:
        row.deleted_at, row.version, row.broken, row.broken_at = timezone.now(), row.version + 1, "", None
        row.save(update_fields=["deleted_at", "version", "broken", "broken_at"])
        journal.record(
            row,
            "mail_template.deleted" if row.is_own else "mail_template.reset",
            by=by,
            code=row.code,
            name=row.name,
            old=old,
        )


def _texts(template: MailTemplate) -> dict[str, str]:
    rows = MailWording.objects.filter(template=template)
    return {f"{part}.{row.language}": getattr(row, part) for row in rows for part in ("subject", "text")}
