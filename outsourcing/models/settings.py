"""What a tenant decided once for all its outsourcing."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from psa.tenancy.models import TenantModel
from psa.tenancy.same_tenant import tenant_key


class OutsourcingSettings(TenantModel):
    """One row a tenant; until it is saved the defaults hold (outsourcing/services/settings.py)."""

    needs_second_person = models.BooleanField(_("sender and approver must differ"), default=False)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            models.UniqueConstraint(fields=["tenant"], name="a_tenant_has_one_set_of_outsourcing_settings"),
        ]
