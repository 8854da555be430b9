"""What a member typed on a ticket and did not send yet."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from psa.tenancy.models import Membership, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models.ticket import Ticket

# Where a form has its words, the first that says something.
WORDS = ("text", "internal_text", "name", "title", "mail_text", "description", "forward_note", "time_text", "reason")


class Draft(TenantModel):
    """One form's typing: its fields by name, as they would be posted. Its writer's alone; it goes when it is sent.

    `place` says which form of the ticket: "note", "timeentry", "edit-note-<key>". Of a form that may stand open several
    times, each opening is a place: "properties-<opening>", and "new-<key>" of a ticket that is not there yet.
    Every save gives a new `stamp`: whoever saves over another stamp than the one they saw is told, so two windows never
    overwrite each other.
    """

    member = OwnKey(Membership, models.CASCADE)
    ticket = OwnKey(Ticket, models.CASCADE, null=True)
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
            models.UniqueConstraint(
                fields=["tenant", "member", "place"],
                condition=models.Q(ticket=None),
                name="a_member_has_one_draft_for_a_new_ticket",
            ),
        ]

    @property
    def words(self) -> str:
        """What was written, without the figures beside it and without what stood there before."""
        typed = (name for name in WORDS if self.fields.get(name) != self.fields.get(f"initial-{name}"))
        said = (str(self.fields.get(name) or "").strip() for name in typed)
        return next((one for one in said if one), "")
