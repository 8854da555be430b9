"""Invoices and credit notes, what was paid, and what is sent when nobody pays (it-house spec)."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models.posting import BillingItem
from billing.models.settings import LONGEST_PAYMENT, EInvoiceFormat, VatCategory, VatKind
from psa.directory.models import Company, Contract
from psa.fsm import StateField, StateMachine, transition
from psa.leases import QueueModel, due_index
from psa.looks import Look
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, OwnedModel, ScopedManager, ScopedQuerySet, TenantModel
from psa.tenancy.rows import RECORD, RowClass
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models import StoredFile

HALF_A_CENT = Decimal("0.005")


class InvoiceKind(models.TextChoices):
    """What the paper is."""

    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")


class InvoiceStatus(models.TextChoices):
    """How far it is. An issued invoice is never void: it is credited by a paper of its own."""

    DRAFT = "draft", _("Draft")
    ISSUED = "issued", _("Issued")
    PARTLY_PAID = "partly_paid", _("Partly paid")
    PAID = "paid", _("Paid")
    CREDITED = "credited", _("Credited")


INVOICE_LOOKS = {
    InvoiceStatus.DRAFT: Look("gray", "pencil"),
    InvoiceStatus.ISSUED: Look("blue", "send"),
    InvoiceStatus.PARTLY_PAID: Look("amber", "circle-dot"),
    InvoiceStatus.PAID: Look("green", "circle-check"),
    InvoiceStatus.CREDITED: Look("gray", "undo-2"),
}
S = InvoiceStatus


class Invoices(ScopedQuerySet):
    def visible_to(self, actor: Actor) -> Any:
        """All of them for who may see invoices, else none; a customer's people see theirs in the portal
        (`billing.services.customers`)."""
        return self if actor.can("invoice.view") == "all" else self.none()


class Invoice(StateMachine, TenantModel):
    """An invoice, or the credit note that `corrects` one. Sums in `currency`, to the cent: `net` is the sum of lines,
    `gross` = net + vat, `due` = gross + rounding. `credited` is what was set off between an invoice and its credit
    notes, `paid` what came in (of a credit note: went back).

    A credit note is due on no day: it is set off, and what is left is paid back.

    `seller` and `buyer` are as they stand on the paper, kept when it is issued. `file` is the PDF, `xml` the electronic
    invoice where the customer wants one; `sha256` is of the PDF. `handover` names the settlement it bills, if it does.
    """

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=InvoiceKind, default=InvoiceKind.INVOICE)
    number = models.CharField(_("number"), max_length=40, blank=True)
    status = StateField(_("status"), choices=InvoiceStatus, default=InvoiceStatus.DRAFT)
    company = OwnKey(Company, models.PROTECT, verbose_name=_("customer"))
    contract = OwnKey(Contract, models.PROTECT, null=True, blank=True)
    corrects = OwnKey("billing.Invoice", models.PROTECT, null=True, blank=True)
    handover = models.UUIDField(null=True, blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    format = models.CharField(_("format"), max_length=10, choices=EInvoiceFormat, default="", blank=True)
    reference = models.CharField(_("buyer reference"), max_length=60, blank=True)
    order_reference = models.CharField(_("order number"), max_length=60, blank=True)
    seller = models.JSONField(default=dict)
    buyer = models.JSONField(default=dict)
    text = models.TextField(_("text above the lines"), blank=True)
    closing = models.TextField(_("text under the lines"), blank=True)
    issued_on = models.DateField(_("date"), null=True, blank=True)
    due_on = models.DateField(_("due"), null=True, blank=True)
    payment_days = models.PositiveSmallIntegerField(
        _("days to pay"), default=14, validators=[MaxValueValidator(LONGEST_PAYMENT)]
    )
    period_from = models.DateField(_("from"), null=True, blank=True)
    period_until = models.DateField(_("until"), null=True, blank=True)
    rounding_step = models.DecimalField(max_digits=4, decimal_places=2, default=Decimal(0))
    net = models.DecimalField(_("net"), max_digits=14, decimal_places=2, default=Decimal(0))
    vat = models.DecimalField(_("VAT"), max_digits=14, decimal_places=2, default=Decimal(0))
    gross = models.DecimalField(_("gross"), max_digits=14, decimal_places=2, default=Decimal(0))
    rounding = models.DecimalField(_("rounding"), max_digits=6, decimal_places=2, default=Decimal(0))
    due = models.DecimalField(_("amount due"), max_digits=14, decimal_places=2, default=Decimal(0))
    paid = models.DecimalField(_("paid"), max_digits=14, decimal_places=2, default=Decimal(0))
    credited = models.DecimalField(_("credited"), max_digits=14, decimal_places=2, default=Decimal(0))
    file = OwnKey(StoredFile, models.PROTECT, null=True, blank=True)
    xml = OwnKey(StoredFile, models.PROTECT, null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    dunning_level = models.PositiveSmallIntegerField(default=0)
    dunned_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_by_name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    issued_at = models.DateTimeField(null=True, blank=True)
    exported_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(Invoices)()

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "status", "-id"], name="invoice_by_status"),
            models.Index(fields=["tenant", "company", "-id"], name="invoice_by_company"),
            models.Index(
                fields=["tenant", "due_on"], condition=Q(status__in=["issued", "partly_paid"]), name="invoice_open"
            ),
        ]
        constraints = [
            tenant_key(),
            *same_tenant("company", "contract", "corrects", "file", "xml"),
            models.UniqueConstraint(fields=["tenant", "key"], name="an_invoice_key_is_given_once"),
            models.UniqueConstraint(
                fields=["tenant", "kind", "number"], condition=~Q(number=""), name="an_invoice_number_is_given_once"
            ),
            models.CheckConstraint(
                condition=Q(status="draft", number="", issued_on=None)
                | (~Q(status="draft") & ~Q(number="") & Q(issued_on__isnull=False)),
                name="an_issued_invoice_has_a_number",
            ),
            models.CheckConstraint(
                condition=Q(kind="invoice") | Q(corrects__isnull=False), name="a_credit_note_corrects_an_invoice"
            ),
            models.CheckConstraint(condition=Q(kind="invoice") | Q(due_on=None), name="a_credit_note_is_due_on_no_day"),
            # Less than half a cent apart, because SQLite keeps decimals as floating point.
            models.CheckConstraint(
                condition=Q(
                    gross__gt=models.F("net") + models.F("vat") - HALF_A_CENT,
                    gross__lt=models.F("net") + models.F("vat") + HALF_A_CENT,
                ),
                name="gross_is_net_and_vat",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def outstanding(self) -> Decimal:
        """What is still to be paid."""
        return self.due - self.credited - self.paid

    @transition(status, source=S.DRAFT, target=S.ISSUED)
    def issue(self, number: str, on: date, due_on: date | None, now: datetime) -> None:
        """It has its number and its date; nothing on it changes any more."""
        self.number, self.issued_on, self.due_on, self.issued_at = number, on, due_on, now

    @transition(status, source=[S.ISSUED, S.PARTLY_PAID], target=S.PARTLY_PAID)
    def pay_part(self, paid: Decimal) -> None:
        """Something came in."""
        self.paid = paid

    @transition(status, source=[S.ISSUED, S.PARTLY_PAID], target=S.PAID)
    def pay(self, paid: Decimal) -> None:
        """All of it came in."""
        self.paid = paid

    @transition(status, source=[S.PAID, S.PARTLY_PAID], target=S.PARTLY_PAID)
    def unpay_part(self, paid: Decimal) -> None:
        """A payment was taken back, something is left."""
        self.paid = paid

    @transition(status, source=[S.PAID, S.PARTLY_PAID], target=S.ISSUED)
    def unpay(self) -> None:
        """Every payment was taken back."""
        self.paid = Decimal(0)

    @transition(status, source=[S.ISSUED, S.PARTLY_PAID, S.PAID], target=S.CREDITED)
    def credit(self) -> None:
        """A credit note takes all of it back."""


class InvoiceLine(TenantModel):
    """One line: quantity × price less the discount, to the cent. On an issued invoice it never changes.

    `vat_kind` and `is_goods` are what is sold, `vat_category` and `vat_rate` what the customer makes of it at the rates
    of `supplied_on`.
    """

    invoice = OwnKey(Invoice, models.CASCADE)
    position = models.PositiveSmallIntegerField()
    item = OwnKey(BillingItem, models.PROTECT, null=True, blank=True)
    name = models.CharField(_("name"), max_length=200)
    text = models.TextField(_("description"), blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=6)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    unit_code = models.CharField(max_length=3, default="C62")
    unit_price = models.DecimalField(_("price each"), max_digits=12, decimal_places=2)
    discount = models.DecimalField(_("discount in per cent"), max_digits=5, decimal_places=2, default=Decimal(0))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    supplied_on = models.DateField(_("day of supply"), null=True, blank=True)
    vat_kind = models.CharField(_("VAT"), max_length=10, choices=VatKind, default=VatKind.STANDARD)
    is_goods = models.BooleanField(_("goods"), default=False)
    vat_category = models.CharField(max_length=2, choices=VatCategory, default=VatCategory.STANDARD)
    vat_rate = models.DecimalField(_("VAT in per cent"), max_digits=5, decimal_places=2)
    account = models.CharField(max_length=10, blank=True)
    is_current = models.BooleanField(default=True)

    class Meta(TenantModel.Meta):
        ordering = ["position"]
        constraints = [
            tenant_key(),
            *same_tenant("invoice", "item"),
            models.UniqueConstraint(fields=["tenant", "invoice", "position"], name="an_invoice_line_has_its_own_place"),
            # A credited line is not current any more, so that what it billed can be billed again.
            models.UniqueConstraint(
                fields=["tenant", "item"],
                condition=Q(item__isnull=False, is_current=True),
                name="an_item_is_invoiced_once",
            ),
        ]


class InvoiceVat(TenantModel):
    """The VAT of an invoice by category and rate: base and tax, each to the cent."""

    invoice = OwnKey(Invoice, models.CASCADE)
    category = models.CharField(max_length=2, choices=VatCategory)
    rate = models.DecimalField(max_digits=5, decimal_places=2)
    base = models.DecimalField(max_digits=14, decimal_places=2)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    reason = models.CharField(max_length=200, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("invoice"),
            models.UniqueConstraint(
                fields=["tenant", "invoice", "category", "rate"], name="vat_of_a_rate_stands_once_on_an_invoice"
            ),
        ]


class Payment(TenantModel):
    """Money that came in for an invoice, or went back for a credit note. Only ever added: one that was wrong is taken
    back by a second one that `reverses` it, below nothing."""

    row_class: ClassVar[RowClass] = RECORD

    invoice = OwnKey(Invoice, models.PROTECT)
    on = models.DateField(_("date"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    note = models.CharField(_("remark"), max_length=200, blank=True)
    reverses = OwnKey("billing.Payment", models.PROTECT, null=True, blank=True)
    by = OwnKey(Membership, models.PROTECT, null=True)
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "invoice"], name="payment_by_invoice")]
        constraints = [
            tenant_key(),
            *same_tenant("invoice", "by", "reverses"),
            models.CheckConstraint(condition=~Q(amount=0), name="a_payment_is_some_money"),
            models.CheckConstraint(
                condition=Q(amount__gt=0) | Q(reverses__isnull=False), name="only_a_reversal_is_below_nothing"
            ),
            models.UniqueConstraint(
                fields=["tenant", "reverses"], condition=Q(reverses__isnull=False), name="a_payment_is_reversed_once"
            ),
        ]


class PaperWanted(QueueModel):
    """An issued invoice wants its PDF, its electronic invoice and its mail. Gone once they are made."""

    tries: ClassVar[int] = 20

    invoice_id = models.BigIntegerField()
    # Who is told of it: the mail leaves with the papers, unless somebody issued it without one.
    is_mailed = models.BooleanField(default=True)

    class Meta(OwnedModel.Meta):
        indexes = [due_index("invoice_paper_due")]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "invoice_id"], name="papers_of_an_invoice_are_wanted_once"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id}"
