"""A mail and its way, out and in: what it says is the tenant's own row, how far it got is a queue's head."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.directory.models import Contact
from psa.fsm import StateField, StateMachine, transition
from psa.leases import QueueModel, due_index
from psa.looks import Look
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, OwnedModel, ScopedManager, ScopedQuerySet, TenantModel
from psa.tenancy.rows import IDENTITY
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


class Enclosure(TenantModel):
    """A file that goes along with a mail, as it was made: a signed estimate, a bill."""

    mail = OwnKey(OutgoingMail, models.CASCADE)
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=100, default="application/pdf")
    content = models.BinaryField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "mail"], name="enclosure_by_mail")]
        constraints = [tenant_key(), *same_tenant("mail")]

    def __str__(self) -> str:
        return self.name


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


class MailTemplateQuerySet(ScopedQuerySet):
    def visible_to(self, actor: Actor) -> MailTemplateQuerySet:
        """All of them for whoever manages templates, else none."""
        return self.all() if actor.can("template.manage") else self.none()


class MailTemplate(TenantModel):
    """A company's own wording of a mail of the catalogue, under its code; or a mail of its own, with a name, for rules.

    `broken` names what was wrong when it could not be used the last time (a code, see psa.mail.wording), `broken_at`
    when that was: the mail went out in the catalogue's words.
    """

    code = models.SlugField(max_length=40)
    name = models.CharField(_("name"), max_length=80, blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = OwnKey(Membership, models.PROTECT, null=True)
    changed_at = models.DateTimeField(default=timezone.now)
    broken = models.CharField(max_length=80, blank=True)
    broken_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(MailTemplateQuerySet)()

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("changed_by"),
            models.UniqueConstraint(fields=["tenant", "code"], name="a_mail_is_worded_once"),
        ]

    def __str__(self) -> str:
        return self.name or self.code

    @property
    def is_own(self) -> bool:
        return bool(self.name)


class MailWording(TenantModel):
    """What a mail says in one language: plain text with placeholders from a closed list."""

    template = OwnKey(MailTemplate, models.CASCADE)
    language = models.CharField(_("language"), max_length=5)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))

    class Meta(TenantModel.Meta):
        ordering = ["language"]
        constraints = [
            tenant_key(),
            *same_tenant("template"),
            models.UniqueConstraint(fields=["tenant", "template", "language"], name="a_mail_says_it_once_a_language"),
            models.CheckConstraint(condition=~models.Q(subject="") & ~models.Q(text=""), name="a_wording_is_complete"),
        ]


class Mailbox(OwnedModel):
    """An address whose mail is one tenant's, beside <tenant>@MAIL_DOMAIN. The operator says so: an address is proved by
    whoever runs the mail server and by nobody's form."""

    row_class: ClassVar[Any] = IDENTITY

    address = models.EmailField(unique=True)

    class Meta(OwnedModel.Meta):
        constraints = [tenant_key()]

    def __str__(self) -> str:
        return self.address


class Door(models.TextChoices):
    """How a mail came in."""

    WEBHOOK = "webhook", _("Mail service")
    IMAP = "imap", _("Mailbox")
    MAILDIR = "maildir", _("Mail folder")
    PIPE = "pipe", _("Mail server")


class ArrivalState(models.TextChoices):
    """What became of a mail that came in."""

    WAITING = "waiting", _("Not read yet")
    TAKEN = "taken", _("On a ticket")
    QUARANTINED = "quarantined", _("In quarantine")
    IGNORED = "ignored", _("Needs nobody")
    DISCARDED = "discarded", _("Discarded")


ARRIVAL_LOOKS = {
    ArrivalState.WAITING: Look("blue", "clock"),
    ArrivalState.TAKEN: Look("green", "ticket"),
    ArrivalState.QUARANTINED: Look("amber", "shield"),
    ArrivalState.IGNORED: Look("gray", "circle-check"),
    ArrivalState.DISCARDED: Look("gray", "trash-2"),
}


class IncomingQuerySet(ScopedQuerySet):
    """Which mails a member may look at in the quarantine."""

    def visible_to(self, actor: Actor) -> Any:
        """All of the tenant's for who works the quarantine, else none."""
        return self if actor.can("mail.quarantine") else self.none()


class IncomingMail(StateMachine, TenantModel):
    """One mail that came in. Its bytes are kept as they came (`path`); the columns are what was understood of them.

    `text` is what was written now, `quoted` what stood around it, `html` may be shown in a sandbox. `subject_*` name
    the ticket it belongs to and `item_*` what it became there. `reason` is a code: why it is in quarantine, or needs
    nobody.
    """

    door = models.CharField(max_length=10, choices=Door)
    at_address = models.CharField(max_length=320)
    # The same Message-ID to the same address is the same mail, however often it is delivered.
    fingerprint = models.CharField(max_length=64)
    path = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField(default=timezone.now)

    message_id = models.CharField(max_length=250, blank=True)
    from_address = models.CharField(max_length=254, blank=True)
    from_name = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=250, blank=True)
    text = models.TextField(blank=True)
    quoted = models.TextField(blank=True)
    html = models.TextField(blank=True)
    pictures = models.PositiveIntegerField(default=0)
    files = models.JSONField(default=list)
    files_left = models.PositiveIntegerField(default=0)
    is_automatic = models.BooleanField(default=False)
    verdict = models.CharField(max_length=10, blank=True)
    contact = OwnKey(Contact, models.SET_NULL, null=True, blank=True)

    state = StateField(choices=ArrivalState, default=ArrivalState.WAITING)
    reason = models.CharField(max_length=60, blank=True)
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True)
    item_type = models.CharField(max_length=40, blank=True)
    item_id = models.BigIntegerField(null=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(IncomingQuerySet)()

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "-id"], name="arrival_by_time"),
            models.Index(fields=["tenant", "-id"], condition=models.Q(state="quarantined"), name="quarantine_by_time"),
            models.Index(fields=["tenant", "message_id"], name="arrival_by_message_id"),
            models.Index(fields=["tenant", "from_address", "-received_at"], name="arrival_by_sender"),
            models.Index(fields=["tenant", "subject_type", "subject_id", "-id"], name="arrival_by_subject"),
        ]
        constraints = [
            tenant_key(),
            *same_tenant("contact"),
            models.UniqueConstraint(fields=["tenant", "fingerprint"], name="a_mail_is_taken_in_once"),
            models.CheckConstraint(
                condition=~models.Q(state="taken") | models.Q(subject_id__isnull=False),
                name="a_mail_that_was_taken_is_on_something",
            ),
        ]

    MOVES: ClassVar = ("state", "reason", "subject_type", "subject_id", "item_type", "item_id", "contact")

    def __str__(self) -> str:
        return f"{self.from_address}: {self.title}"

    @transition(
        field=state,
        source=[ArrivalState.WAITING, ArrivalState.QUARANTINED, ArrivalState.IGNORED, ArrivalState.DISCARDED],
        target=ArrivalState.TAKEN,
    )
    def take(self, subject: models.Model, item: models.Model | None = None) -> None:
        """It is on a ticket now, as this item of it, or as what the ticket was opened with."""
        self.reason = ""
        self.subject_type, self.subject_id = str(subject._meta.model_name), subject.pk
        self.item_type, self.item_id = (str(item._meta.model_name), item.pk) if item is not None else ("", None)

    @transition(field=state, source=ArrivalState.WAITING, target=ArrivalState.QUARANTINED)
    def quarantine(self, reason: str) -> None:
        """A person has to look at it."""
        self.reason = reason[:60]

    @transition(field=state, source=ArrivalState.WAITING, target=ArrivalState.IGNORED)
    def ignore(self, reason: str) -> None:
        """Nobody has to: a report that was noted, our own mail come back."""
        self.reason = reason[:60]

    @transition(field=state, source=[ArrivalState.WAITING, ArrivalState.QUARANTINED], target=ArrivalState.DISCARDED)
    def discard(self) -> None:
        """Somebody looked and nothing is to be done, or its sender is blocked. It is kept."""

    @transition(field=state, source=[ArrivalState.DISCARDED, ArrivalState.IGNORED], target=ArrivalState.QUARANTINED)
    def bring_back(self) -> None:
        """Somebody wants to look again."""


class Arrival(QueueModel):
    """A mail that waits to be read."""

    mail = OwnKey(IncomingMail, models.CASCADE)

    class Meta(OwnedModel.Meta):
        indexes = [due_index("arrival_due")]
        constraints = [
            *same_tenant("mail"),
            models.UniqueConstraint(fields=["tenant", "mail"], name="a_mail_arrives_once"),
        ]


class BlockedSender(TenantModel):
    """An address nobody here wants to read from: its mail is kept and goes past the quarantine."""

    address = models.CharField(max_length=254)
    blocked_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            models.UniqueConstraint(fields=["tenant", "address"], name="an_address_is_blocked_once"),
        ]
