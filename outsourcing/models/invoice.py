"""The partner's invoice as the lead keeps it: expected while there is no row, received, paid (outsourcing spec §9)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from outsourcing.models.handover import Handover
from psa.tenancy.models import TenantModel
from psa.tenancy.same_tenant import OwnKey, SameTenant, tenant_key


class PartnerInvoice(TenantModel):
    """What the service partner billed for a handover that ended. The amount is net, in the currency of the terms."""

    handover = OwnKey(Handover, models.PROTECT)
    number = models.CharField(_("invoice number"), max_length=60)
    date = models.DateField(_("invoice date"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    paid_on = models.DateField(_("paid on"), null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            SameTenant("handover", owners=(("tenant", "lead"),)),
            models.UniqueConstraint(fields=["tenant", "handover"], name="a_handover_has_one_invoice"),
            models.CheckConstraint(condition=~Q(number=""), name="an_invoice_has_a_number"),
        ]
