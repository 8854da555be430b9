"""At which rate a partner's money was changed into that of our customer, where the two are not the same."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.tenancy.models import TenantModel
from psa.tenancy.same_tenant import tenant_key


class ExchangeRate(TenantModel):
    """What one unit of `currency` is in `into`, which our customer is billed in, for one handover: the customer's price
    of what the partner charges in other money, and the margin. Nobody's but ours; who entered it and when stays."""

    handover = models.UUIDField()
    currency = models.CharField(max_length=3)
    into = models.CharField(max_length=3)
    rate = models.DecimalField(_("exchange rate"), max_digits=14, decimal_places=6)
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            models.UniqueConstraint(
                fields=["tenant", "handover", "currency", "into"], name="a_handover_has_one_rate_between_two_currencies"
            ),
            models.CheckConstraint(condition=Q(rate__gt=0), name="an_exchange_rate_is_more_than_nothing"),
        ]
