"""What tickets are found by, beside them: an index with row-level security of its own kind (docs/security.md)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from psa.tenancy.models import TenantModel
from psa.tenancy.rows import SEARCHED, RowClass
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models.ticket import Ticket


class TicketWords(TenantModel):
    """The words of a ticket, or of one item on it (`item` is its key), folded so that search forgives."""

    row_class: ClassVar[RowClass] = SEARCHED

    ticket = OwnKey(Ticket, models.CASCADE)
    item = models.UUIDField(null=True, blank=True)
    text = models.TextField()

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("ticket"),
            models.UniqueConstraint(
                fields=["tenant", "ticket"], condition=Q(item=None), name="a_ticket_has_its_own_words_once"
            ),
            models.UniqueConstraint(fields=["tenant", "item"], name="an_item_has_its_words_once"),
        ]
