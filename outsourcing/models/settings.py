"""What a tenant set for its outsourcing: one row, made when something is first changed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from psa.tenancy.models import TenantModel
from psa.tenancy.same_tenant import tenant_key


class OutsourcingSettings(TenantModel):
    """The tenant's own words for its invitation, placeholders and all; empty where the default stands."""

    invitation_subject = models.CharField(_("subject"), max_length=160, blank=True)
    invitation_body = models.TextField(_("text"), blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            models.UniqueConstraint(fields=["tenant"], name="a_tenant_has_one_set_of_outsourcing_settings"),
        ]
