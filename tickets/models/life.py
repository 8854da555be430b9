"""The life of a request: its states, the moves between them, what each leaves on the row (lifecycle spec, "Moves")."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.fsm import StateField, StateMachine, transition
from psa.tenancy.same_tenant import OwnKey
from tickets.models.status import ACCEPTED, IN_REVIEW, REOPENED, RESOLVED, UNRESOLVED, Resolution, Status

WORKED_ON = (Status.OPEN, *REOPENED)


def stands_alone(ticket: Any) -> bool:
    """Whether the ticket is nobody's duplicate."""
    return ticket.merged_into_id is None


class Life(StateMachine):
    """The columns a request's life is kept in. Moves set columns and nothing else; the numbers are the specification's.

    What an accepted estimate agreed on stands here, so that nothing below has to ask for the estimate: minutes, net
    amount in `agreed_currency`, tolerance in per cent, and the minutes that were logged when it was agreed.
    """

    status = StateField(_("status"), choices=Status, default=Status.NEW)
    # Counts the states this ticket has been in: a timer knows whether it is still the same stay.
    stay = models.PositiveIntegerField(default=0)
    status_since = models.DateTimeField(default=timezone.now)
    resume_to = models.CharField(max_length=40, blank=True)
    resolution = models.CharField(max_length=30, choices=Resolution, blank=True)
    is_open = models.BooleanField(default=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    acceptance = OwnKey("tickets.Acceptance", models.PROTECT, null=True, blank=True, related_name="+")
    # From how many minutes on the customer decides first; kept when the rule was first asked.
    threshold_minutes = models.PositiveIntegerField(null=True, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)
    agreed_minutes = models.PositiveIntegerField(null=True, blank=True)
    agreed_amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    # An hour's price; None where a fixed price was agreed.
    agreed_rate = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    agreed_currency = models.CharField(max_length=3, blank=True)
    agreed_tolerance = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(100)])
    agreed_logged = models.PositiveIntegerField(default=0)
    deploy_from = models.DateTimeField(_("deployment from"), null=True, blank=True)
    deploy_until = models.DateTimeField(_("deployment until"), null=True, blank=True)
    # The customer wrote while the work waits for their acceptance: somebody owes an answer since then.
    answer_needed_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    # The work ------------------------------------------------------------------------------------------------------
    @transition("status", source=Status.NEW, target=Status.OPEN)
    def accept(self) -> None:
        """2: somebody is responsible now."""

    @transition("status", source=[*WORKED_ON, Status.ESTIMATE_ACCEPTED], target=Status.IN_PROGRESS)
    def start(self) -> None:
        """5: the work begins."""

    @transition(
        "status",
        source=[Status.NEW, *WORKED_ON, Status.IN_PROGRESS, Status.ESTIMATE_ACCEPTED],
        target=Status.WAITING_CLARIFICATION,
    )
    def ask(self, resume_to: str) -> None:
        """3: the customer has to answer first; the state before comes back with the answer."""
        self.resume_to = resume_to

    @transition("status", source=Status.WAITING_CLARIFICATION, target=Status.NEW)
    def resume_new(self) -> None:
        """14: back to where it was."""
        self.resume_to = ""

    @transition("status", source=Status.WAITING_CLARIFICATION, target=Status.OPEN)
    def resume_open(self) -> None:
        """14: back to where it was."""
        self.resume_to = ""

    @transition("status", source=Status.WAITING_CLARIFICATION, target=Status.IN_PROGRESS)
    def resume_in_progress(self) -> None:
        """14: back to where it was."""
        self.resume_to = ""

    @transition("status", source=Status.WAITING_CLARIFICATION, target=Status.ESTIMATE_ACCEPTED)
    def resume_estimate_accepted(self) -> None:
        """14: back to where it was."""
        self.resume_to = ""

    @transition("status", source=Status.WAITING_CLARIFICATION, target=Status.REOPENED_DEFECT)
    def resume_reopened_defect(self) -> None:
        """14: back to where it was."""
        self.resume_to = ""

    @transition("status", source=Status.WAITING_CLARIFICATION, target=Status.REOPENED_OBJECTION)
    def resume_reopened_objection(self) -> None:
        """14: back to where it was."""
        self.resume_to = ""

    @transition("status", source=Status.WAITING_CLARIFICATION, target=Status.REOPENED_DEPLOY_REQUEST)
    def resume_reopened_deploy_request(self) -> None:
        """14: back to where it was."""
        self.resume_to = ""

    # Estimates: the customer decides before the work ---------------------------------------------------------------
    @transition("status", source=[*WORKED_ON, Status.IN_PROGRESS, Status.ESTIMATE_ACCEPTED], target=Status.ESTIMATED)
    def estimate(self) -> None:
        """6, 12: an estimate is with the customer's approvers."""

    @transition("status", source=Status.ESTIMATED, target=Status.ESTIMATED)
    def revise(self) -> None:
        """7: the next version of it."""

    @transition("status", source=Status.ESTIMATED, target=Status.ESTIMATE_ACCEPTED)
    def accept_estimate(self) -> None:
        """8: an approver agreed."""

    @transition("status", source=Status.ESTIMATED, target=Status.CANCELLED)
    def decline_estimate(self, now: datetime) -> None:
        """9: the customer would rather not."""
        self._resolve(Resolution.CANCELLED_BY_CUSTOMER, now)

    @transition("status", source=Status.ESTIMATED, target=Status.OPEN)
    def return_estimate(self) -> None:
        """10: a question, or another proposal."""

    @transition("status", source=Status.ESTIMATED, target=Status.OPEN)
    def expire_estimate(self) -> None:
        """11: nobody answered; an estimate is never accepted by silence."""

    @transition("status", source=Status.ESTIMATED, target=Status.CANCELLED)
    def lapse_estimate(self, now: datetime) -> None:
        """11: nobody answered, and the company ends such requests."""
        self._resolve(Resolution.ESTIMATE_EXPIRED, now)

    # Review and deployment: the customer decides after the work ----------------------------------------------------
    @transition("status", source=Status.IN_PROGRESS, target=Status.WAITING_SOLUTION_REVIEW)
    def submit(self) -> None:
        """13: the customer looks at the solution."""

    @transition("status", source=[*IN_REVIEW], target=Status.INVOICE)
    def accept_solution(self, resolution: str, now: datetime) -> None:
        """15: the customer accepts; billing is next."""
        self._resolve(resolution, now)

    @transition("status", source=[*IN_REVIEW], target=Status.REOPENED_DEFECT)
    def find_defect(self) -> None:
        """16: it does not do what it should."""

    @transition("status", source=[*IN_REVIEW], target=Status.REOPENED_OBJECTION)
    def object(self) -> None:
        """16: it is not what was asked for."""

    @transition("status", source=Status.WAITING_SOLUTION_REVIEW, target=Status.REOPENED_DEPLOY_REQUEST)
    def request_deployment(self) -> None:
        """17: the solution is good; it shall go into production."""

    @transition(
        "status", source=[Status.REOPENED_DEPLOY_REQUEST, Status.READY_FOR_DEPLOY], target=Status.READY_FOR_DEPLOY
    )
    def plan(self, begins: datetime, ends: datetime) -> None:
        """18: when it goes into production."""
        self.deploy_from, self.deploy_until = begins, ends

    @transition("status", source=Status.READY_FOR_DEPLOY, target=Status.WAITING_PRODUCTION_REVIEW)
    def deployed(self) -> None:
        """19: it runs; the customer looks at it there."""

    @transition("status", source=Status.READY_FOR_DEPLOY, target=Status.IN_PROGRESS)
    def stand_down(self) -> None:
        """28: not now, or it failed."""
        self.deploy_from = self.deploy_until = None

    @transition("status", source=[*IN_REVIEW], target=Status.IN_PROGRESS)
    def take_back(self) -> None:
        """27: it was not finished after all."""

    # The end -------------------------------------------------------------------------------------------------------
    @transition("status", source=[*IN_REVIEW], target=Status.CLOSED)
    def auto_accept(self, now: datetime) -> None:
        """20: the time the customer was told of is over."""
        self._resolve(Resolution.AUTO_ACCEPTED, now)

    @transition("status", source=[*IN_REVIEW], target=Status.INVOICE)
    def auto_accept_to_invoice(self, now: datetime) -> None:
        """20: the same, where the company closes only what was billed."""
        self._resolve(Resolution.AUTO_ACCEPTED, now)

    @transition("status", source=Status.INVOICE, target=Status.CLOSED)
    def settle(self) -> None:
        """21: everything is billed, or there is nothing to bill."""

    @transition(
        "status",
        source=[*WORKED_ON, Status.IN_PROGRESS, Status.WAITING_CLARIFICATION],
        target=Status.INVOICE,
    )
    def to_billing(self, now: datetime) -> None:
        """26: the lead partner approved; what is left is the bill."""
        self.resume_to = ""
        self._resolve(Resolution.HANDOVER_ENDED, now)

    @transition("status", source=[*WORKED_ON, Status.IN_PROGRESS], target=Status.CLOSED)
    def close(self, resolution: str, now: datetime) -> None:
        """25: done, and no acceptance is needed."""
        self._resolve(resolution, now)

    @transition("status", source=Status.WAITING_CLARIFICATION, target=Status.CLOSED)
    def give_up(self, now: datetime) -> None:
        """24: the customer never answered."""
        self.resume_to = ""
        self._resolve(Resolution.NO_RESPONSE, now)

    @transition("status", source=[Status.NEW, Status.OPEN, Status.WAITING_CLARIFICATION], target=Status.CANCELLED)
    def refuse(self, now: datetime) -> None:
        """4: what is missing was asked for and never came."""
        self.resume_to = ""
        self._resolve(Resolution.REFUSED_MISSING_INFO, now)

    @transition("status", source=[*UNRESOLVED], target=Status.CANCELLED)
    def cancel(self, resolution: str, now: datetime) -> None:
        """23: it is not wanted any more."""
        self.resume_to = ""
        self._resolve(resolution, now)

    @transition("status", source=[*UNRESOLVED, Status.CLOSED], target=Status.CLOSED, conditions=[stands_alone])
    def merge(self, into: Any, now: datetime) -> None:
        """30: it goes on as another ticket; both numbers lead there."""
        self.merged_into, self.resume_to = into, ""
        self._resolve(Resolution.DUPLICATE, self.closed_at or now)

    # And again -----------------------------------------------------------------------------------------------------
    @transition("status", source=Status.CLOSED, target=Status.REOPENED_DEFECT, conditions=[stands_alone])
    def reopen(self) -> None:
        """22: it was not settled after all."""
        self._unresolve()

    @transition("status", source=Status.INVOICE, target=Status.REOPENED_DEFECT)
    def reopen_unbilled(self) -> None:
        """29: it does not work after all, and nothing was billed yet."""
        self._unresolve()

    def _resolve(self, resolution: str, now: datetime) -> None:
        self.resolution, self.closed_at, self.is_open = resolution, now, False
        self.answer_needed_since = None

    def _unresolve(self) -> None:
        self.resolution, self.closed_at, self.is_open, self.acceptance_id = "", None, True, None


def constraints() -> list[models.BaseConstraint]:
    """What the database holds whoever writes: open is what the status says, nothing is billed that nobody accepted."""
    accepted = Q(resolution__in=[*ACCEPTED, Resolution.HANDOVER_ENDED])
    return [
        models.CheckConstraint(
            condition=Q(is_open=True, closed_at=None) | Q(is_open=False, closed_at__isnull=False),
            name="a_resolved_ticket_knows_when",
        ),
        models.CheckConstraint(
            condition=Q(status__in=RESOLVED, is_open=False) | (~Q(status__in=RESOLVED) & Q(is_open=True)),
            name="open_says_what_the_status_says",
        ),
        models.CheckConstraint(
            condition=~Q(status=Status.INVOICE) | (accepted & Q(acceptance__isnull=False)),
            name="nothing_is_billed_that_nobody_accepted",
        ),
        models.CheckConstraint(
            condition=~Q(resolution__in=ACCEPTED) | Q(acceptance__isnull=False),
            name="what_is_accepted_names_the_acceptance",
        ),
        models.CheckConstraint(
            condition=Q(merged_into=None) | Q(resolution=Resolution.DUPLICATE, is_open=False),
            name="a_merged_ticket_is_closed",
        ),
        models.CheckConstraint(
            condition=~Q(status=Status.WAITING_CLARIFICATION) | ~Q(resume_to=""),
            name="who_waits_knows_where_to_go_on",
        ),
        models.CheckConstraint(
            condition=Q(deploy_from=None, deploy_until=None) | Q(deploy_from__lt=models.F("deploy_until")),
            name="a_deployment_window_has_a_length",
        ),
    ]
