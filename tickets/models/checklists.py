"""Checklists (it-house spec): templates that keep their versions, and the lists a ticket is worked through by."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from psa.fsm import StateField, StateMachine, transition
from psa.tenancy.models import TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models.desk import Category
from tickets.models.items import KINDS, Item
from tickets.models.status import REOPENED, Status
from tickets.models.ticket import Ticket

# Somebody works on the ticket: only then a checklist is worked through.
ACTIVE = (Status.OPEN, Status.IN_PROGRESS, Status.ESTIMATE_ACCEPTED, *REOPENED, Status.READY_FOR_DEPLOY)


class Evidence(models.TextChoices):
    """What has to be given when an item is ticked."""

    NONE = "none", _("Nothing")
    NOTE = "note", _("Note")
    PHOTO = "photo", _("Photo")
    SERIAL = "serial", _("Serial number")
    VALUE = "value", _("Measured value")


class CheckState(models.TextChoices):
    """Where an item of a checklist stands."""

    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    NOT_APPLICABLE = "not_applicable", _("Not applicable")


def in_language(text: str, texts: dict[str, str]) -> str:
    """A text in the reader's language where it was written in it, else as it was written first."""
    return texts.get((get_language() or "").partition("-")[0]) or text


class CheckText(models.Model):
    """One thing to do, in the languages it was written in, and what has to be shown for it."""

    position = models.PositiveSmallIntegerField(default=0)
    text = models.CharField(_("text"), max_length=300)
    texts = models.JSONField(default=dict, blank=True)
    is_required = models.BooleanField(_("required"), default=True)
    evidence = models.CharField(_("evidence"), max_length=10, choices=Evidence, default=Evidence.NONE)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    for_customer = models.BooleanField(_("visible to the customer"), default=False)
    for_partner = models.BooleanField(_("for the partner"), default=False)

    class Meta:
        abstract = True

    @property
    def said(self) -> str:
        """The text as its reader reads it."""
        return in_language(self.text, self.texts)


class ChecklistTemplate(TenantModel):
    """A checklist to be used again and again. `version` is the one tickets get now; a retired template gives none."""

    name = models.CharField(_("name"), max_length=120)
    version = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta(TenantModel.Meta):
        ordering = ["name", "id"]
        constraints = [tenant_key()]

    def __str__(self) -> str:
        return self.name


class ChecklistVersion(TenantModel):
    """A template as it was saved once; never changed afterwards, because tickets keep it."""

    template = OwnKey(ChecklistTemplate, models.PROTECT)
    number = models.PositiveIntegerField()
    name = models.CharField(_("name"), max_length=120)
    names = models.JSONField(default=dict, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.CharField(max_length=200)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("template"),
            models.UniqueConstraint(fields=["tenant", "template", "number"], name="a_checklist_version_is_made_once"),
        ]

    @property
    def said(self) -> str:
        return in_language(self.name, self.names)


class TemplateItem(CheckText, TenantModel):
    """One item of one version of a template."""

    checklist_version = OwnKey(ChecklistVersion, models.CASCADE)

    class Meta(TenantModel.Meta):
        abstract = False
        ordering = ["position"]
        constraints = [
            tenant_key(),
            *same_tenant("checklist_version"),
            models.UniqueConstraint(
                fields=["tenant", "checklist_version", "position"], name="a_template_item_has_its_own_place"
            ),
        ]


class CategoryChecklist(TenantModel):
    """A category brings this checklist along: it is put on a ticket when somebody accepts it for work."""

    category = OwnKey(Category, models.CASCADE)
    template = OwnKey(ChecklistTemplate, models.CASCADE)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("category", "template"),
            models.UniqueConstraint(
                fields=["tenant", "category", "template"], name="a_category_brings_a_checklist_once"
            ),
        ]


class Checklist(TenantModel):
    """A list on a ticket: of the version it was made from, of somebody's own making, or a partner's."""

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    ticket = OwnKey(Ticket, models.CASCADE)
    made_from = OwnKey(ChecklistVersion, models.PROTECT, null=True, blank=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    names = models.JSONField(default=dict, blank=True)
    partner = models.CharField(max_length=200, blank=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "ticket"], name="checklist_by_ticket")]
        constraints = [
            tenant_key(),
            *same_tenant("ticket", "made_from"),
            models.UniqueConstraint(fields=["tenant", "key"], name="a_checklist_key_is_given_once"),
        ]

    @property
    def said(self) -> str:
        """Its name as its reader reads it; a list of somebody's own making has none."""
        return in_language(self.name, self.names) or str(_("Checklist"))


class ChecklistItem(StateMachine, CheckText, Item):
    """One item of a ticket's checklist: what is to be done, whether it is, by whom, when, and what shows it.

    Audience "partner" says with which handover it went along: then the partner ticks its copy and we follow.
    `acted_by` is who ticked, skipped or opened it last.
    """

    checklist = OwnKey(Checklist, models.CASCADE)
    state = StateField(choices=CheckState, default=CheckState.OPEN)
    settled_at = models.DateTimeField(null=True, blank=True)
    acted_by = models.CharField(max_length=200, blank=True)
    proof = models.CharField(max_length=500, blank=True)
    photo = models.UUIDField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)

    class Meta(Item.Meta):
        abstract = False
        constraints = [
            *Item.Meta.constraints,
            *same_tenant("checklist"),
            models.CheckConstraint(
                condition=Q(state=CheckState.OPEN, settled_at=None)
                | (~Q(state=CheckState.OPEN) & Q(settled_at__isnull=False)),
                name="a_settled_checklist_item_knows_when",
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.state == CheckState.OPEN

    @transition(state, source=CheckState.OPEN, target=CheckState.DONE)
    def tick(self, name: str, at: datetime, proof: str, photo: uuid.UUID | None) -> None:
        """It is done, and this shows it."""
        self.acted_by, self.settled_at, self.proof, self.photo, self.reason = name, at, proof, photo, ""

    @transition(state, source=CheckState.OPEN, target=CheckState.NOT_APPLICABLE)
    def skip(self, name: str, at: datetime, reason: str) -> None:
        """It is not for this ticket."""
        self.acted_by, self.settled_at, self.reason = name, at, reason

    @transition(state, source=[CheckState.DONE, CheckState.NOT_APPLICABLE], target=CheckState.OPEN)
    def untick(self, name: str, reason: str) -> None:
        """It has to be done after all; who did it before stays in the journal."""
        self.acted_by, self.settled_at, self.proof, self.photo, self.reason = name, None, "", None, reason


# Every kind of item that can go to a partner: those of the timeline, and the items of checklists.
TRAVELLING: dict[str, type[Item]] = {**KINDS, ChecklistItem.kind(): ChecklistItem}
