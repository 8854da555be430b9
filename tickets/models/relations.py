"""How tickets and people stand to each other: links between tickets, who is mentioned in a note."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.tenancy.models import Membership, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models.items import Note
from tickets.models.ticket import Ticket


class LinkKind(models.TextChoices):
    """What the first ticket of a link is to the second."""

    RELATED = "related", _("is related to")
    DUPLICATES = "duplicates", _("duplicates")
    BLOCKS = "blocks", _("blocks")
    PARENT = "parent", _("is the parent of")


class TicketLink(TenantModel):
    """Two tickets that belong together; `first` is the parent, what blocks, or the duplicate. Of two merely related
    ones the older is the first, so that a link is there once."""

    first = OwnKey(Ticket, models.CASCADE, related_name="links_out")
    second = OwnKey(Ticket, models.CASCADE, related_name="links_in")
    kind = models.CharField(max_length=10, choices=LinkKind)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "second"], name="link_by_second")]
        constraints = [
            tenant_key(),
            *same_tenant("first", "second"),
            models.UniqueConstraint(fields=["tenant", "first", "second", "kind"], name="a_link_is_made_once"),
            models.UniqueConstraint(
                fields=["tenant", "second"], condition=Q(kind="parent"), name="a_ticket_has_one_parent"
            ),
            models.CheckConstraint(condition=~Q(first=F("second")), name="a_ticket_is_not_linked_to_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} {self.kind} {self.second_id}"


class Mention(TenantModel):
    """A member named in a note by @. `said` is how the text has it; a page shows the name they have now."""

    note = OwnKey(Note, models.CASCADE)
    member = OwnKey(Membership, models.CASCADE)
    said = models.CharField(max_length=200)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("note", "member"),
            models.UniqueConstraint(fields=["tenant", "note", "member"], name="a_note_mentions_a_member_once"),
        ]
