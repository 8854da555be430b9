"""What is billed: work, charges, goods and periods, approved and posted (it-house spec, "Approve and post")."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models.articles import Article
from billing.models.contracts import ContractLine, HourBlock
from billing.models.delivery import DeliveryLine
from billing.models.orders import OrderLine
from billing.models.settings import VatKind
from psa.directory.models import Company, Contract
from psa.fsm import StateField, StateMachine, transition
from psa.looks import Look
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, ScopedManager, ScopedQuerySet, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models import Charge, Ticket, TimeEntry


class BillingSource(models.TextChoices):
    """What is billed."""

    TIME = "time", _("Work")
    CHARGE = "charge", _("Charge")
    DELIVERY = "delivery", _("Goods")
    ORDER = "order", pgettext_lazy("sales", "Order")
    RECURRING = "recurring", _("Recurring")
    BLOCK = "block", _("Block of hours")
    FIXED = "fixed", _("Fixed price")
    SETTLEMENT = "settlement", _("Settlement with a partner")
    OTHER = "other", _("Other")


class BillingStatus(models.TextChoices):
    """How far it is. Before *approved* there is no row: the entry itself is on the list."""

    APPROVED = "approved", _("Approved")
    RETURNED = "returned", _("Returned")
    POSTED = "posted", _("Posted")
    INVOICED = "invoiced", _("Invoiced")
    WRITTEN_OFF = "written_off", _("Written off")
    BALANCED = "balanced", pgettext_lazy("billing", "Balanced")


BILLING_LOOKS = {
    BillingStatus.APPROVED: Look("blue", "check"),
    BillingStatus.RETURNED: Look("orange", "undo-2"),
    BillingStatus.POSTED: Look("teal", "badge-check"),
    BillingStatus.INVOICED: Look("green", "receipt"),
    BillingStatus.WRITTEN_OFF: Look("gray", "circle-slash"),
    BillingStatus.BALANCED: Look("gray", "circle-minus"),
}
B = BillingStatus


class BillingItems(ScopedQuerySet):
    def visible_to(self, actor: Actor) -> Any:
        """All of them for who may see invoices and prices, else none."""
        return self if actor.can("invoice.view") and actor.can("price.view") else self.none()

    def decided_by(self, actor: Actor) -> Any:
        """All of them for who approves, whether they see prices or not, else none."""
        return self if actor.can("time.approve") else self.none()


class BillingItem(StateMachine, TenantModel):
    """Something that was approved for billing, at the price of that moment. From *posted* on it never changes: a
    correction is a second item that `reverses` it, with the quantity below nothing; what is billed then stands
    `instead_of` it. Where neither stands on an issued invoice, the two are *balanced*.

    Money net in `currency`; `minutes` are those to bill, rounded as the contract says; `cost` what it cost us, where
    somebody said. `covered`: the contract, an accepted fixed price or a block pays it, so its amount is 0; `block_left`
    are the minutes that were left of the block after it. What one entry costs may be several items: `part` 0 is the
    work, the others what is drawn from blocks and what surcharges add; all of them move together.
    """

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    source = models.CharField(_("kind"), max_length=12, choices=BillingSource)
    part = models.PositiveSmallIntegerField(default=0)
    status = StateField(_("status"), choices=BillingStatus, default=BillingStatus.APPROVED)
    company = OwnKey(Company, models.PROTECT, verbose_name=_("customer"))
    ticket = OwnKey(Ticket, models.PROTECT, null=True, blank=True)
    contract = OwnKey(Contract, models.PROTECT, null=True, blank=True, verbose_name=_("contract"))
    entry = OwnKey(TimeEntry, models.PROTECT, null=True, blank=True)
    charge = OwnKey(Charge, models.PROTECT, null=True, blank=True)
    delivery_line = OwnKey(DeliveryLine, models.PROTECT, null=True, blank=True)
    order_line = OwnKey(OrderLine, models.PROTECT, null=True, blank=True)
    contract_line = OwnKey(ContractLine, models.PROTECT, null=True, blank=True)
    block = OwnKey(HourBlock, models.PROTECT, null=True, blank=True)
    block_left = models.IntegerField(null=True, blank=True)
    handover = models.UUIDField(null=True, blank=True)
    reverses = OwnKey("billing.BillingItem", models.PROTECT, null=True, blank=True)
    instead_of = OwnKey("billing.BillingItem", models.PROTECT, null=True, blank=True)
    article = OwnKey(Article, models.PROTECT, null=True, blank=True)
    worked_on = models.DateField(_("date"))
    period_from = models.DateField(null=True, blank=True)
    period_until = models.DateField(null=True, blank=True)
    name = models.CharField(_("name"), max_length=200)
    text = models.TextField(_("text on the invoice"), blank=True)
    minutes = models.IntegerField(default=0)
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=6)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    unit_code = models.CharField(max_length=3, default="C62")
    unit_price = models.DecimalField(_("price each"), max_digits=12, decimal_places=2)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    cost = models.DecimalField(_("cost"), max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    vat_kind = models.CharField(_("VAT"), max_length=10, choices=VatKind, default=VatKind.STANDARD)
    covered = models.CharField(_("covered by"), max_length=20, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    approved_by = OwnKey(Membership, models.PROTECT, null=True)
    approved_at = models.DateTimeField(default=timezone.now)
    posted_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(BillingItems)()

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "status", "company", "worked_on", "id"], name="billing_item_by_status"),
            models.Index(fields=["tenant", "ticket"], name="billing_item_by_ticket"),
            models.Index(fields=["tenant", "handover"], name="billing_item_by_handover"),
        ]
        constraints = [
            tenant_key(),
            *same_tenant(
                "company",
                "ticket",
                "contract",
                "entry",
                "charge",
                "delivery_line",
                "order_line",
                "contract_line",
                "block",
                "reverses",
                "instead_of",
                "article",
                "approved_by",
            ),
            models.UniqueConstraint(fields=["tenant", "key"], name="a_billing_item_key_is_given_once"),
            *[
                models.UniqueConstraint(
                    fields=["tenant", column, "part"],
                    condition=Q(reverses=None, **{f"{column}__isnull": False}),
                    name=f"{name}_is_billed_once",
                )
                for column, name in (
                    ("entry", "an_entry"),
                    ("charge", "a_charge"),
                    ("delivery_line", "a_delivery_line"),
                )
            ],
            models.UniqueConstraint(
                fields=["tenant", "contract_line", "period_from", "part"],
                condition=Q(contract_line__isnull=False, reverses=None),
                name="a_period_is_billed_once",
            ),
            models.UniqueConstraint(
                fields=["tenant", "reverses"], condition=Q(reverses__isnull=False), name="an_item_is_reversed_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "ticket", "part"],
                condition=Q(source="fixed", ticket__isnull=False, reverses=None),
                name="an_agreed_price_is_billed_once",
            ),
            models.UniqueConstraint(
                fields=["tenant", "contract", "part"],
                condition=Q(source="fixed", ticket=None, reverses=None),
                name="a_fixed_price_is_billed_once",
            ),
            models.UniqueConstraint(
                fields=["tenant", "block", "part"],
                condition=Q(source="block", reverses=None),
                name="a_block_is_billed_once",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["returned", "written_off"]) | ~Q(reason=""),
                name="a_returned_item_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["posted", "invoiced", "balanced"]) | Q(posted_at__isnull=False),
                name="a_posted_item_knows_when",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @transition(status, source=B.APPROVED, target=B.RETURNED)
    def give_back(self, reason: str) -> None:
        """It goes back to who logged it."""
        self.reason = reason

    @transition(status, source=B.RETURNED, target=B.APPROVED)
    def approve_again(self, now: datetime, by_id: int | None) -> None:
        """It was mended; the service has priced it anew."""
        self.approved_at, self.approved_by_id = now, by_id

    @transition(status, source=B.APPROVED, target=B.POSTED)
    def post(self, now: datetime) -> None:
        """From now on it stands still."""
        self.posted_at = now

    @transition(status, source=B.POSTED, target=B.INVOICED)
    def invoice(self) -> None:
        """It stands on an invoice that was issued."""

    @transition(status, source=B.INVOICED, target=B.POSTED)
    def uninvoice(self) -> None:
        """Its invoice was credited: it may be billed again."""

    @transition(status, source=B.POSTED, target=B.BALANCED)
    def balance(self) -> None:
        """It and the item that reverses it, or that it reverses, settle each other: neither is billed."""

    @transition(status, source=[B.APPROVED, B.RETURNED, B.POSTED], target=B.WRITTEN_OFF)
    def write_off(self, reason: str) -> None:
        """Nobody will be billed for it."""
        self.reason = reason


class ReturnedEntry(TenantModel):
    """An entry or charge sent back before it was approved: why, by whom; gone once it is mended or approved."""

    entry = OwnKey(TimeEntry, models.CASCADE, null=True, blank=True)
    charge = OwnKey(Charge, models.CASCADE, null=True, blank=True)
    reason = models.TextField()
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("entry", "charge"),
            models.UniqueConstraint(
                fields=["tenant", "entry"], condition=Q(entry__isnull=False), name="an_entry_is_returned_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "charge"], condition=Q(charge__isnull=False), name="a_charge_is_returned_once"
            ),
            models.CheckConstraint(
                condition=Q(entry__isnull=False, charge=None) | Q(entry=None, charge__isnull=False),
                name="what_is_returned_is_one_thing",
            ),
        ]
