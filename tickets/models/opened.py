"""When somebody last had a ticket open: what came later is unread for them (desk spec, "Ticket list")."""

from __future__ import annotations

from django.db import models

from psa.tenancy.models import Membership, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models.ticket import Ticket


class Opened(TenantModel):
    """How far one member has read one ticket: its last activity at the moment it was shown to them."""

    member = OwnKey(Membership, models.CASCADE)
    ticket = OwnKey(Ticket, models.CASCADE)
    until = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("member", "ticket"),
            models.UniqueConstraint(
                fields=["tenant", "member", "ticket"], name="a_member_has_read_a_ticket_to_one_place"
            ),
        ]
