"""What is sold: articles with their packaging units, and where goods lie."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models.settings import VatKind
from psa.looks import Look
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, ScopedManager, ScopedQuerySet, TenantModel
from psa.tenancy.rows import RECORD, RowClass
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models import Category, ChecklistTemplate, Queue, TicketType


class ArticleKind(models.TextChoices):
    """What an article is."""

    GOODS = "goods", _("Goods")
    SERVICE = "service", _("Service")
    LICENCE = "licence", _("Licence")
    FLAT = "flat", _("Flat charge")


ARTICLE_LOOKS = {
    ArticleKind.GOODS: Look("teal", "package"),
    ArticleKind.SERVICE: Look("blue", "wrench"),
    ArticleKind.LICENCE: Look("violet", "key"),
    ArticleKind.FLAT: Look("gray", "receipt"),
}


class Catalogue(ScopedQuerySet):
    def visible_to(self, actor: Actor) -> Any:
        """All of it for who sees orders or logs material, else none."""
        return self if actor.can("order.view") or actor.can("material.log") else self.none()


class ServiceTemplate(TenantModel):
    """What a ticket that is made from an order line starts with (it-house spec, "Orders become tickets")."""

    name = models.CharField(_("name"), max_length=120)
    title = models.CharField(_("title of the ticket"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    queue = OwnKey(Queue, models.SET_NULL, null=True, blank=True, verbose_name=_("queue"))
    category = OwnKey(Category, models.SET_NULL, null=True, blank=True, verbose_name=_("category"))
    type = OwnKey(TicketType, models.SET_NULL, null=True, blank=True, verbose_name=_("type"))
    planned_minutes = models.PositiveIntegerField(_("planned minutes"), null=True, blank=True)
    is_base = models.BooleanField(_("base installation"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(Catalogue)()

    class Meta(TenantModel.Meta):
        ordering = ["name"]
        constraints = [
            tenant_key(),
            *same_tenant("queue", "category", "type"),
            models.UniqueConstraint(fields=["tenant", "name"], name="a_service_template_is_named_once"),
        ]

    def __str__(self) -> str:
        return self.name


class ServiceChecklist(TenantModel):
    """A checklist a service template brings along."""

    template = OwnKey(ServiceTemplate, models.CASCADE)
    checklist = OwnKey(ChecklistTemplate, models.PROTECT)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("template", "checklist"),
            models.UniqueConstraint(
                fields=["tenant", "template", "checklist"], name="a_service_brings_a_checklist_once"
            ),
        ]


class Article(TenantModel):
    """Something that is sold. Prices are net, in the tenant's currency, for one `unit`; `unit_code` is its code of
    UN/ECE recommendation 20 (C62 one, HUR hour …)."""

    number = models.CharField(_("number"), max_length=40)
    name = models.CharField(_("name"), max_length=160)
    names = models.JSONField(default=dict, blank=True)
    text = models.TextField(_("description"), blank=True)
    kind = models.CharField(_("type"), max_length=10, choices=ArticleKind, default=ArticleKind.GOODS)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    unit_code = models.CharField(_("unit code"), max_length=3, default="C62")
    price = models.DecimalField(_("price each"), max_digits=12, decimal_places=2, default=Decimal(0))
    cost = models.DecimalField(_("cost each"), max_digits=12, decimal_places=2, null=True, blank=True)
    vat_kind = models.CharField(_("VAT"), max_length=10, choices=VatKind, default=VatKind.STANDARD)
    account = models.CharField(_("revenue account"), max_length=10, blank=True)
    service = OwnKey(ServiceTemplate, models.SET_NULL, null=True, blank=True, verbose_name=_("service template"))
    is_installable = models.BooleanField(_("is installed"), default=False)
    needs_appointment = models.BooleanField(_("needs an appointment"), default=False)
    has_serials = models.BooleanField(_("has serial numbers"), default=False)
    is_stocked = models.BooleanField(_("kept in stock"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(Catalogue)()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "name", "id"], name="article_by_name")]
        constraints = [
            tenant_key(),
            *same_tenant("service"),
            models.UniqueConstraint(fields=["tenant", "number"], name="an_article_number_is_given_once"),
            models.CheckConstraint(condition=Q(price__gte=0), name="an_article_costs_nothing_or_more"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class PackagingUnit(TenantModel):
    """A way an article is packed: `factor` of its units in one. The price is the article's unless it has its own."""

    article = OwnKey(Article, models.CASCADE)
    name = models.CharField(_("name"), max_length=40)
    factor = models.DecimalField(_("contains"), max_digits=10, decimal_places=2)
    price = models.DecimalField(_("price each"), max_digits=12, decimal_places=2, null=True, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ["factor"]
        constraints = [
            tenant_key(),
            *same_tenant("article"),
            models.UniqueConstraint(fields=["tenant", "article", "name"], name="an_article_is_packed_once_so"),
            models.CheckConstraint(condition=Q(factor__gt=0), name="a_packaging_unit_contains_something"),
        ]

    def __str__(self) -> str:
        return self.name


class StockPlace(TenantModel):
    """Where goods lie: the store, a technician's car."""

    name = models.CharField(_("name"), max_length=80)
    is_active = models.BooleanField(_("active"), default=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(Catalogue)()

    class Meta(TenantModel.Meta):
        ordering = ["name"]
        constraints = [
            tenant_key(),
            models.UniqueConstraint(fields=["tenant", "name"], name="a_stock_place_is_named_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Stock(TenantModel):
    """How much of an article lies at a place, in the article's unit; the sum of its moves. It may be negative: what was
    taken was there, whatever was counted. Below `minimum` it is low."""

    article = OwnKey(Article, models.PROTECT)
    place = OwnKey(StockPlace, models.PROTECT)
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=2, default=Decimal(0))
    minimum = models.DecimalField(_("low below"), max_digits=12, decimal_places=2, null=True, blank=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(Catalogue)()

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("article", "place"),
            models.UniqueConstraint(fields=["tenant", "article", "place"], name="an_article_lies_at_a_place_once"),
        ]


class StockMove(TenantModel):
    """Goods that came to or left a place, only ever added. `source` is the key of what moved them (a material, a line
    of a delivery note), so that nothing is moved twice."""

    row_class: ClassVar[RowClass] = RECORD

    article = OwnKey(Article, models.PROTECT)
    place = OwnKey(StockPlace, models.PROTECT)
    quantity = models.DecimalField(max_digits=12, decimal_places=2)
    serials = models.JSONField(default=list, blank=True)
    source = models.UUIDField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    by = OwnKey(Membership, models.PROTECT, null=True)
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Any] = ScopedManager.from_queryset(Catalogue)()

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "article", "-id"], name="stock_move_by_article"),
            models.Index(fields=["tenant", "at", "id"], name="stock_move_by_age"),
        ]
        constraints = [
            tenant_key(),
            *same_tenant("article", "place", "by"),
            models.UniqueConstraint(
                fields=["tenant", "source"], condition=Q(source__isnull=False), name="nothing_is_moved_twice"
            ),
            models.CheckConstraint(condition=~Q(quantity=0), name="a_stock_move_moves_something"),
        ]
