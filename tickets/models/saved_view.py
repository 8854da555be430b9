"""A member's own ways to look at a list: a name for an address (desk spec, "Lists")."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.tenancy.models import Membership, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key


class SavedView(TenantModel):
    """One saved view of one member: the list it belongs to, its name, and the query that shows it.

    The query is read by the list engine like any other address: it grants nothing.
    """

    member = OwnKey(Membership, models.CASCADE)
    list = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=1000, blank=True)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("member"),
            models.UniqueConstraint(fields=["tenant", "member", "list", "name"], name="a_view_has_its_own_name"),
            models.CheckConstraint(condition=~models.Q(name=""), name="a_view_has_a_name"),
        ]
