"""What one role hands to another inside the company: nothing depends on somebody reading a mail (it-house spec)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from psa.fsm import StateField, StateMachine, transition
from psa.looks import Look
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, ScopedManager, ScopedQuerySet, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models.ticket import Ticket


class HandOffKind(models.TextChoices):
    """What is handed over."""

    ORDER = "order", pgettext_lazy("sales", "Order")
    DELIVERY_NOTE = "delivery_note", _("Prepare a delivery note")
    GOODS = "goods", _("Goods to book")
    LICENCE = "licence", _("Licence to bill")
    QUOTE = "quote", _("Quote wished")
    CREDIT = "credit", _("Invoiced goods came back")


HAND_OFF_KIND_LOOKS = {
    HandOffKind.ORDER: Look("blue", "clipboard-list"),
    HandOffKind.DELIVERY_NOTE: Look("teal", "truck"),
    HandOffKind.GOODS: Look("amber", "package"),
    HandOffKind.LICENCE: Look("violet", "key"),
    HandOffKind.QUOTE: Look("gray", "file-text"),
    HandOffKind.CREDIT: Look("orange", "undo-2"),
}


class HandOffStatus(models.TextChoices):
    """Where it stands."""

    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    RETURNED = "returned", _("Returned")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


HAND_OFF_LOOKS = {
    HandOffStatus.OPEN: Look("amber", "inbox"),
    HandOffStatus.ACCEPTED: Look("blue", "hand"),
    HandOffStatus.RETURNED: Look("orange", "undo-2"),
    HandOffStatus.DONE: Look("green", "circle-check"),
    HandOffStatus.CANCELLED: Look("gray", "ban"),
}
H = HandOffStatus
WAITING = (H.OPEN, H.ACCEPTED, H.RETURNED)


class HandOffQuerySet(ScopedQuerySet):
    def visible_to(self, actor: Actor) -> Any:
        """Those of one's own role, those one sent, and all of them for who manages orders."""
        if actor.can("order.manage") == "all":
            return self
        if not actor.membership_id:
            return self.none()
        role = Membership.objects.filter(pk=actor.membership_id).values("role__code")
        mine = Q(sender=actor.membership_id) | Q(taken_by=actor.membership_id) | Q(receiving_role=Subquery(role))
        return self.filter(mine)

    def open(self) -> Any:
        """Those that still wait for somebody."""
        return self.filter(status__in=WAITING)


class HandOff(StateMachine, TenantModel):
    """One thing handed from a person to a role. `subject` names what it is about by the key of that row, if there is
    one: an order, a goods request, a licence, an appointment; the app that owns it settles the hand-off with it."""

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=15, choices=HandOffKind)
    ticket = OwnKey(Ticket, models.PROTECT, null=True, blank=True, verbose_name=_("ticket"))
    subject = models.UUIDField(null=True, editable=False)
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("text"), blank=True)
    sender = OwnKey(Membership, models.PROTECT, null=True, blank=True, verbose_name=_("sender"))
    sender_name = models.CharField(max_length=200)
    receiving_role = models.SlugField(_("for"), max_length=40)
    taken_by = OwnKey(Membership, models.PROTECT, null=True, blank=True, verbose_name=_("taken by"))
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    status = StateField(_("status"), choices=HandOffStatus, default=HandOffStatus.OPEN)
    answer = models.TextField(_("answer"), blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(HandOffQuerySet)()

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(
                fields=["tenant", "receiving_role", "due_at", "id"],
                condition=Q(status__in=["open", "accepted", "returned"]),
                name="open_hand_offs",
            ),
            models.Index(fields=["tenant", "ticket"], name="hand_off_by_ticket"),
            models.Index(fields=["tenant", "-id"], name="hand_off_by_age"),
        ]
        constraints = [
            tenant_key(),
            *same_tenant("ticket", "sender", "taken_by"),
            models.UniqueConstraint(fields=["tenant", "key"], name="a_hand_off_key_is_given_once"),
            models.UniqueConstraint(
                fields=["tenant", "kind", "subject"],
                condition=Q(status__in=["open", "accepted", "returned"], subject__isnull=False),
                name="a_thing_is_handed_off_once",
            ),
            models.CheckConstraint(
                condition=~Q(status="returned") | ~Q(answer=""), name="a_returned_hand_off_says_why"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["done", "cancelled"], settled_at__isnull=False)
                | (~Q(status__in=["done", "cancelled"]) & Q(settled_at=None)),
                name="a_settled_hand_off_knows_when",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @transition(status, source=[H.OPEN, H.RETURNED], target=H.ACCEPTED)
    def accept(self, by_id: int | None) -> None:
        """Somebody of the role takes it on."""
        self.taken_by_id = by_id

    @transition(status, source=[H.OPEN, H.ACCEPTED], target=H.RETURNED)
    def give_back(self, answer: str) -> None:
        """It goes back to the sender, with the reason or the question."""
        self.answer = answer

    @transition(status, source=H.RETURNED, target=H.OPEN)
    def send_again(self, text: str) -> None:
        """The sender answered."""
        self.text = text

    @transition(status, source=[H.OPEN, H.ACCEPTED], target=H.DONE)
    def finish(self, now: datetime, answer: str = "") -> None:
        """It is done."""
        self.settled_at, self.answer = now, answer or self.answer

    @transition(status, source=[H.OPEN, H.ACCEPTED, H.RETURNED], target=H.CANCELLED)
    def cancel(self, now: datetime) -> None:
        """Nobody needs it any more."""
        self.settled_at = now
