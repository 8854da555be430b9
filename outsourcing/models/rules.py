"""What a customer says of outsourcing: whether its work may leave the house (outsourcing spec §3)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from psa.directory.models import Company, Contact, Contract
from psa.looks import Look
from psa.tenancy.models import TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key


class Permission(models.TextChoices):
    """Whether work of this customer may be outsourced."""

    ALLOWED = "allowed", _("Allowed")
    ASK_FIRST = "ask_first", _("Ask first")
    NEVER = "never", _("Never")


PERMISSION_LOOKS = {
    Permission.ALLOWED: Look("green", "circle-check"),
    Permission.ASK_FIRST: Look("amber", "circle-question-mark"),
    Permission.NEVER: Look("red", "ban"),
}
# Of several rules that apply to a ticket the strictest counts.
STRICTNESS = (Permission.ALLOWED, Permission.ASK_FIRST, Permission.NEVER)


class OutsourcingRule(TenantModel):
    """The word of one company, contact or contract in the lead's address book. No row means allowed."""

    company = OwnKey(Company, models.CASCADE, null=True)
    contact = OwnKey(Contact, models.CASCADE, null=True)
    contract = OwnKey(Contract, models.CASCADE, null=True)
    rule = models.CharField(_("outsourcing"), max_length=10, choices=Permission)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("company", "contact", "contract"),
            models.CheckConstraint(
                condition=Q(company__isnull=False, contact=None, contract=None)
                | Q(company=None, contact__isnull=False, contract=None)
                | Q(company=None, contact=None, contract__isnull=False),
                name="an_outsourcing_rule_has_one_subject",
            ),
            models.UniqueConstraint(fields=["tenant", "company"], name="a_company_has_one_outsourcing_rule"),
            models.UniqueConstraint(fields=["tenant", "contact"], name="a_contact_has_one_outsourcing_rule"),
            models.UniqueConstraint(fields=["tenant", "contract"], name="a_contract_has_one_outsourcing_rule"),
        ]
