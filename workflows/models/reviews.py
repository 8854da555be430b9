"""A customer's review of finished work: until when, who was told of that, and what stands in the clock's way."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.directory.models import Contact
from psa.mail.models import OutgoingMail
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, ScopedManager, ScopedQuerySet, TenantModel
from psa.tenancy.rows import RECORD, RowClass
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models import Proof, Ticket


class Pause(models.TextChoices):
    """Why the clock of a review stands still."""

    MESSAGE = "message", _("The customer wrote; an answer is owed")
    UNDELIVERED = "undelivered", _("A mail about the review did not arrive")
    UNTOLD = "untold", _("Nobody could be told: the ticket names no contact with an e-mail address")
    HANDOVER = "handover", _("A partner still works on it")
    BY_HAND = "by_hand", _("Paused here")


class ReviewQuerySet(ScopedQuerySet):
    """Reviews as members see them."""

    def visible_to(self, actor: Actor) -> Any:
        """Those of the tickets one may see."""
        return self.filter(ticket__in=Ticket.objects.visible_to(actor))

    def running(self) -> Any:
        """Those that are not over."""
        return self.filter(ended_at=None)


class Review(TenantModel):
    """One stay of a ticket with the customer for acceptance.

    `until` is the moment the customer was told of: at its end what was done counts as accepted. It never comes earlier
    within a round; a round begins with a notice and runs for `days` working days of the customer's calendar. Without a
    moment (`until` empty) nothing happens by itself. `is_off` says that somebody switched that off for this ticket.
    """

    ticket = OwnKey(Ticket, models.CASCADE)
    stay = models.PositiveIntegerField()
    round = models.PositiveSmallIntegerField(default=0)
    began_at = models.DateTimeField(default=timezone.now)
    days = models.PositiveSmallIntegerField(default=5)
    until = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_why = models.CharField(max_length=12, choices=Pause, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    # The customer may ask for more time once.
    extended_at = models.DateTimeField(null=True, blank=True)
    extended_by = models.CharField(max_length=200, blank=True)
    is_off = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(ReviewQuerySet)()

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("ticket"),
            models.UniqueConstraint(fields=["tenant", "ticket", "stay"], name="a_stay_is_reviewed_once"),
            models.UniqueConstraint(
                fields=["tenant", "ticket"], condition=Q(ended_at=None), name="a_ticket_is_in_one_review"
            ),
            models.CheckConstraint(
                condition=Q(paused_at=None, paused_why="") | (Q(paused_at__isnull=False) & ~Q(paused_why="")),
                name="a_paused_review_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.stay}"


class Telling(models.TextChoices):
    """What a mail to the customer was about."""

    NOTICE = "notice", _("Notice")
    MOVED = "moved", _("Other date")
    HALF = "half", _("First reminder")
    LAST = "last", _("Last reminder")
    QUESTION = "question", _("Question")
    FIRST = "first", _("First reminder of a question")
    SECOND = "second", _("Second reminder of a question")


class CustomerNotice(TenantModel):
    """A mail that told somebody at the customer's of a clock that runs: of which stay of a ticket, in which round."""

    ticket = OwnKey(Ticket, models.CASCADE)
    stay = models.PositiveIntegerField()
    round = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=Telling)
    contact = OwnKey(Contact, models.SET_NULL, null=True, blank=True)
    mail = OwnKey(OutgoingMail, models.CASCADE)
    told_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "ticket", "stay"], name="customer_notice_by_stay")]
        constraints = [
            tenant_key(),
            *same_tenant("ticket", "contact", "mail"),
            models.UniqueConstraint(fields=["tenant", "mail"], name="a_mail_tells_of_one_clock"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind}"


class Word(models.TextChoices):
    """What a customer can say of finished work."""

    ACCEPT = "accept", _("Accepts the solution")
    DEPLOY = "deploy", _("Accepts the solution and asks for its deployment")
    DEFECT = "defect", _("Found a defect")
    OBJECTION = "objection", _("Objects")


# The words that accept the work.
ACCEPTING = (Word.ACCEPT, Word.DEPLOY)


class HeldAcceptance(TenantModel):
    """An acceptance given while a partner still works: kept as it was given, and made when that work has ended."""

    row_class: ClassVar[RowClass] = RECORD

    review = OwnKey(Review, models.PROTECT)
    word = models.CharField(max_length=10, choices=Word)
    contact = OwnKey(Contact, models.PROTECT)
    by = OwnKey(Membership, models.PROTECT, null=True, blank=True)
    evidence = models.CharField(max_length=10, choices=Proof, blank=True)
    text = models.TextField(blank=True)
    channel = models.CharField(max_length=10, blank=True)
    address = models.CharField(max_length=45, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("review", "contact", "by"),
            models.UniqueConstraint(fields=["tenant", "review"], name="a_review_is_accepted_ahead_once"),
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.word}"
