"""What the audit and the timeline say of invoices, payments and the settings of billing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.models import Invoice, VatKind
from psa.members import audit
from psa.tenancy import doors, scope
from psa.tenancy.actor import Actor
from psa.web.figures import money
from tickets.timeline import sentence

EDITED = {
    "items": lambda d: _("put %(count)s more items on it") % d,
    "added": lambda d: _("added the line %(name)s") % d,
    "edited": lambda d: _("changed the line %(name)s") % d,
    "dropped": lambda d: _("took the line %(name)s off") % d,
    "balanced": lambda d: _("took off what was taken back: %(name)s") % d,
    "worded": lambda d: _("changed texts or references"),
    "reckoned": lambda d: _("reckoned VAT and sums again"),
}


def _money(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {**data, name: money(Decimal(data[name]), data["currency"])}


def _day(text: str) -> str:
    on = parse_date(text)
    assert on is not None  # written by the service
    return date_format(on, "SHORT_DATE_FORMAT")


def _rate(data: Mapping[str, Any]) -> dict[str, Any]:
    return {**data, "kind": VatKind(data["kind"]).label, "since": _day(data["since"])}


def _exported(data: Mapping[str, Any]) -> str:
    said = {"count": data["count"], "begins": _day(data["begins"]), "ends": _day(data["ends"])}
    return _("exported %(count)s invoices of %(begins)s to %(ends)s") % said


def register() -> None:
    """The sentences of this room's entries, and how an invoice is named in the audit."""
    sentence("billing.settings_changed", lambda d: _("changed the billing settings"), "settings")
    sentence("billing.profile_changed", lambda d: _("changed how this customer is billed"), "receipt")
    sentence("billing.rate_put", lambda d: _("set the VAT rate %(kind)s to %(percent)s %% from %(since)s") % _rate(d))
    sentence("billing.rate_dropped", lambda d: _("removed the VAT rate %(kind)s of %(since)s") % _rate(d))
    sentence("billing.exported", _exported, "download")
    sentence("billingitem.recurred", lambda d: _("billed %(name)s from %(day)s") % {**d, "day": _day(d["begins"])})
    sentence("invoice.drawn", lambda d: _("drew a draft over %(due)s") % _money(d, "due"), "receipt", "blue")
    sentence("invoice.edited", lambda d: EDITED[d["what"]](d), "pencil")
    sentence("invoice.discarded", lambda d: _("discarded a draft invoice over %(due)s") % _money(d, "due"), "trash-2")
    sentence("invoice.issued", lambda d: _("issued %(number)s over %(due)s") % _money(d, "due"), "send", "green")
    sentence("invoice.papers_made", lambda d: _("made the papers of %(number)s") % d, "file-check")
    sentence("invoice.sent_again", lambda d: _("sent %(number)s again to %(to)s") % d, "send")
    sentence(
        "invoice.credited", lambda d: _("credited %(amount)s of %(number)s") % _money(d, "amount"), "undo-2", "amber"
    )
    sentence("invoice.paid", lambda d: _("recorded a payment of %(amount)s") % _money(d, "amount"), "euro", "green")
    sentence(
        "invoice.payment_reversed", lambda d: _("took a payment of %(amount)s back") % _money(d, "amount"), "undo-2"
    )
    sentence("invoice.dunned", lambda d: _("sent letter %(level)s about %(open)s") % _money(d, "open"), "mail", "amber")
    audit.about("invoice", audit.About(_named, _found))


def _named(ids: Sequence[int], actor: Actor) -> Mapping[int, tuple[str, str]]:
    slug = doors.slug(scope.tenant_id())
    rows = Invoice.objects.visible_to(actor).filter(pk__in=ids).values_list("pk", "number", "company__name")
    return {pk: (number or company, reverse("billing:invoice", args=[slug, pk])) for pk, number, company in rows}


def _found(words: str) -> Any:
    return Invoice.objects.filter(Q(number__icontains=words) | Q(company__name__icontains=words))
