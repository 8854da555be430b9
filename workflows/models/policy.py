"""What was settled about estimates, reviews and their clocks: for everybody, for a category, a customer, a contract."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from psa.directory.models import Company, Contract
from psa.tenancy.models import TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models import Category

DAYS = (MinValueValidator(1), MaxValueValidator(250))


def _days(label: Any) -> Any:
    return models.PositiveSmallIntegerField(label, null=True, blank=True, validators=[*DAYS])


class ServicePolicy(TenantModel):
    """One place's word on how requests are estimated, reviewed and accepted; empty leaves it to the wider place.

    The contract's word goes before the customer's, that before the category's, that before the tenant's, and where
    nobody said anything DEFAULTS count. Days are working days of the customer's calendar.
    """

    category = OwnKey(Category, models.CASCADE, null=True, blank=True)
    company = OwnKey(Company, models.CASCADE, null=True, blank=True)
    contract = OwnKey(Contract, models.CASCADE, null=True, blank=True)

    asks_estimate = models.BooleanField(_("work above the threshold needs an accepted estimate"), null=True, blank=True)
    threshold_minutes = models.PositiveIntegerField(_("minutes without an estimate"), null=True, blank=True)
    tolerance = models.PositiveSmallIntegerField(
        _("tolerance in per cent"), null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    estimate_reminds = _days(_("estimate: first reminder after days"))
    estimate_reminds_again = _days(_("estimate: second reminder after days"))
    estimate_expires = _days(_("estimate: ends after days"))
    expiry_cancels = models.BooleanField(_("a request ends with its estimate"), null=True, blank=True)
    clarification_reminds = _days(_("question: first reminder after days"))
    clarification_reminds_again = _days(_("question: second reminder after days"))
    gives_up_after = _days(_("question: the request ends after days"))
    gives_up = models.BooleanField(_("requests nobody answers to are closed"), null=True, blank=True)
    acceptance_days = _days(_("days to review a solution"))
    auto_accepts = models.BooleanField(_("without an answer a solution counts as accepted"), null=True, blank=True)
    stops_in_invoice = models.BooleanField(
        _("what was accepted without an answer waits for its bill"), null=True, blank=True
    )
    reopen_days = _days(_("days to reopen a closed request"))

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("category", "company", "contract"),
            models.UniqueConstraint(
                fields=["tenant"],
                condition=Q(category=None, company=None, contract=None),
                name="a_tenant_has_one_policy",
            ),
            models.UniqueConstraint(
                fields=["tenant", "category"], condition=Q(category__isnull=False), name="a_category_has_one_policy"
            ),
            models.UniqueConstraint(
                fields=["tenant", "company"], condition=Q(company__isnull=False), name="a_customer_has_one_policy"
            ),
            models.UniqueConstraint(
                fields=["tenant", "contract"], condition=Q(contract__isnull=False), name="a_contract_has_one_policy"
            ),
            models.CheckConstraint(
                condition=Q(category=None, company=None)
                | Q(category=None, contract=None)
                | Q(company=None, contract=None),
                name="a_policy_is_of_one_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract or self.company or self.category or self.tenant}"
