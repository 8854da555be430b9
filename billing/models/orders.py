"""Orders: what a customer ordered, what was promised beyond the lines, and the tickets it became."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models.articles import Article, PackagingUnit, ServiceTemplate
from billing.models.settings import VatKind
from psa.directory.models import Company, Contact, Location
from psa.fsm import StateField, StateMachine, transition
from psa.looks import Look
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, ScopedManager, ScopedQuerySet, TenantModel
from psa.tenancy.rows import RECORD, RowClass
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models import StoredFile, Ticket


class OrderStatus(models.TextChoices):
    """How far an order is."""

    DRAFT = "draft", _("Draft")
    CONFIRMED = "confirmed", _("Confirmed")
    PARTLY_DELIVERED = "partly_delivered", _("Partly delivered")
    DELIVERED = "delivered", _("Delivered")
    INVOICED = "invoiced", _("Invoiced")
    CANCELLED = "cancelled", pgettext_lazy("paper", "Cancelled")


ORDER_LOOKS = {
    OrderStatus.DRAFT: Look("gray", "pencil"),
    OrderStatus.CONFIRMED: Look("blue", "clipboard-check"),
    OrderStatus.PARTLY_DELIVERED: Look("amber", "truck"),
    OrderStatus.DELIVERED: Look("teal", "truck"),
    OrderStatus.INVOICED: Look("green", "receipt"),
    OrderStatus.CANCELLED: Look("gray", "ban"),
}
S = OrderStatus


class Orders(ScopedQuerySet):
    def visible_to(self, actor: Actor) -> Any:
        """All of them for who may see orders, else none."""
        return self if actor.can("order.view") else self.none()


class Order(StateMachine, TenantModel):
    """What a customer ordered. Money net in `currency`. `version` counts its changes: a stale form is told so."""

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    number = models.CharField(_("number"), max_length=40)
    status = StateField(_("status"), choices=OrderStatus, default=OrderStatus.DRAFT)
    title = models.CharField(_("title"), max_length=200)
    company = OwnKey(Company, models.PROTECT, verbose_name=_("customer"))
    contact = OwnKey(Contact, models.SET_NULL, null=True, blank=True, verbose_name=_("contact"))
    location = OwnKey(Location, models.SET_NULL, null=True, blank=True, verbose_name=_("delivery address"))
    owner = OwnKey(Membership, models.PROTECT, null=True, blank=True, verbose_name=_("sales owner"))
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    ordered_on = models.DateField(_("ordered on"))
    wanted_on = models.DateField(_("wanted by"), null=True, blank=True)
    customer_reference = models.CharField(_("customer's order number"), max_length=60, blank=True)
    note = models.TextField(_("remark"), blank=True)
    cancelled_reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(Orders)()

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "status", "-id"], name="order_by_status"),
            models.Index(fields=["tenant", "company", "-id"], name="order_by_company"),
        ]
        constraints = [
            tenant_key(),
            *same_tenant("company", "contact", "location", "owner"),
            models.UniqueConstraint(fields=["tenant", "number"], name="an_order_number_is_given_once"),
            models.UniqueConstraint(fields=["tenant", "key"], name="an_order_key_is_given_once"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "cancelled"]) | Q(confirmed_at__isnull=False),
                name="a_confirmed_order_knows_when",
            ),
            models.CheckConstraint(
                condition=~Q(status="cancelled") | ~Q(cancelled_reason=""), name="a_cancelled_order_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @transition(status, source=S.DRAFT, target=S.CONFIRMED)
    def confirm(self, now: datetime) -> None:
        """The customer's order stands; its tickets are made in the same transaction."""
        self.confirmed_at = now

    @transition(status, source=[S.CONFIRMED, S.PARTLY_DELIVERED], target=S.PARTLY_DELIVERED)
    def deliver_part(self) -> None:
        """Some of the lines went out."""

    @transition(status, source=[S.CONFIRMED, S.PARTLY_DELIVERED], target=S.DELIVERED)
    def deliver(self) -> None:
        """Everything went out."""

    @transition(status, source=[S.DELIVERED, S.PARTLY_DELIVERED], target=S.CONFIRMED)
    def take_back(self) -> None:
        """A return note left nothing delivered."""

    @transition(status, source=S.DELIVERED, target=S.PARTLY_DELIVERED)
    def take_part_back(self) -> None:
        """A return note left something to deliver again."""

    @transition(status, source=S.DELIVERED, target=S.INVOICED)
    def invoice(self) -> None:
        """Every line is on an issued invoice."""

    @transition(status, source=S.INVOICED, target=S.DELIVERED)
    def uninvoice(self) -> None:
        """A credit note took a line off again."""

    @transition(status, source=[S.DRAFT, S.CONFIRMED], target=S.CANCELLED)
    def cancel(self, reason: str) -> None:
        """Nothing will come of it; nothing was delivered."""
        self.cancelled_reason = reason


class OrderLine(TenantModel):
    """One line. `quantity` counts packaging units where there is one, else the article's unit; `delivered` and
    `invoiced` are sums kept with the papers that made them."""

    order = OwnKey(Order, models.CASCADE)
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    position = models.PositiveSmallIntegerField()
    article = OwnKey(Article, models.PROTECT, null=True, blank=True, verbose_name=_("article"))
    name = models.CharField(_("name"), max_length=160)
    text = models.TextField(_("description"), blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=10, decimal_places=2)
    packaging = OwnKey(PackagingUnit, models.PROTECT, null=True, blank=True, verbose_name=_("packaging unit"))
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    unit_price = models.DecimalField(_("price each"), max_digits=12, decimal_places=2)
    vat_kind = models.CharField(_("VAT"), max_length=10, choices=VatKind, default=VatKind.STANDARD)
    is_installable = models.BooleanField(_("is installed"), default=False)
    needs_appointment = models.BooleanField(_("needs an appointment"), default=False)
    delivered = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal(0))
    invoiced = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal(0))

    class Meta(TenantModel.Meta):
        ordering = ["position"]
        constraints = [
            tenant_key(),
            *same_tenant("order", "article", "packaging"),
            models.UniqueConstraint(fields=["tenant", "order", "position"], name="an_order_line_has_its_own_place"),
            models.UniqueConstraint(fields=["tenant", "key"], name="an_order_line_key_is_given_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="an_order_line_has_a_quantity"),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="an_order_line_costs_nothing_or_more"),
            models.CheckConstraint(
                condition=Q(delivered__gte=0, delivered__lte=F("quantity")), name="no_more_is_delivered_than_ordered"
            ),
        ]

    @property
    def amount(self) -> Decimal:
        """Quantity × price, net, to the cent."""
        return (self.quantity * self.unit_price).quantize(Decimal("0.01"))


class Promise(TenantModel):
    """What was agreed with the customer beyond the lines (*same knowledge as the customer*), only ever added: a change
    or a withdrawal is a later row of the same `thread`."""

    row_class: ClassVar[RowClass] = RECORD

    class Change(models.TextChoices):
        AGREED = "agreed", _("agreed")
        CHANGED = "changed", _("changed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    order = OwnKey(Order, models.PROTECT)
    thread = models.UUIDField(default=uuid.uuid4)
    change = models.CharField(max_length=10, choices=Change, default=Change.AGREED)
    text = models.TextField(_("what was agreed"))
    by = OwnKey(Membership, models.PROTECT, null=True)
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "order", "id"], name="promise_by_order")]
        constraints = [tenant_key(), *same_tenant("order", "by")]


class OrderDocument(TenantModel):
    """A document of an order: the signed order, an offer, a drawing. One may be *the* order document."""

    order = OwnKey(Order, models.CASCADE)
    file = OwnKey(StoredFile, models.PROTECT)
    name = models.CharField(_("name"), max_length=200)
    is_the_order = models.BooleanField(_("the order itself"), default=False)
    added_by_name = models.CharField(max_length=200)
    added_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("order", "file"),
            models.UniqueConstraint(
                fields=["tenant", "order"], condition=Q(is_the_order=True), name="an_order_is_one_document"
            ),
        ]


class OrderTicket(TenantModel):
    """A ticket made from an order: its lines, what the technician must know, whether it is the base installation."""

    order = OwnKey(Order, models.PROTECT)
    ticket = OwnKey(Ticket, models.PROTECT)
    service = OwnKey(ServiceTemplate, models.PROTECT, null=True, blank=True)
    is_base = models.BooleanField(default=False)
    lines = models.JSONField(default=list)
    knowledge = models.TextField(_("what the technician must know"), blank=True)
    nothing_beyond = models.BooleanField(_("nothing beyond the order"), default=False)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "order"], name="order_ticket_by_order")]
        constraints = [
            tenant_key(),
            *same_tenant("order", "ticket", "service"),
            models.UniqueConstraint(fields=["tenant", "ticket"], name="a_ticket_comes_from_one_order"),
            models.UniqueConstraint(
                fields=["tenant", "order"], condition=Q(is_base=True), name="an_order_has_one_base_installation"
            ),
            models.CheckConstraint(
                condition=~Q(knowledge="") | Q(nothing_beyond=True), name="the_technician_knows_or_there_is_nothing"
            ),
        ]
