"""The transaction fee of an accepted handover to a portal tenant: shown before sending, due on acceptance (§10).

What was shown is what is due: the amount is kept when the offer goes out, so a later change of the fee, or of the
partner's plan, changes nothing about offers that are out. Declined, canceled and expired offers cost nothing.
"""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.conf import settings

from outsourcing.models import Fee, Handover, LeadSide, Partnership, Side
from psa.journal.models import Entry
from psa.tenancy import doors, scope
from psa.tenancy.models import Tenant

NOTHING = Decimal(0)


def quoted(partnership: Partnership | None) -> Decimal:
    """What the lead in scope would owe the operator if this partner accepted an offer now; mostly nothing."""
    if partnership is None or not doors.portals([partnership.service_id]):
        return NOTHING
    return Tenant.objects.values_list("transaction_fee", flat=True).get(pk=scope.tenant_id())


def on_sent(entry: Entry) -> None:
    """An offer went out: keep the fee the lead was shown."""
    if entry.data["side"] != Side.LEAD:
        return
    handover = _handover(entry)
    if amount := quoted(handover.partnership):
        LeadSide.objects.filter(handover=handover).update(fee=amount)


def on_accepted(entry: Entry) -> None:
    """The partner accepted: the fee that was shown is due, once."""
    if entry.data["side"] != Side.LEAD:
        return
    handover = _handover(entry)
    amount = LeadSide.objects.values_list("fee", flat=True).get(handover=handover)
    if amount:
        Fee.objects.get_or_create(
            handover=handover, defaults={"amount": amount, "currency": settings.OPERATOR_CURRENCY}
        )


def _handover(entry: Entry) -> Handover:
    return Handover.objects.select_related("partnership").get(key=UUID(entry.data["handover"]))
