"""The partner's invoice as the lead keeps it: expected while there is no row, received, paid (outsourcing spec §9).

A partner that bills with this system announces its papers: what the lead then only looks through is theirs, what it
enters as received is its own word.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from outsourcing.models.handover import Handover
from psa.tenancy.models import TenantModel
from psa.tenancy.same_tenant import OwnKey, SameTenant, same_tenant, tenant_key
from tickets.models import StoredFile


class PartnerInvoice(TenantModel):
    """What the service partner billed for a handover that ended. The amount is net, in the currency of the terms;
    `remark` says why it is another one than the statement's."""

    handover = OwnKey(Handover, models.PROTECT)
    number = models.CharField(_("invoice number"), max_length=60)
    date = models.DateField(_("invoice date"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    remark = models.TextField(_("about the difference"), blank=True)
    paid_on = models.DateField(_("paid on"), null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            SameTenant("handover", owners=(("tenant", "lead"),)),
            models.UniqueConstraint(fields=["tenant", "handover"], name="a_handover_has_one_invoice"),
            models.CheckConstraint(condition=~Q(number=""), name="an_invoice_has_a_number"),
        ]


class AnnouncedInvoice(TenantModel):
    """An invoice, or a credit note, the service partner issued for a handover, as the lead was told of it. Never
    changed. `paper` is its key there; the amount is what of it is for this handover: net, in the currency of the terms,
    below nothing on a credit note, which names the invoice it `corrects`. `file` is its PDF and `xml` the electronic
    invoice, rows of the lead's own for the partner's bytes: they follow once the partner has made them."""

    handover = OwnKey(Handover, models.PROTECT)
    paper = models.UUIDField()
    number = models.CharField(_("invoice number"), max_length=60)
    date = models.DateField(_("invoice date"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    corrects = models.CharField(max_length=60, blank=True)
    file = OwnKey(StoredFile, models.PROTECT, null=True, blank=True)
    xml = OwnKey(StoredFile, models.PROTECT, null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            SameTenant("handover", owners=(("tenant", "lead"),)),
            *same_tenant("file", "xml"),
            models.UniqueConstraint(fields=["tenant", "handover", "paper"], name="a_paper_is_announced_once"),
        ]

    @property
    def is_credit(self) -> bool:
        """It takes an invoice back, or a part of one."""
        return bool(self.corrects)
