"""The proof that work was accepted: by a person, by the clock they were told of, or by a handover's end."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.directory.models import Contact
from psa.looks import Look
from psa.tenancy.models import Membership, TenantModel
from psa.tenancy.rows import RECORD, RowClass
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models.ticket import Ticket


class AcceptedBy(models.TextChoices):
    """Who or what accepted."""

    PERSON = "person", _("The customer")
    ON_BEHALF = "on_behalf", _("Recorded on the customer's behalf")
    TIMER = "timer", _("No answer within the time told")
    HANDOVER = "handover", _("The lead partner")


ACCEPTED_BY_LOOKS = {
    AcceptedBy.PERSON: Look("green", "user-check"),
    AcceptedBy.ON_BEHALF: Look("amber", "signature"),
    AcceptedBy.TIMER: Look("gray", "timer"),
    AcceptedBy.HANDOVER: Look("violet", "handshake"),
}


class Proof(models.TextChoices):
    """What shows a decision that somebody here recorded for the customer."""

    CALL = "call", _("Call note")
    MAIL = "mail", _("E-mail")
    SIGNED = "signed", _("Signed document")


class Acceptance(TenantModel):
    """One acceptance of a ticket's work, as it was given; never changed. Without one nothing goes to billing.

    `name` is kept as it was; `address` is the network address of whoever pressed. On behalf of somebody, `evidence`
    and `text` say what shows it, and `by` who recorded it.
    """

    row_class: ClassVar[RowClass] = RECORD

    ticket = OwnKey(Ticket, models.PROTECT)
    kind = models.CharField(max_length=10, choices=AcceptedBy)
    # The state that was accepted in: the solution, or production. Of a handover its key.
    accepted = models.CharField(max_length=40, blank=True)
    handover = models.UUIDField(null=True)
    contact = OwnKey(Contact, models.PROTECT, null=True, blank=True)
    name = models.CharField(max_length=200)
    by = OwnKey(Membership, models.PROTECT, null=True, blank=True)
    evidence = models.CharField(max_length=10, choices=Proof, blank=True)
    text = models.TextField(blank=True)
    channel = models.CharField(max_length=10, blank=True)
    address = models.CharField(max_length=45, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "ticket"], name="acceptance_by_ticket")]
        constraints = [
            tenant_key(),
            *same_tenant("ticket", "contact", "by"),
            models.CheckConstraint(
                condition=~Q(kind=AcceptedBy.ON_BEHALF)
                | (~Q(evidence="") & Q(contact__isnull=False, by__isnull=False)),
                name="on_behalf_of_whom_and_what_shows_it",
            ),
            models.CheckConstraint(
                condition=~Q(kind=AcceptedBy.PERSON) | Q(contact__isnull=False), name="a_person_who_accepts_has_a_name"
            ),
            models.CheckConstraint(
                condition=~Q(kind=AcceptedBy.HANDOVER) | Q(handover__isnull=False),
                name="a_handover_that_accepts_is_named",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind} {self.name}"
