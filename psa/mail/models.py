"""A mail and its way out: what it says is the tenant's own row, how far it got is a queue's head."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.fsm import StateField, StateMachine, transition
from psa.leases import QueueModel, due_index
from psa.looks import Look
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, OwnedModel, ScopedManager, ScopedQuerySet, TenantModel
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key


class OutgoingMail(TenantModel):
    """One mail to one person, as it was written: in their language, with its reason line and its own Message-ID.

    `subject_type` and `subject_id` name the row it is about, as a journal entry does.
    """

    code = models.SlugField(max_length=40)
    to_address = models.CharField(max_length=254)
    to_name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=5)
    subject = models.CharField(max_length=250, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    reason = models.CharField(max_length=250, blank=True)
    message_id = models.CharField(max_length=250)
    headers = models.JSONField(default=dict)
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "subject_type", "subject_id", "-id"], name="mail_by_subject"),
        ]
        constraints = [
            tenant_key(),
            models.UniqueConstraint(fields=["tenant", "message_id"], name="a_message_id_names_one_mail"),
        ]

    def __str__(self) -> str:
        return f"{self.code} → {self.to_address}"


class DeliveryState(models.TextChoices):
    """How far a mail got."""

    QUEUED = "queued", _("Waiting to be sent")
    SENT = "sent", _("Sent")
    BOUNCED = "bounced", _("Came back")
    FAILED = "failed", _("Not sent")
    WITHDRAWN = "withdrawn", _("Taken back before it was sent")


DELIVERY_LOOKS = {
    DeliveryState.QUEUED: Look("blue", "clock"),
    DeliveryState.SENT: Look("green", "circle-check"),
    DeliveryState.BOUNCED: Look("red", "undo-2"),
    DeliveryState.FAILED: Look("red", "circle-alert"),
    DeliveryState.WITHDRAWN: Look("gray", "undo-2"),
}


class DeliveryQuerySet(ScopedQuerySet):
    """Which mails a member may look at."""

    def visible_to(self, actor: Actor) -> Any:
        """Every mail of the tenant for its administrators, in the demo for every member, else none."""
        return self if settings.DEMO or actor.can("tenant.manage") else self.none()


class Delivery(QueueModel, StateMachine):
    """The way of one mail out of the house. `error` is a code; the server's own words are never kept.

    A mail with a `hold` waits for its first `due`, so that its author can still take it back; mails written together
    share it. Whoever claims the row ends that: from then on it may be with the mail server.
    """

    tries: ClassVar[int] = 60  # the pauses grow to an hour, so this is two days

    mail = OwnKey(OutgoingMail, models.CASCADE)
    state = StateField(choices=DeliveryState, default=DeliveryState.QUEUED)
    sent_at = models.DateTimeField(null=True)
    hold = models.UUIDField(null=True, editable=False)

    objects: ClassVar[Any] = ScopedManager.from_queryset(DeliveryQuerySet)()

    class Meta(OwnedModel.Meta):
        indexes = [
            due_index("delivery_due"),
            models.Index(fields=["tenant", "-id"], name="delivery_by_time"),
            models.Index(fields=["tenant", "hold"], condition=models.Q(hold__isnull=False), name="delivery_by_hold"),
        ]
        constraints = [
            *same_tenant("mail"),
            models.UniqueConstraint(fields=["tenant", "mail"], name="a_mail_has_one_delivery"),
            models.CheckConstraint(
                condition=models.Q(state=DeliveryState.QUEUED) | models.Q(due=None), name="only_queued_mail_is_due"
            ),
        ]

    MOVES: ClassVar = ("state", "sent_at", "hold", "due", "leased_until", "attempts", "parked_at", "error")

    def __str__(self) -> str:
        return f"{self.mail_id} {self.state}"

    @transition(field=state, source=DeliveryState.QUEUED, target=DeliveryState.SENT)
    def sent(self) -> None:
        """The mail server took it, or nothing is sent from here and it stays in the outbox."""
        self.sent_at = timezone.now()
        self._rest("")

    @transition(field=state, source=DeliveryState.QUEUED, target=DeliveryState.FAILED)
    def fail(self, code: str) -> None:
        """It will not be sent as it is."""
        self.parked_at = timezone.now()
        self._rest(code)

    @transition(field=state, source=DeliveryState.SENT, target=DeliveryState.BOUNCED)
    def bounce(self, code: str) -> None:
        """It was sent and came back."""
        self._rest(code)

    @property
    def is_held(self) -> bool:
        """Whether it can still be taken back: nobody ever began to send it."""
        waits = self.state == DeliveryState.QUEUED and self.due is not None
        return self.hold is not None and waits and self.attempts == 0 and self.leased_until is None

    @transition(
        field=state,
        source=DeliveryState.QUEUED,
        target=DeliveryState.WITHDRAWN,
        conditions=[attrgetter("is_held")],
    )
    def withdraw(self) -> None:
        """Its author took it back before anybody began to send it."""
        self._rest("")

    @property
    def is_stuck(self) -> bool:
        """Whether nobody tries it any more and somebody may send it again."""
        return self.due is None and self.state not in {DeliveryState.SENT, DeliveryState.WITHDRAWN}

    @transition(
        field=state,
        source=[DeliveryState.QUEUED, DeliveryState.FAILED, DeliveryState.BOUNCED],
        target=DeliveryState.QUEUED,
        conditions=[attrgetter("is_stuck")],
    )
    def again(self) -> None:
        """Try it once more, with the Message-ID it has."""
        self.due, self.attempts, self.parked_at, self.error, self.sent_at = timezone.now(), 0, None, "", None
        self.hold = None

    def _rest(self, code: str) -> None:
        self.due, self.leased_until, self.error = None, None, code[:80]


class Way(models.TextChoices):
    """How somebody wants to hear of something."""

    NOW = "now", _("At once by mail")
    DIGEST = "digest", _("Once a day, in one mail")
    OFF = "off", _("Not by mail")


class Preference(TenantModel):
    """How one member wants to hear of one kind of news, where it is not the usual way (psa.mail.preferences)."""

    member = OwnKey(Membership, models.CASCADE)
    kind = models.SlugField(max_length=20)
    way = models.CharField(max_length=6, choices=Way)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("member"),
            models.UniqueConstraint(fields=["tenant", "member", "kind"], name="a_member_prefers_one_way"),
        ]


class Notice(TenantModel):
    """One piece of news that waits for a member's mail of the day: its subject line, and where it leads."""

    member = OwnKey(Membership, models.CASCADE)
    kind = models.SlugField(max_length=20)
    subject = models.CharField(max_length=250)
    url = models.CharField(max_length=300, blank=True)
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "member", "id"], name="notice_by_member")]
        constraints = [tenant_key(), *same_tenant("member")]
