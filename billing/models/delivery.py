"""Goods on their way: material of time entries, delivery and return notes, goods requests (it-house spec)."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models.articles import Article, PackagingUnit, StockPlace
from billing.models.orders import Order, OrderLine
from billing.models.settings import VatKind
from psa.directory.models import Company
from psa.fsm import StateField, StateMachine, transition
from psa.looks import Look
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, ScopedManager, ScopedQuerySet, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models import Appointment, Charge, HandOff, StoredFile, Ticket, TimeEntry


class PaperKind(models.TextChoices):
    """Which way the goods go."""

    DELIVERY = "delivery", _("Delivery note")
    RETURN = "return", _("Return note")


class DeliveryStatus(models.TextChoices):
    """How far a delivery note is. From *prepared* on its lines stand still."""

    DRAFT = "draft", _("Draft")
    PREPARED = "prepared", _("Prepared")
    DELIVERED = "delivered", pgettext_lazy("paper", "Delivered")
    SIGNED = "signed", _("Signed")
    INVOICED = "invoiced", _("Invoiced")
    CANCELLED = "cancelled", pgettext_lazy("paper", "Cancelled")


class ReturnBilling(models.TextChoices):
    """What became of the billing of goods that came back. `none` of what nobody had billed yet."""

    NONE = "none", _("Nothing was billed")
    REVERSED = "reversed", _("Billing reversed")
    HANDED_OFF = "handed_off", _("Handed to billing: credit it")


DELIVERY_LOOKS = {
    DeliveryStatus.DRAFT: Look("gray", "pencil"),
    DeliveryStatus.PREPARED: Look("blue", "package"),
    DeliveryStatus.DELIVERED: Look("teal", "truck"),
    DeliveryStatus.SIGNED: Look("green", "signature"),
    DeliveryStatus.INVOICED: Look("green", "receipt"),
    DeliveryStatus.CANCELLED: Look("gray", "ban"),
}
D = DeliveryStatus


class DeliveryNotes(ScopedQuerySet):
    def visible_to(self, actor: Actor) -> Any:
        """All for who prepares them or sees every order, else those of the tickets one may see."""
        if actor.can("delivery.prepare") == "all":
            return self
        return self.filter(ticket__in=Ticket.objects.visible_to(actor))


class DeliveryNote(StateMachine, TenantModel):
    """What went to a customer, or came back. The number is taken when it is prepared; `file` is its PDF, with `sha256`.

    `address` is as it stands on the paper. On an insourced ticket it is addressed to the lead, the place is as shared.
    """

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=PaperKind, default=PaperKind.DELIVERY)
    number = models.CharField(_("number"), max_length=40, blank=True)
    status = StateField(_("status"), choices=DeliveryStatus, default=DeliveryStatus.DRAFT)
    company = OwnKey(Company, models.PROTECT, verbose_name=_("customer"))
    ticket = OwnKey(Ticket, models.PROTECT, null=True, blank=True, verbose_name=_("ticket"))
    order = OwnKey(Order, models.PROTECT, null=True, blank=True, verbose_name=_("order"))
    corrects = OwnKey("billing.DeliveryNote", models.PROTECT, null=True, blank=True)
    recipient = models.CharField(_("recipient"), max_length=160)
    address = models.TextField(_("address"), blank=True)
    note = models.TextField(_("remark"), blank=True)
    reason = models.TextField(_("reason"), blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    prepared_at = models.DateTimeField(null=True, blank=True)
    prepared_by_name = models.CharField(max_length=200, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.CharField(_("signed by"), max_length=120, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    signature = OwnKey(StoredFile, models.PROTECT, null=True, blank=True)
    signed_on_paper = models.BooleanField(_("signed on paper"), default=False)
    file = OwnKey(StoredFile, models.PROTECT, null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    # The same pages with the signature on one of its own behind them; `file` stays as it was handed over.
    signed_file = OwnKey(StoredFile, models.PROTECT, null=True, blank=True)
    signed_sha256 = models.CharField(max_length=64, blank=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(DeliveryNotes)()

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "status", "-id"], name="delivery_note_by_status"),
            models.Index(fields=["tenant", "ticket"], name="delivery_note_by_ticket"),
            models.Index(fields=["tenant", "order"], name="delivery_note_by_order"),
        ]
        constraints = [
            tenant_key(),
            *same_tenant("company", "ticket", "order", "corrects", "signature", "file", "signed_file"),
            models.UniqueConstraint(fields=["tenant", "key"], name="a_delivery_note_key_is_given_once"),
            models.UniqueConstraint(
                fields=["tenant", "kind", "number"],
                condition=~Q(number=""),
                name="a_delivery_note_number_is_given_once",
            ),
            models.UniqueConstraint(
                fields=["tenant", "ticket"],
                condition=Q(status="draft", kind="delivery", ticket__isnull=False),
                name="a_ticket_has_one_open_delivery_note",
            ),
            models.CheckConstraint(
                condition=Q(status="draft", number="")
                | Q(status="cancelled")
                | (~Q(status__in=["draft", "cancelled"]) & ~Q(number="") & Q(prepared_at__isnull=False)),
                name="a_prepared_delivery_note_has_a_number",
            ),
            models.CheckConstraint(condition=Q(signed_at=None) | ~Q(signed_by=""), name="a_signature_has_a_name"),
            models.CheckConstraint(
                condition=Q(signed_at=None, signature=None, signed_on_paper=False)
                | Q(signed_at__isnull=False, signature=None, signed_on_paper=True)
                | Q(signed_at__isnull=False, signature__isnull=False, signed_on_paper=False),
                name="a_signature_is_drawn_or_on_paper",
            ),
            models.CheckConstraint(
                condition=Q(kind="delivery") | Q(corrects__isnull=False), name="a_return_note_corrects_another"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_draft(self) -> bool:
        return self.status == D.DRAFT

    @property
    def is_return(self) -> bool:
        return self.kind == PaperKind.RETURN

    @transition(status, source=D.DRAFT, target=D.PREPARED)
    def prepare(self, now: datetime, number: str, by_name: str) -> None:
        """Its lines are frozen, it has its number."""
        self.prepared_at, self.number, self.prepared_by_name = now, number, by_name

    @transition(status, source=D.PREPARED, target=D.DELIVERED)
    def deliver(self, now: datetime) -> None:
        """The goods are there, or back."""
        self.delivered_at = now

    @transition(status, source=[D.PREPARED, D.DELIVERED], target=D.SIGNED)
    def sign(self, now: datetime, name: str, drawn: StoredFile | None) -> None:
        """Somebody there signed: drew it, or wrote it on the printed note."""
        self.signed_at, self.signed_by = now, name
        self.signature, self.signed_on_paper = drawn, drawn is None
        self.delivered_at = self.delivered_at or now

    @transition(status, source=[D.DELIVERED, D.SIGNED], target=D.INVOICED)
    def invoice(self) -> None:
        """Every chargeable line is on an issued invoice."""

    @transition(status, source=D.INVOICED, target=D.DELIVERED)
    def uninvoice(self) -> None:
        """A credit note took a line off again."""

    @transition(status, source=[D.DRAFT, D.PREPARED, D.DELIVERED, D.SIGNED], target=D.CANCELLED)
    def cancel(self, reason: str) -> None:
        """It did not happen: a draft is dropped, a numbered one reversed by its return note."""
        self.reason = reason


class Materials(ScopedQuerySet):
    def visible_to(self, actor: Actor) -> Any:
        """All for who books goods, else those of the tickets one may see."""
        if actor.can("goods.book") == "all":
            return self
        return self.filter(charge__ticket__in=Ticket.objects.visible_to(actor))

    def flagged(self) -> Any:
        """Those that were typed as free text and have no article yet, of charges that still stand."""
        return self.filter(is_flagged=True, charge__removed_at=None)


class Material(TenantModel):
    """Goods used on a ticket: a charge with an article, a packaging unit, serial numbers and the place they came from.

    `is_flagged`: typed as free text, sales is to say which article it was.
    """

    charge = OwnKey(Charge, models.CASCADE)
    entry = OwnKey(TimeEntry, models.SET_NULL, null=True, blank=True)
    article = OwnKey(Article, models.PROTECT, null=True, blank=True, verbose_name=_("article"))
    packaging = OwnKey(PackagingUnit, models.PROTECT, null=True, blank=True, verbose_name=_("packaging unit"))
    place = OwnKey(StockPlace, models.PROTECT, null=True, blank=True, verbose_name=_("taken from"))
    serials = models.JSONField(_("serial numbers"), default=list, blank=True)
    is_flagged = models.BooleanField(default=False)

    objects: ClassVar[Any] = ScopedManager.from_queryset(Materials)()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "entry"], name="material_by_entry")]
        constraints = [
            tenant_key(),
            *same_tenant("charge", "entry", "article", "packaging", "place"),
            models.UniqueConstraint(fields=["tenant", "charge"], name="a_charge_is_one_material"),
        ]


class DeliveryLine(TenantModel):
    """One line: from a material, from an order's line, from a line it takes back, or typed by the office.

    `quantity` counts `unit`; `factor` is how many of the article's own units one of them holds. The price is net.
    `billing` is said of the lines of return notes alone.
    """

    note = OwnKey(DeliveryNote, models.CASCADE)
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    position = models.PositiveSmallIntegerField()
    material = OwnKey(Material, models.SET_NULL, null=True, blank=True)
    order_line = OwnKey(OrderLine, models.PROTECT, null=True, blank=True)
    corrects = OwnKey("billing.DeliveryLine", models.PROTECT, null=True, blank=True)
    article = OwnKey(Article, models.PROTECT, null=True, blank=True, verbose_name=_("article"))
    name = models.CharField(_("name"), max_length=160)
    quantity = models.DecimalField(_("quantity"), max_digits=10, decimal_places=2)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    factor = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal(1))
    unit_price = models.DecimalField(_("price each"), max_digits=12, decimal_places=2, default=Decimal(0))
    vat_kind = models.CharField(_("VAT"), max_length=10, choices=VatKind, default=VatKind.STANDARD)
    serials = models.JSONField(_("serial numbers"), default=list, blank=True)
    place = OwnKey(StockPlace, models.PROTECT, null=True, blank=True, verbose_name=_("taken from"))
    is_chargeable = models.BooleanField(_("chargeable"), default=True)
    billing = models.CharField(max_length=10, choices=ReturnBilling, default=ReturnBilling.NONE)

    class Meta(TenantModel.Meta):
        ordering = ["position"]
        constraints = [
            tenant_key(),
            *same_tenant("note", "material", "order_line", "corrects", "article", "place"),
            models.UniqueConstraint(fields=["tenant", "note", "position"], name="a_delivery_line_has_its_own_place"),
            models.UniqueConstraint(fields=["tenant", "key"], name="a_delivery_line_key_is_given_once"),
            models.UniqueConstraint(
                fields=["tenant", "material"], condition=Q(material__isnull=False), name="a_material_is_delivered_once"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="a_delivery_line_has_a_quantity"),
        ]


class GoodsRequests(ScopedQuerySet):
    def visible_to(self, actor: Actor) -> Any:
        """All for who books goods, else those of the tickets one may see."""
        if actor.can("goods.book") == "all":
            return self
        return self.filter(ticket__in=Ticket.objects.visible_to(actor))

    def open(self) -> Any:
        """Those that wait: for the office, or for an answer to it."""
        return self.filter(status__in=["open", "returned"])


class GoodsStatus(models.TextChoices):
    """What became of a goods request."""

    OPEN = "open", _("Open")
    BOOKED = "booked", _("Booked")
    RETURNED = "returned", _("Returned")
    CANCELLED = "cancelled", _("Cancelled")


GOODS_LOOKS = {
    GoodsStatus.OPEN: Look("amber", "package"),
    GoodsStatus.BOOKED: Look("green", "circle-check"),
    GoodsStatus.RETURNED: Look("orange", "undo-2"),
    GoodsStatus.CANCELLED: Look("gray", "ban"),
}
G = GoodsStatus


class GoodsRequest(StateMachine, TenantModel):
    """*Tell the office*: goods a technician used or needs, for the back office to book onto the delivery note."""

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    ticket = OwnKey(Ticket, models.PROTECT)
    hand_off = OwnKey(HandOff, models.PROTECT, null=True, blank=True)
    status = StateField(_("status"), choices=GoodsStatus, default=GoodsStatus.OPEN)
    text = models.CharField(_("what"), max_length=300)
    quantity = models.DecimalField(_("quantity"), max_digits=10, decimal_places=2, default=Decimal(1))
    unit = models.CharField(_("unit or packaging"), max_length=40, blank=True)
    answer = models.TextField(blank=True)
    line = OwnKey(DeliveryLine, models.SET_NULL, null=True, blank=True)
    asked_by = OwnKey(Membership, models.PROTECT, null=True)
    asked_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(GoodsRequests)()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "ticket"], name="goods_request_by_ticket")]
        constraints = [
            tenant_key(),
            *same_tenant("ticket", "hand_off", "line", "asked_by"),
            models.UniqueConstraint(fields=["tenant", "key"], name="a_goods_request_key_is_given_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="a_goods_request_has_a_quantity"),
        ]

    @transition(status, source=[G.OPEN, G.RETURNED], target=G.BOOKED)
    def book(self, now: datetime, line_id: int | None) -> None:
        """It stands on the delivery note."""
        self.settled_at, self.line_id = now, line_id

    @transition(status, source=G.OPEN, target=G.RETURNED)
    def give_back(self, answer: str) -> None:
        """The office asks back."""
        self.answer = answer

    @transition(status, source=G.RETURNED, target=G.OPEN)
    def ask_again(self, text: str) -> None:
        """The technician answered."""
        self.text = text

    @transition(status, source=[G.OPEN, G.RETURNED], target=G.CANCELLED)
    def cancel(self, now: datetime) -> None:
        """Not needed after all."""
        self.settled_at = now


class VisitPreparation(TenantModel):
    """The day-before rule about one visit: the task *prepare delivery note*, by when, and what came of it late."""

    appointment = OwnKey(Appointment, models.CASCADE)
    hand_off = OwnKey(HandOff, models.PROTECT, null=True, blank=True)
    note = OwnKey(DeliveryNote, models.SET_NULL, null=True, blank=True)
    due_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("appointment", "hand_off", "note"),
            models.UniqueConstraint(fields=["tenant", "appointment"], name="a_visit_is_prepared_once"),
        ]
