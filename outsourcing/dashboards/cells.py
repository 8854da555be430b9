"""The cells of the work lists: how long, how much, what is wrong, and what can be decided in place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from outsourcing.dashboards import standing
from outsourcing.dashboards.rows import Row
from outsourcing.labels import BILLING, INVOICES, NEEDS_A_PARTNER
from outsourcing.models import (
    HandoverStatus,
    Release,
    ReleaseAction,
    Side,
)
from outsourcing.models.handover import ACTIVE
from outsourcing.services import limits
from psa.web import figures
from psa.web.lists import joined, row_link
from psa.web.templatetags import ui

S = HandoverStatus
Cell = Callable[[Any], Any]


def countdown(sent_at: datetime | None, until: datetime | None, now: datetime | None = None) -> SafeString:
    """How long an offer may still be answered: amber in the last quarter of its time, red at its end."""
    if until is None:
        return mark_safe("")
    now = now or timezone.now()
    rest, whole = until - now, until - (sent_at or now)
    look = (
        ("ink-red", "circle-alert")
        if rest <= timedelta(0)
        else ("ink-amber", "hourglass")
        if rest * 4 < whole
        else ("", "hourglass")
    )
    words = _("over") if rest <= timedelta(0) else figures.left(until, now)[0]
    time = format_html('<time datetime="{}" title="{}">{}</time>', until.isoformat(), figures.moment(until), words)
    return format_html('<span class="row gap-1 nowrap {}">{}{}</span>', look[0], ui.icon(look[1], "s"), time)


def title(row: Row) -> SafeString:
    return row_link(row.url, row.ticket.get("ticket__title") or row.title)


def title_and_place(row: Row) -> SafeString:
    """Below the title whose it is: our customer, with the partner if no column says so, or the site the lead named."""
    whose = row.customer if row.side == Side.LEAD else row.place
    if row.names_partner:
        whose = " · ".join(filter(None, (whose, row.service_name)))
    under = format_html('<span class="under tiny muted">{}</span>', whose) if whose else ""
    return joined([title(row), under, question(row)])


def question(row: Row) -> SafeString:
    """The flag of a question nobody has answered yet (§8)."""
    if not row.is_asked:
        return mark_safe("")
    icon = ui.icon("message-square", "s")
    return format_html('<span class="under tiny row gap-1 ink-amber">{}{}</span>', icon, _("Open question"))


def activity(row: Row) -> SafeString:
    return ui.ago(row.activity)


def answer_by(row: Row) -> SafeString:
    return countdown(row.sent_at, row.answer_by) if row.status == S.ASSIGNED else ui.deadline(row.answer_by, done=True)


def complete_by(row: Row) -> SafeString:
    return ui.deadline(row.complete_by, done=row.status not in ACTIVE)


def terms(row: Row) -> str:
    if not row.terms:
        return ""
    if row.terms["rate_type"] == "flat":
        return figures.money(row.terms["flat_amount"], row.terms["currency"])
    return _("%(rate)s / h") % {"rate": figures.money(row.terms["cost_rate"], row.terms["currency"])}


def hours(row: Row) -> Any:
    whole = row.terms.get("authorised_minutes")
    if not row.terms or (not whole and not row.minutes):
        return ""
    label = f"{figures.hours(row.minutes).removesuffix(' h')} / {figures.hours(whole)}"
    return ui.meter(row.minutes, whole, label) if whole else figures.hours(row.minutes)


def waiting(row: Row) -> SafeString:
    return ui.ago(row.submitted_at) if row.status == S.WAITING_APPROVAL else mark_safe("")


def release(row: Row) -> SafeString:
    """Who asks for what, for how much."""
    if (asked := row.release) is None:
        return mark_safe("")
    what = f"{ReleaseAction(asked.action).label}, {figures.money(asked.amount, asked.currency)}"
    who = format_html(
        '<span class="under tiny muted">{} · {}</span>', asked.requested_by.name, ui.ago(asked.requested_at)
    )
    return joined([what, who])


def decide_release(row: Row, asked: Release) -> SafeString:
    """Releasing is one form for the whole list, refusing asks for the reason; over one's own limit one may look."""
    here = {
        name: reverse(f"outsourcing:{name}", args=[row.slug, asked.pk])
        for name in ("release", "give_release", "refuse_release")
    }
    if not limits.suffices(asked.amount, row.by):
        return ui.button(_("View the request"), variant="quiet", small=True, href=here["release"])
    back = urlencode({"next": f"{reverse('outsourcing:dashboard', args=[row.slug])}?folder=release"})
    give = ui.button(_("Release"), "check", small=True, form="decide", formaction=here["give_release"])
    refuse = ui.button(_("Refuse"), variant="quiet", small=True, href=f"{here['refuse_release']}?{back}")
    return joined([give, refuse])


def decide(row: Row) -> SafeString:
    """What can be done about the row without opening it. Approving is one form for the whole list."""
    if row.release is not None:
        return decide_release(row, row.release)
    if row.side == Side.LEAD and row.status == S.WAITING_APPROVAL:
        approve = ui.button(_("Approve"), "check", small=True, form="decide", formaction=row.move_url("approve"))
        if row.is_over_limit:
            approve = ui.button(_("Request release"), "lock", small=True, href=row.move_url("release_approve"))
        back = urlencode({"next": f"{reverse('outsourcing:dashboard', args=[row.slug])}?folder=approval"})
        reject = f"{row.move_url('reject')}?{back}"
        return joined([approve, ui.button(_("Reject"), variant="quiet", small=True, href=reject)])
    if row.side == Side.SERVICE and row.status == S.ASSIGNED:
        accept = reverse("outsourcing:accept", args=[row.slug, row.key])
        decline = reverse("outsourcing:decline", args=[row.slug, row.key])
        return joined(
            [
                ui.button(_("Accept"), "check", small=True, href=accept),
                ui.button(_("Decline"), variant="quiet", small=True, href=decline),
            ]
        )
    if row.side == Side.LEAD and row.status in NEEDS_A_PARTNER:
        return find_a_partner(row)
    return settle(row) if row.settled else mark_safe("")


def find_a_partner(row: Row) -> SafeString:
    again = reverse("outsourcing:offer", args=[row.slug, row.number])
    keep = row.move_url("ourselves")
    return joined(
        [
            ui.button(_("Hand over again"), "send", small=True, href=f"{again}?again={row.key}"),
            ui.button(_("We do it ourselves"), variant="quiet", small=True, form="decide", formaction=keep),
        ]
    )


def settle(row: Row) -> SafeString:
    """What is next about the money of a handover that ended: the partner's invoice, or our own billing."""

    def at(name: str) -> str:
        return reverse(f"outsourcing:{name}", args=[row.slug, row.key])

    if row.side == Side.SERVICE:
        if row.ticket.get("billed_at"):
            return mark_safe("")
        return joined([ui.button(_("Mark as billed"), "check", small=True, form="decide", formaction=at("billed"))])
    if row.invoice is None:
        return joined([ui.button(_("Enter the invoice"), "receipt", small=True, href=at("invoice"))])
    if row.invoice[0] == "announced":
        return joined([ui.button(_("Check the invoice"), "receipt", small=True, href=at("invoice"))])
    if row.invoice[0] == "received":
        return joined([ui.button(_("Mark as paid"), "check", small=True, form="decide", formaction=at("invoice_paid"))])
    return mark_safe("")


def flags(row: Row) -> SafeString:
    return joined([ui.badge(words, colour, icon, plain=True) for _code, words, colour, icon in standing.flags(row)])


def plain_flags(row: Row) -> str:
    return ", ".join(str(words) for _code, words, _colour, _icon in standing.flags(row))


def settlement(row: Row) -> SafeString:
    if row.settled is None:
        return mark_safe("")
    href = reverse("outsourcing:statement", args=[row.slug, row.key])
    amount = format_html('<a href="{}">{}</a>', href, figures.money(row.settled.total, row.settled.currency))
    return joined([amount, ui.badge(_("Different"), "red", "unlink", plain=True) if row.settled.is_disputed else ""])


def part(name: str) -> Cell:
    def cell(row: Row) -> str:
        return figures.money(getattr(row.settled, name), row.settled.currency) if row.settled else ""

    return cell


def plain_part(name: str) -> Cell:
    return lambda row: getattr(row.settled, name) if row.settled else None


def fee(row: Row) -> str:
    """What we owe the operator for the handover."""
    return figures.money(row.fee, row.ticket["fee_currency"]) if row.fee else ""


def invoice(row: Row) -> SafeString:
    """The invoice's state, and how much it says more or less than the statement."""
    if row.settled is None:
        return mark_safe("")
    if row.side == Side.SERVICE:
        return BILLING.badge("billed" if row.ticket.get("billed_at") else "unbilled", True)
    if row.invoice is None:
        return INVOICES.badge("expected", True)
    more = row.invoice[1] - row.settled.total
    words = figures.money(more, row.settled.currency)
    return joined(
        [INVOICES.badge(row.invoice[0], True), ui.badge(words, "amber", "triangle-alert", True) if more else ""]
    )
