"""What a tenant decided once for all its outsourcing."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from psa.tenancy.models import TenantModel
from psa.tenancy.same_tenant import tenant_key


class OutsourcingSettings(TenantModel):
    """One row a tenant; until it is saved the defaults hold (outsourcing/services/settings.py).

    The invitation's words with their placeholders are empty where the default stands.
    """

    needs_second_person = models.BooleanField(_("sender and approver must differ"), default=False)
    invitation_subject = models.CharField(_("subject"), max_length=160, blank=True)
    invitation_body = models.TextField(_("text"), blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            models.UniqueConstraint(fields=["tenant"], name="a_tenant_has_one_set_of_outsourcing_settings"),
        ]
