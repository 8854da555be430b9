"""What is proposed to a customer before the work, version by version, and what its approvers said to it."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import replace
from datetime import UTC
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator
from django.db import ProgrammingError, models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.directory.models import Contact
from psa.fsm import StateField, StateMachine, transition
from psa.looks import Look
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, ScopedManager, ScopedQuerySet, TenantModel
from psa.tenancy.rows import RECORD, TENANT, RowClass
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key
from tickets.models import Proof, Ticket
from workflows.models.approvers import Mode

CENT = Decimal("0.01")


def cents(value: Decimal) -> Decimal:
    """To whole cents, halves up."""
    return value.quantize(CENT, ROUND_HALF_UP)


class Pricing(models.TextChoices):
    """What the amount is made of."""

    HOURLY = "hourly", _("By the hour")
    FIXED = "fixed", _("Fixed price")


class EstimateStatus(models.TextChoices):
    """How far one version is."""

    SENT = "sent", _("With the customer")
    ACCEPTED = "accepted", _("Accepted")
    RETURNED = "returned", _("Returned with a question")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Expired without an answer")
    SUPERSEDED = "superseded", _("Replaced by a newer version")
    WITHDRAWN = "withdrawn", _("Withdrawn")


ESTIMATE_LOOKS = {
    EstimateStatus.SENT: Look("amber", "hourglass"),
    EstimateStatus.ACCEPTED: Look("green", "badge-check"),
    EstimateStatus.RETURNED: Look("amber", "undo-2"),
    EstimateStatus.DECLINED: Look("red", "ban"),
    EstimateStatus.EXPIRED: Look("gray", "timer"),
    EstimateStatus.SUPERSEDED: Look("gray", "history"),
    EstimateStatus.WITHDRAWN: Look("gray", "circle-slash"),
}


class EstimateQuerySet(ScopedQuerySet):
    """A version is never changed once it is sent: only its status moves."""

    MOVES: ClassVar = frozenset({"status", "decided_at"})

    def visible_to(self, actor: Actor) -> Any:
        """Those of the tickets one may see."""
        return self.filter(ticket__in=Ticket.objects.visible_to(actor))

    def update(self, **kwargs: Any) -> int:
        self._must_be_a_move(kwargs)
        return super().update(**kwargs)

    def _update(self, values: Any) -> int:
        self._must_be_a_move(field.name for field, _model, _value in values)
        return super()._update(values)

    def _must_be_a_move(self, names: Any) -> None:
        if changed := set(names) - self.MOVES:
            raise ProgrammingError(f"An estimate is never changed: {', '.join(sorted(changed))}.")


class Estimate(StateMachine, TenantModel):
    """One version of what a customer is asked to agree to. What it says never changes; `sha256` is of all of it.

    `minutes` are those to come, `worked` those logged before it was sent, `waiting` the part of them that is over the
    limit and is billed if this is accepted: so the net amount of an hourly one is rate × (minutes + waiting). With the
    tolerance (per cent) it may come to `most_net` without asking again; that is what a limit has to cover.
    """

    row_class: ClassVar[RowClass] = replace(TENANT, erasable=("text",))

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    ticket = OwnKey(Ticket, models.PROTECT)
    version = models.PositiveIntegerField()
    status = StateField(_("status"), choices=EstimateStatus, default=EstimateStatus.SENT)
    sha256 = models.CharField(max_length=64)
    kind = models.CharField(_("price"), max_length=10, choices=Pricing, default=Pricing.HOURLY)
    minutes = models.PositiveIntegerField(_("minutes"))
    worked = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    rate = models.DecimalField(_("per hour"), max_digits=10, decimal_places=2, null=True, blank=True)
    amount_net = models.DecimalField(_("net amount"), max_digits=12, decimal_places=2)
    tolerance = models.PositiveSmallIntegerField(_("tolerance in per cent"), validators=[MaxValueValidator(100)])
    currency = models.CharField(_("currency"), max_length=3)
    vat_rate = models.DecimalField(_("VAT in per cent"), max_digits=5, decimal_places=2)
    proposed_due = models.DateTimeField(_("proposed deadline"))
    text = models.TextField(_("text"), blank=True)
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.ANY)
    sent_by = OwnKey(Membership, models.PROTECT, null=True, blank=True)
    sent_by_name = models.CharField(max_length=200)
    sent_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(EstimateQuerySet)()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "ticket", "-version"], name="estimate_by_ticket")]
        constraints = [
            tenant_key(),
            *same_tenant("ticket", "sent_by"),
            models.UniqueConstraint(fields=["tenant", "key"], name="an_estimate_key_is_given_once"),
            models.UniqueConstraint(fields=["tenant", "ticket", "version"], name="an_estimate_version_is_given_once"),
            models.UniqueConstraint(
                fields=["tenant", "ticket"],
                condition=Q(status=EstimateStatus.SENT),
                name="a_ticket_has_one_current_estimate",
            ),
            models.CheckConstraint(
                condition=Q(status=EstimateStatus.SENT, decided_at=None)
                | (~Q(status=EstimateStatus.SENT) & Q(decided_at__isnull=False)),
                name="an_estimate_that_is_over_knows_since_when",
            ),
            models.CheckConstraint(
                condition=Q(kind=Pricing.HOURLY, rate__isnull=False) | Q(kind=Pricing.FIXED, rate=None, tolerance=0),
                name="an_hourly_estimate_has_a_rate_a_fixed_one_no_tolerance",
            ),
            models.CheckConstraint(
                condition=Q(amount_net__gte=0, vat_rate__gte=0, minutes__gt=0, tolerance__lte=100),
                name="an_estimate_is_of_some_work",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} v{self.version} {self.status}"

    @property
    def is_current(self) -> bool:
        """Whether it waits for the customer."""
        return self.status == EstimateStatus.SENT

    @property
    def most_net(self) -> Decimal:
        """What it may come to without asking again."""
        return cents(self.amount_net * (100 + self.tolerance) / 100)

    @property
    def vat(self) -> Decimal:
        """The VAT on the net amount."""
        return cents(self.amount_net * self.vat_rate / 100)

    @property
    def gross(self) -> Decimal:
        """Net and VAT together."""
        return self.amount_net + self.vat

    def snapshot(self) -> dict[str, Any]:
        """Everything the customer agrees to, as plain data in one order."""
        return {
            "key": str(self.key),
            "ticket": self.ticket_id,
            "version": self.version,
            "kind": self.kind,
            "minutes": self.minutes,
            "worked": self.worked,
            "waiting": self.waiting,
            "rate": str(cents(self.rate)) if self.rate is not None else "",
            "amount_net": str(cents(self.amount_net)),
            "tolerance": self.tolerance,
            "currency": self.currency,
            "vat_rate": str(cents(self.vat_rate)),
            "proposed_due": self.proposed_due.astimezone(UTC).isoformat(),
            "text": self.text,
        }

    def digest(self) -> str:
        """The hash of the snapshot."""
        said = json.dumps(self.snapshot(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(said.encode()).hexdigest()

    @transition("status", source=EstimateStatus.SENT, target=EstimateStatus.ACCEPTED)
    def accept(self) -> None:
        """8: its approvers agreed. Nothing leads out of here."""
        self.decided_at = timezone.now()

    @transition("status", source=EstimateStatus.SENT, target=EstimateStatus.DECLINED)
    def decline(self) -> None:
        """9: the customer would rather not."""
        self.decided_at = timezone.now()

    @transition("status", source=EstimateStatus.SENT, target=EstimateStatus.RETURNED)
    def give_back(self) -> None:
        """10: a question, or another proposal."""
        self.decided_at = timezone.now()

    @transition("status", source=EstimateStatus.SENT, target=EstimateStatus.EXPIRED)
    def expire(self) -> None:
        """11: nobody answered in time."""
        self.decided_at = timezone.now()

    @transition("status", source=EstimateStatus.SENT, target=EstimateStatus.SUPERSEDED)
    def supersede(self) -> None:
        """7: a newer version took its place."""
        self.decided_at = timezone.now()

    @transition("status", source=EstimateStatus.SENT, target=EstimateStatus.WITHDRAWN)
    def withdraw(self) -> None:
        """The request ended without it: cancelled by the desk, or merged."""
        self.decided_at = timezone.now()


class Said(models.TextChoices):
    """What somebody said to an estimate."""

    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    RETURNED = "returned", _("Asked or proposed something else")
    PASSED = "passed", _("Passed on")


class Decision(TenantModel):
    """One thing an approver said to a version, as it was; never changed. It repeats what they agreed to.

    On behalf of the contact, `by` recorded it, and `evidence` and `text` say what shows it. `address` is the network
    address of whoever pressed.
    """

    row_class: ClassVar[RowClass] = replace(RECORD, erasable=("name", "address", "text"))

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    estimate = OwnKey(Estimate, models.PROTECT, related_name="decisions")
    said = models.CharField(max_length=10, choices=Said)
    contact = OwnKey(Contact, models.PROTECT)
    name = models.CharField(max_length=200)
    passed_to = OwnKey(Contact, models.PROTECT, null=True, blank=True)
    # The approvers, by id, in whose place it was said: their own, one they stand in for, one that was passed on.
    stands_for = models.JSONField(default=list)
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    amount_net = models.DecimalField(max_digits=12, decimal_places=2)
    amount_gross = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    deadline = models.DateTimeField()
    text = models.TextField(blank=True)
    by = OwnKey(Membership, models.PROTECT, null=True, blank=True)
    by_name = models.CharField(max_length=200, blank=True)
    evidence = models.CharField(max_length=10, choices=Proof, blank=True)
    channel = models.CharField(max_length=10, blank=True)
    address = models.CharField(max_length=45, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "estimate"], name="decision_by_estimate")]
        constraints = [
            tenant_key(),
            *same_tenant("estimate", "contact", "passed_to", "by"),
            models.UniqueConstraint(
                fields=["tenant", "estimate", "contact"], condition=Q(said=Said.ACCEPTED), name="a_contact_agrees_once"
            ),
            models.CheckConstraint(
                condition=Q(by=None, evidence="") | (Q(by__isnull=False) & ~Q(evidence="")),
                name="whoever_records_a_decision_says_what_shows_it",
            ),
            models.CheckConstraint(
                condition=(Q(said=Said.PASSED) & Q(passed_to__isnull=False))
                | (~Q(said=Said.PASSED) & Q(passed_to=None)),
                name="what_is_passed_on_goes_to_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.estimate_id} {self.said} {self.name}"

    @property
    def is_on_behalf(self) -> bool:
        """Whether somebody here recorded it for the contact."""
        return self.by_id is not None
