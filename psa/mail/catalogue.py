"""Every mail there is: its code, what its template may use, and an example of it that the tests render.

In every mail there are besides: `company` (the tenant that writes), `name` (the recipient), `language` and `why` (the
recipient's reason line, where one was named). Links are paths; moments are aware; amounts are net Decimals in
`currency`; durations are minutes. `partner` is the other company of a handover as the writing tenant calls it, `ticket`
the number the recipient knows the ticket by, `side` the recipient's own side, "lead" or "service".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from psa.mail.examples import CHANGES, DESK, EARLY, ESTIMATE, FROM_LEAD, LATE, OFFER, REQUEST, SIDE, TICKET
from psa.mail.replies import Purpose

# Why somebody gets a mail, where the template's own line does not say it well enough.
REASONS = {
    "sender": _("You receive this mail because you sent this work to the partner."),
    "assignee": _("You receive this mail because the ticket is assigned to you."),
    "owner": _("You receive this mail because you own the ticket."),
    "partners": _("You receive this mail because you manage the partners of your company."),
    "address": _("You receive this mail because this is your company's address for news from this partner."),
    "approver": _("You receive this mail because you may release work to partners."),
    "contact": _("You receive this mail because you are the contact of this ticket."),
    "decides": _("You receive this mail because you decide on estimates for your company."),
    "dispatcher": _("You receive this mail because you see to what was left open."),
    "watcher": _("You receive this mail because you watch the ticket."),
}


@dataclass(frozen=True, slots=True)
class Mail:
    """What one mail needs, what it may have besides, each with an example value.

    `kind` is the news it brings, which each recipient may want at once, once a day or not (psa.mail.preferences); a
    mail without one is always sent: somebody waits for an answer, or a key is in it. The links of a mail with
    `has_key` open a door for whoever holds them: the recipient, not a reader of the outbox. `answer` says whose answer
    comes in by mail and what it becomes; a mail without it is answered by nobody.
    """

    needs: Mapping[str, Any]
    may_have: Mapping[str, Any] = field(default_factory=dict)
    has_key: bool = False
    kind: str = ""
    answer: Purpose | None = None

    @property
    def example(self) -> dict[str, Any]:
        """Every variable with its example."""
        return {**self.needs, **self.may_have}


MAILS: dict[str, Mail] = {
    # To a customer's contact: into the portal.
    "portal_code": Mail({"proof": "402913", "minutes": 15}, has_key=True),
    "portal_invitation": Mail({"by": "Max Petersen", "url": "/nordlicht/portal/"}),
    # To somebody outside, by the lead. `own_subject` and `own_text` are the tenant's wording, placeholders filled in.
    "invitation": Mail(
        {
            "lead": "Nordlicht IT",
            "inviter": "Max Petersen",
            "url": "/invitations/4f9a/",
            "decline_url": "/invitations/4f9a/decline/",
            "expires_at": LATE,
        },
        {"own_subject": "Work with us", "own_text": "Dear Gunta,\nwe would like to work with you in Riga."},
        has_key=True,
    ),
    # To the invited mailbox, by the lead: whoever holds the link is signed in under another address.
    "invitation_code": Mail({"lead": "Nordlicht IT", "proof": "402913", "minutes": 15}, has_key=True),
    # To the lead. `answer` is "accepted", "declined" or "expired".
    "invitation_answered": Mail(
        {"partner": "Baltic Service", "answer": "accepted", "url": "/nordlicht/partners/"},
        {"by": "Gunta Bērziņa", "reason": "We have no technician in the region."},
    ),
    # To the service partner. `rate_type` is "hourly" or "flat" and says what `cost` is; `extended` means a later
    # answer-by.
    "offer_sent": Mail(
        OFFER,
        {
            "by": "Ada Brandt",
            "rate_type": "hourly",
            "cost": Decimal("60.00"),
            "currency": "EUR",
            "minutes": 300,
            "charges": Decimal("50.00"),
            "complete_by": LATE,
            "place": "Pärnu mnt 12, Tallinn",
            "instructions": "Please ring at the gate.\nThe spare part is on site.",
            "extended": False,
        },
    ),
    "offer_canceled": Mail(FROM_LEAD, {"by": "Ada Brandt", "reason": "The customer has withdrawn the order."}),
    "offer_accepted": Mail(TICKET, {"by": "Gunta Bērziņa", "partner_ticket": "BS-77", "complete_by": LATE}),
    "offer_declined": Mail(TICKET, {"by": "Gunta Bērziņa", "reason": "No technician is free this week."}),
    "offer_reminder": Mail(OFFER),
    "offer_expired": Mail({**SIDE, "answer_by": EARLY}),
    # A digest. Each item: kind ("note", "attachment", "time_entry", "charge", "checklist_item"), by, at, text, and
    # change ("added", "changed", "withdrawn"). What is counted has `minutes` and `worked_on`, or `quantity` and `unit`.
    "items_arrived": Mail(
        {
            **TICKET,
            "items": [
                {
                    "kind": "note",
                    "change": "added",
                    "by": "Gunta Bērziņa",
                    "at": EARLY,
                    "text": "The switch is replaced.",
                },
                {"kind": "attachment", "change": "added", "by": "Gunta Bērziņa", "at": EARLY, "text": "protocol.pdf"},
                {
                    "kind": "time_entry",
                    "change": "changed",
                    "by": "Gunta Bērziņa",
                    "at": EARLY,
                    "text": "",
                    "minutes": 90,
                },
                {
                    "kind": "charge",
                    "change": "added",
                    "by": "Gunta Bērziņa",
                    "at": EARLY,
                    "text": "Cable",
                    "quantity": Decimal("2.50"),
                    "unit": "m",
                },
                {
                    "kind": "checklist_item",
                    "change": "changed",
                    "by": "Gunta Bērziņa",
                    "at": EARLY,
                    "text": "Port check",
                },
            ],
        },
    ),
    # Each change: field (its label), old, new (as they are read).
    "fields_changed": Mail(
        {**TICKET, "changes": [{"field": "Due", "old": "2 March", "new": "6 March"}]}, {"by": "Gunta Bērziņa"}
    ),
    "submitted": Mail(
        TICKET,
        {"by": "Gunta Bērziņa", "text": "Switch replaced, ports tested.", "minutes": 255, "minutes_authorised": 300},
    ),
    "recalled": Mail(TICKET, {"by": "Gunta Bērziņa"}),
    # `remarks` are the remarks on single items.
    "rejected": Mail(
        {**FROM_LEAD, "reason": "Port 12 is still dead."},
        {"by": "Ada Brandt", "remarks": ["The photo shows another rack."]},
    ),
    "complete": Mail(SIDE, {"by": "Ada Brandt", "minutes": 255, "total": Decimal("295.00"), "currency": "EUR"}),
    "returned": Mail({**SIDE, "reason": "The spare part does not fit."}, {"by": "Gunta Bērziņa"}),
    "taken_back": Mail({**SIDE, "reason": "The customer does it alone."}, {"by": "Ada Brandt"}),
    # `error` says in words why, `waiting` how many changes wait.
    "link_trouble": Mail(
        {**TICKET, "since": EARLY}, {"error": "The other side has no ticket for it yet.", "waiting": 3}
    ),
    # To those who deal with the partner. `cause` is "suspended" (nobody there can sign in) or "paused".
    "partner_unavailable": Mail(
        {"partner": "Baltic Service", "cause": "suspended", "since": EARLY, "running": 3, "url": "/nordlicht/"}
    ),
    # To the customer's contact: a note written for them. `partner` is not named.
    "public_note": Mail(
        {
            "ticket": "NL-1042",
            "title": "Replace the switch in Tallinn",
            "author": "Ada Brandt",
            "text": "Good morning,\nthe new switch is in place.",
        },
        {"url": "/nordlicht/tickets/1042/"},
        answer=Purpose.CONTACT,
    ),
    # To the assignee: somebody else noted a call about their ticket. `direction` is "in" or "out".
    "call_noted": Mail(
        {
            "ticket": "1042",
            "title": "Replace the switch in Tallinn",
            "by": "Max Petersen",
            "caller": "Cleo Hansen",
            "direction": "in",
            "text": "The switch rattles again.\nPlease call back before noon.",
            "url": "/nordlicht/tickets/1042/",
        },
        {"minutes": 6},
        kind="calls",
    ),
    # To whoever handed something to another role: it came back with a question, or it is done with a word.
    "hand_off_answered": Mail(
        {
            "title": "A bigger switch for Tallinn",
            "by": "Kai Vogt",
            "text": "With 24 or with 48 ports?",
            "is_done": False,
            "url": "/nordlicht/hand-offs/12/",
        }
    ),
    # To whom a ticket was forwarded; `joins` means beside the assignee.
    "ticket_forwarded": Mail(
        {
            "ticket": "1042",
            "title": "Replace the switch in Tallinn",
            "by": "Max Petersen",
            "customer": "Reederei Hansen",
            "joins": False,
            "url": "/nordlicht/tickets/1042/",
        },
        {"note": "The customer expects a call\nbefore noon."},
    ),
    # To whom a ticket was given by somebody else.
    "ticket_assigned": Mail({**DESK, "company_name": "Reederei Hansen"}, kind="assigned", answer=Purpose.COLLEAGUE),
    # To whoever is named by @ in a note.
    "mentioned": Mail(
        {**DESK, "text": "@Ada Brandt, could you look at the switch?"}, kind="mentioned", answer=Purpose.COLLEAGUE
    ),
    # To who watches a ticket. `what` says what somebody did, `text` what they wrote.
    "watched": Mail(
        {**DESK, "what": _("wrote a note")},
        {"text": "The switch is replaced."},
        kind="watched",
        answer=Purpose.WATCHER,
    ),
    # To who is responsible, when the customer wrote; the answer goes to the customer.
    "customer_wrote": Mail(
        DESK, {"text": "It does it again."}, kind="customer_wrote", answer=Purpose.COLLEAGUE_TO_CUSTOMER
    ),
    # To a known contact whose mail, or whose words in the portal, became a ticket. Nothing of what they wrote is in it
    # (hostile test M7).
    "request_received": Mail(
        {"ticket": "1042"}, {"url": "/nordlicht/portal/requests/1042/"}, has_key=True, answer=Purpose.CONTACT
    ),
    # To the members of a queue.
    "queue_ticket": Mail(
        {**DESK, "company_name": "Reederei Hansen", "queue": "Service desk"}, kind="queue", answer=Purpose.COLLEAGUE
    ),
    # To the assignee and the dispatchers. `what` is "warned" (three quarters are spent) or "breached"; `target` is the
    # promise by its name, `minutes` of working time were promised.
    "clock_told": Mail(
        {
            **{name: DESK[name] for name in ("ticket", "title", "url")},
            "what": "warned",
            "target": "Resolution",
            "minutes": 480,
            "due_at": LATE,
            "company_name": "Reederei Hansen",
        },
        {"assignee": "Ada Brandt"},
        kind="clocks",
    ),
    # What somebody wanted once a day. Each line: subject, url.
    "digest": Mail({"lines": [{"subject": "Note on Replace the switch (1042)", "url": "/nordlicht/tickets/1042/"}]}),
    # To the customer, of a solution to review. `until` is the exact moment, in `zone`; without one nothing happens by
    # itself. `cause` of a new notice: "answered", "resumed", "contact", "calendar", "extended", "handover".
    "review_notice": Mail(
        REQUEST,
        {
            "until": LATE,
            "zone": "Europe/Berlin",
            "days": 5,
            "text": "The switch is replaced.\nPlease try every port.",
            "in_production": False,
            "cause": "answered",
        },
        answer=Purpose.CONTACT,
    ),
    "review_reminder": Mail(
        {**REQUEST, "until": LATE, "zone": "Europe/Berlin"}, {"is_last": True}, answer=Purpose.CONTACT
    ),
    # `again_until` is how long the request can be opened again.
    "review_closed": Mail({**REQUEST, "until": EARLY}, {"again_until": LATE}, answer=Purpose.CONTACT),
    # To the contact in whose name somebody recorded a decision: "accept", "deploy", "defect", "objection".
    "review_recorded": Mail(
        {**REQUEST, "by": "Max Petersen", "word": "accept", "text": "Said so on the phone."}, answer=Purpose.CONTACT
    ),
    # `news` is "taken_back", "planned", "replanned" or "stood_down".
    "request_news": Mail({**REQUEST, "news": "planned"}, {"begins": EARLY, "ends": LATE}, answer=Purpose.CONTACT),
    "clarification_asked": Mail({**REQUEST, "text": "Which port is free?"}, answer=Purpose.CONTACT),
    # `ends`: a request nobody answers to is closed.
    "clarification_reminder": Mail(
        {**REQUEST, "text": "Which port is free?"}, {"is_last": True, "ends": True}, answer=Purpose.CONTACT
    ),
    "clarification_closed": Mail({**REQUEST, "again_until": LATE}, answer=Purpose.CONTACT),
    # To whoever is responsible: what the customer said of their work.
    "customer_answered": Mail({**DESK, "what": _("accepted the solution")}, {"text": "Thank you!"}, kind="answers"),
    # To whoever logged time or a charge: it was not approved.
    "work_returned": Mail(DESK, {"text": "Please say which port it was."}, kind="returned"),
    # To dispatchers: something waits for one of them. `what` is a task's sentence.
    "decision_needed": Mail(
        {
            "ticket": "1042",
            "title": "Replace the switch in Tallinn",
            "what": "A mail about the review did not arrive.",
            "url": "/nordlicht/tickets/1042/",
        },
        kind="decisions",
    ),
    # To a network or vendor outside the portal, by the lead; `contact` and `phone` are whom to ask there.
    "referral_sent": Mail(
        {
            "lead": "Nordlicht IT",
            "network": "Freelancer-Pool Nord",
            "ticket": "1042",
            "title": "Replace the switch in Tallinn",
            "contact": "Ada Brandt",
        },
        {"note": "Two hours on site,\nany day this week.", "email": "ada@nordlicht.example", "phone": "+49 431 555 02"},
    ),
    # To a new colleague. `is_new`: they never had a password, the link lets them set one; else they sign in as ever.
    "member_welcome": Mail(
        {"by": "Max Petersen", "url": "/accounts/password/reset/key/1-abc/"}, {"is_new": True}, has_key=True
    ),
    # To whoever asked for a new password, in the outbox of a company they work for.
    "password_reset": Mail({"url": "/accounts/password/reset/key/1-abc/"}, has_key=True),
    # To a person whose way of signing in has changed. `what` is "password", "app_added", "app_removed", "key_added",
    # "key_removed" or "codes".
    "account_changed": Mail({"what": "password", "url": "/accounts/sessions/"}),
    # To the other administrators once one of them lets the support look in. `operator`: that one alone, else all.
    "support_granted": Mail(
        {"by": "Max Petersen", "hours": 4, "ends_at": LATE, "url": "/nordlicht/support/", "text": "The list is slow."},
        {"operator": "Olga Operator"},
    ),
    # To those who may authorise it, and back to who asked. `action` is "send", "approve", "complete" or "change".
    "release_requested": Mail(
        {**TICKET, "by": "Ada Brandt", "action": "send", "amount": Decimal("900.00"), "currency": "EUR"},
        {"note": "The customer waits for it."},
    ),
    "release_given": Mail(
        {**TICKET, "by": "Max Petersen", "action": "send", "amount": Decimal("900.00"), "currency": "EUR"}
    ),
    "release_refused": Mail(
        {
            **TICKET,
            "by": "Max Petersen",
            "action": "send",
            "amount": Decimal("900.00"),
            "currency": "EUR",
            "reason": "Please ask the other partner first.",
        }
    ),
    # To an approver. `occasion` is "sent", "revised", "turn" (those before agreed), "passed" (`by`, with `note`) or
    # "reminder". Each change: field (its label), old, new, `kind`, `in`.
    "estimate_sent": Mail(
        {**ESTIMATE, "occasion": "revised", "by": "Ada Brandt", "expires": LATE},
        {
            "text": "The old switch cannot be repaired.",
            "note": "You know the budget.",
            "changes": [
                {"field": "Minutes", "kind": "hours", "old": 120, "new": 150, "in": "EUR"},
                {"field": "Tolerance", "kind": "per_cent", "old": 0, "new": 10, "in": "EUR"},
            ],
        },
    ),
    # To the approver who accepted, with the estimate as PDF.
    "estimate_agreed": Mail({**ESTIMATE, "at": EARLY}),
    # To a contact whose decision somebody here recorded. `answer` is "accepted", "declined" or "returned", `proof` what
    # shows it; the link says "this was not me".
    "estimate_recorded": Mail(
        {
            **ESTIMATE,
            "answer": "accepted",
            "by": "Max Petersen",
            "proof": "Call note",
            "text": "Called at 10:15.",
            "not_me_url": "/estimates/not-me/4f9a/",
        },
        has_key=True,
    ),
    # To who works on it. `answer` as above or "expired"; `recorded_by` where it was recorded on the customer's behalf.
    "estimate_answered": Mail(
        {**DESK, "version": 2, "answer": "accepted"},
        {"text": "Please before Friday.", "recorded_by": "Max Petersen", "due": LATE},
    ),
    # To the dispatchers: nobody answered. `is_over` where the request ended with it.
    "estimate_expired": Mail(
        {"ticket": "1042", "title": "Replace the switch in Tallinn", "url": "/nordlicht/tickets/1042/", "version": 2},
        {"company_name": "Reederei Hansen", "is_over": True},
    ),
    # `occasion` is "late" (planned after the cut-off, with its `reason`), "reminder" or "escalation".
    "visit_unprepared": Mail(
        {
            **DESK,
            "url": "/nordlicht/appointments/6f1c6c1e-4a3c-4d53-9d7e-0f5b2f1f6a11/",
            "occasion": "late",
            "company_name": "Reederei Hansen",
            "starts": LATE,
            "people": "Ada Brandt",
        },
        {"reason": "The server failed this afternoon.", "due": EARLY},
    ),
    # `percent` is 80 or 100.
    "hours_used": Mail({**SIDE, "percent": 80, "minutes": 240, "minutes_authorised": 300}),
    # Other terms, or the `part` of a flat amount in per cent. Each change: field (its label), old, new, `kind`
    # ("hours", "amount" in the currency `in`, "moment", "text").
    "change_proposed": Mail({**TICKET, "changes": CHANGES}, {"by": "Gunta Bērziņa", "reason": "A wall.", "part": 60}),
    # `answer` is "accepted", "refused", "withdrawn" or "lapsed".
    "change_answered": Mail(
        {**TICKET, "answer": "accepted", "changes": CHANGES},
        {"by": "Gunta Bērziņa", "reason": "Not before Friday.", "part": ""},
    ),
    "question_asked": Mail({**TICKET, "question": "Which port is free?"}, {"by": "Gunta Bērziņa"}),
    "question_answered": Mail(
        {**TICKET, "question": "Which port is free?", "answer": "Port 12."}, {"by": "Gunta Bērziņa"}
    ),
    # `when` is "before", "now" or "late".
    "completion_due": Mail({**SIDE, "when": "before", "complete_by": LATE}),
    # A mail a company's own rule sends, its words put in already; `rule` is the rule's name.
    "rule_mail": Mail(
        {
            "subject": "A critical ticket: Replace the switch in Tallinn",
            "text": "Good morning,\nplease have a look at ticket 1042.",
            "rule": "Critical tickets",
        },
        {"ticket": "1042", "url": "/nordlicht/tickets/1042/"},
    ),
    # To the administrators: a rule ran more often than it may.
    "rule_paused": Mail({"rule": "Critical tickets", "limit": 60, "url": "/nordlicht/rules/1/"}),
    # To a customer, with the papers. `is_credit` is a credit note.
    "invoice_sent": Mail(
        {"number": "R-2026-00017", "is_credit": False, "due": Decimal("339.15"), "currency": "EUR"},
        {"due_on": date(2026, 3, 16), "url": "/nordlicht/portal/"},
    ),
    # To a customer who has not paid, or only the part `paid`. `level` is 1 (a reminder), 2 or 3.
    "invoice_overdue": Mail(
        {
            "number": "R-2026-00017",
            "level": 1,
            "open": Decimal("339.15"),
            "currency": "EUR",
            "issued_on": date(2026, 3, 2),
            "due_on": date(2026, 3, 16),
        },
        {"paid": Decimal("100.00"), "iban": "DE02 1203 0000 0000 2020 51", "url": "/nordlicht/portal/"},
    ),
    # `days` is 2 or 5 working days.
    "approval_waiting": Mail({**TICKET, "days": 2, "submitted_at": EARLY}),
}


# News of a handover nobody has to answer.
for _code in (
    "items_arrived",
    "fields_changed",
    "offer_accepted",
    "recalled",
    "complete",
    "change_answered",
    "question_answered",
    "hours_used",
    "completion_due",
):
    MAILS[_code] = replace(MAILS[_code], kind="outsourcing")


def fill(code: str, context: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of a mail, what was left out empty. Raises TypeError for what is not in the table."""
    if (mail := MAILS.get(code)) is None:
        raise TypeError(f"There is no mail {code!r}.")
    missing, surplus = mail.needs.keys() - context.keys(), context.keys() - mail.example.keys()
    if missing or surplus:
        raise TypeError(f"The mail {code!r} lacks {sorted(missing)} and does not know {sorted(surplus)}.")
    return {**dict.fromkeys(mail.may_have, ""), **context}
