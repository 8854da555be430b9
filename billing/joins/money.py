"""Joins contracts, approving and posting to the desk, the clock and the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef
from django.utils.translation import gettext_lazy as _

from billing import guards
from billing.home import money as home
from billing.kinds import money as kinds
from billing.models import BillingItem
from billing.notifications import returned
from billing.refusals import money as refusals
from billing.sentences import money as sentences
from billing.services import approving, repricing, settling
from psa.directory import repricing as rates
from psa.journal import journal
from psa.web import nav
from tickets import carrying
from tickets.services import merging

MENDED = ("timeentry.edited", "timeentry.removed", "charge.edited", "charge.removed")


def _has_a_full_desk(request: Any) -> bool:
    return not request.tenant.is_portal


def connect() -> None:
    """Called once, when the app starts. The guards register themselves."""
    merging.follow(guards.go_along)
    rates.register(repricing.count)
    carrying.register("billed", lambda: BillingItem.objects.filter(ticket=OuterRef("pk")))
    for kind in MENDED:
        journal.subscribe(kind, approving.on_mended)
    journal.afterwards("invoice.issued", settling.on_invoiced)
    returned.connect()
    kinds.register()
    refusals.register()
    sentences.register()
    home.register()
    for label, icon, url_name, capability, order in (
        (_("Approve and post"), "badge-check", "billing:approve", "time.approve", 10),
        (_("Posted"), "receipt", "billing:posted", "invoice.view", 20),
        (_("Contracts"), "signature", "billing:contracts", "contract.view", 40),
    ):
        needs = _sees_prices if url_name == "billing:posted" else _has_a_full_desk
        nav.register(label, icon, url_name, capability=capability, group="billing", order=order, needs=needs)
    nav.register(
        _("Rules of approving"),
        "list-checks",
        "billing:checks",
        capability="tenant.settings",
        group="administration",
        order=48,
        needs=_has_a_full_desk,
    )


def _sees_prices(request: Any) -> bool:
    return not request.tenant.is_portal and bool(request.actor.can("price.view"))
