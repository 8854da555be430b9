"""What stands on a ticket: notes, files, time and charges, each for an audience, ours or a partner's copy."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from psa.directory.models import Contract, WorkType
from psa.tenancy.models import Membership, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models.ticket import Ticket


class Audience(models.TextChoices):
    """Who reads an item: us, us and the partner of one handover, or us and the customer."""

    INTERNAL = "internal", _("Internal")
    PARTNER = "partner", _("Partner")
    CUSTOMER = "customer", _("Customer")


class Item(TenantModel):
    """One thing on a ticket. `key` names it across tenants; `handover` says which partner "partner" means.

    A copy is a partner's item on our ticket, for the partner's eyes and ours: it keeps its author's name and time and
    knows when it was received.
    Nothing is taken off a ticket without a trace: a removed item stays as who, when and the word for it.
    """

    class Removal(models.TextChoices):
        DELETED = "deleted", _("deleted")
        WITHDRAWN = "withdrawn", _("withdrawn")
        UNDONE = "undone", _("taken back")

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    ticket = OwnKey(Ticket, models.CASCADE)
    audience = models.CharField(_("who may see it"), max_length=10, choices=Audience, default=Audience.INTERNAL)
    handover = models.UUIDField(null=True, blank=True, editable=False)
    author = OwnKey(Membership, models.PROTECT, null=True, blank=True)
    author_name = models.CharField(max_length=200)
    made_at = models.DateTimeField(default=timezone.now)
    received_at = models.DateTimeField(null=True, blank=True)
    edited_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    removed_at = models.DateTimeField(null=True, blank=True)
    removal = models.CharField(max_length=10, choices=Removal, blank=True)

    class Meta(TenantModel.Meta):
        abstract = True
        indexes = [models.Index(fields=["tenant", "ticket", "id"], name="%(class)s_by_ticket")]
        constraints = [
            tenant_key(),
            *same_tenant("ticket", "author"),
            models.UniqueConstraint(fields=["tenant", "key"], name="a_%(class)s_key_is_given_once"),
            models.CheckConstraint(
                condition=models.Q(audience="partner", handover__isnull=False)
                | (~models.Q(audience="partner") & models.Q(handover=None)),
                name="a_%(class)s_for_a_partner_names_the_handover",
            ),
        ]

    @property
    def is_copy(self) -> bool:
        return self.received_at is not None

    @property
    def is_removed(self) -> bool:
        return self.removed_at is not None

    @classmethod
    def kind(cls) -> str:
        """The word for this kind of item in verbs, events and addresses."""
        return str(cls._meta.model_name)


class NoteKind(models.TextChoices):
    """What a note is."""

    NOTE = "note", _("Note")
    QUESTION = "question", _("Question")
    CALL = "call", _("Call note")
    MAIL = "mail", _("E-mail")


class Direction(models.TextChoices):
    """Who called whom."""

    IN = "in", _("They called us")
    OUT = "out", _("We called them")


class Note(Item):
    """Something somebody wrote. A call note says besides who was on the line and who called whom.

    An e-mail to the customer is one as well: it stays as it was sent.
    A lead's time or charge arrives as a note, too: `stands_for` has its figures as they travelled – the day and the
    minutes, or name, quantity and unit – for each reader's language to write.
    """

    kind_of = models.CharField(_("kind"), max_length=10, choices=NoteKind, default=NoteKind.NOTE)
    text = models.TextField(_("text"))
    caller = models.CharField(_("on the phone"), max_length=120, blank=True)
    direction = models.CharField(_("direction"), max_length=3, choices=Direction, blank=True)
    stands_for = models.JSONField(default=dict, blank=True, editable=False)

    class Meta(Item.Meta):
        abstract = False
        constraints = [
            *Item.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(direction="") | models.Q(kind_of="call"), name="only_a_call_has_a_direction"
            ),
        ]


class StoredFile(TenantModel):
    """The bytes of a file, written once and never changed; a copy on another ticket shares them."""

    path = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=100)
    stored_at = models.DateTimeField(default=timezone.now)


class Attachment(Item):
    """A file on a ticket."""

    file = OwnKey(StoredFile, models.PROTECT)
    name = models.CharField(_("name"), max_length=200)

    class Meta(Item.Meta):
        abstract = False
        constraints = [*Item.Meta.constraints, *same_tenant("file")]


class TimeEntry(Item):
    """Time somebody spent: minutes, and an offset that is added to (or taken off) what is billed.

    From and until are moments; between them lies at least the time worked. `worked_on` is the day it began, in the
    tenant's zone. Of a customer's contracts the one is kept that was in force when the time was written down.
    """

    worked_on = models.DateField(_("date"))
    started_at = models.DateTimeField(_("from"), null=True, blank=True)
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)
    minutes = models.PositiveIntegerField(_("minutes"))
    offset_minutes = models.IntegerField(_("offset"), default=0)
    offset_reason = models.CharField(_("reason for the offset"), max_length=200, blank=True)
    work_type = OwnKey(WorkType, models.PROTECT, null=True, blank=True, verbose_name=_("work type"))
    contract = OwnKey(Contract, models.PROTECT, null=True, blank=True, verbose_name=_("contract"))
    is_billable = models.BooleanField(_("billable"), default=True)
    is_hidden = models.BooleanField(_("hidden"), default=False)
    # Beyond what may be done without asking the customer: billed once they agreed to it, never before.
    is_over_estimate = models.BooleanField(_("over the estimate"), default=False)
    text = models.TextField(_("what was done"), blank=True)
    internal_text = models.TextField(_("internal remark"), blank=True)

    class Meta(Item.Meta):
        abstract = False
        indexes = [
            *Item.Meta.indexes,
            # What a report sums over a long past, from the index alone.
            models.Index(
                fields=["tenant", "handover", "ticket", "received_at", "worked_on", "minutes", "offset_minutes"],
                condition=models.Q(handover__isnull=False, removed_at=None),
                name="time_by_handover",
            ),
            models.Index(fields=["tenant", "author", "worked_on"], name="timeentry_by_person"),
        ]
        constraints = [
            *Item.Meta.constraints,
            *same_tenant("work_type", "contract"),
            models.CheckConstraint(condition=models.Q(minutes__gt=0), name="time_takes_time"),
            models.CheckConstraint(
                condition=models.Q(started_at=None)
                | models.Q(ended_at=None)
                | models.Q(ended_at__gt=models.F("started_at")),
                name="work_ends_after_it_began",
            ),
            models.CheckConstraint(
                condition=models.Q(is_hidden=False) | models.Q(is_billable=False), name="hidden_time_is_not_billed"
            ),
            models.CheckConstraint(
                condition=models.Q(offset_minutes__gte=-models.F("minutes")),
                name="an_offset_takes_no_more_than_there_is",
            ),
        ]

    @property
    def is_to_bill(self) -> bool:
        """Whether it is billed as things stand: not what the customer has yet to agree to."""
        return self.is_billable and not self.is_over_estimate

    @property
    def minutes_to_bill(self) -> int:
        """Minutes after the offset."""
        return self.minutes + self.offset_minutes


class ChargeCategory(models.TextChoices):
    """What a charge is for. The same few words in every company, for they travel with the charge."""

    MATERIAL = "material", _("Material")
    LICENCE = "licence", _("Licence")
    TRAVEL = "travel", _("Travel")
    EXPENSE = "expense", _("Expense")
    OTHER = "other", _("Other")


class Charge(Item):
    """Something that is charged besides time: material, travel, a licence. Net, in the tenant's currency."""

    category = models.CharField(
        pgettext_lazy("charge", "category"), max_length=10, choices=ChargeCategory, default=ChargeCategory.OTHER
    )
    name = models.CharField(_("name"), max_length=160)
    quantity = models.DecimalField(_("quantity"), max_digits=10, decimal_places=2, default=Decimal(1))
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    unit_price = models.DecimalField(_("price each"), max_digits=12, decimal_places=2, default=Decimal(0))
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    is_billable = models.BooleanField(_("billable"), default=True)
    text = models.TextField(_("remark"), blank=True)

    class Meta(Item.Meta):
        abstract = False
        constraints = [
            *Item.Meta.constraints,
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="a_charge_has_a_quantity"),
            models.CheckConstraint(condition=models.Q(unit_price__gte=0), name="a_price_is_not_negative"),
        ]

    @property
    def amount(self) -> Decimal:
        """Quantity × price, net, to the cent."""
        return (self.quantity * self.unit_price).quantize(Decimal("0.01"))


KINDS: dict[str, type[Item]] = {model.kind(): model for model in (Note, Attachment, TimeEntry, Charge)}
