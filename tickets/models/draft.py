"""What a member typed on a ticket and did not send yet."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from psa.tenancy.models import Membership, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models.ticket import Ticket


class Draft(TenantModel):
    """One form's typing: its fields by name, as they would be posted. Its writer's alone; it goes when it is sent.

    `place` says which form of the ticket: "note", "timeentry", "edit-note-<key>". Every save gives a new `stamp`:
    whoever saves over another stamp than the one they saw is told, so two windows never overwrite each other.
    """

    member = OwnKey(Membership, models.CASCADE)
    ticket = OwnKey(Ticket, models.CASCADE)
    place = models.SlugField(max_length=80)
    fields = models.JSONField(default=dict)
    stamp = models.UUIDField(default=uuid.uuid4)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("member", "ticket"),
            models.UniqueConstraint(
                fields=["tenant", "member", "ticket", "place"], name="a_member_has_one_draft_for_a_place"
            ),
        ]

    @property
    def words(self) -> str:
        """What was written, without the figures beside it."""
        said = (str(self.fields.get(name, "")).strip() for name in ("text", "internal_text", "name"))
        return next((one for one in said if one), "")
