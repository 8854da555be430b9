"""W3 at the same moment: of two who decide exactly one wins, whoever they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from psa.directory.models import Contact
from psa.journal.models import Entry
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from psa.timers import timers
from tests.conftest import acting, needs_postgres
from tests.races import race
from tests.workflows.stage import accept, decline, draft, sent
from tickets import services
from tickets.models import Ticket
from workflows.models import Approver, Decision, Estimate
from workflows.services import estimates

pytestmark = [needs_postgres, pytest.mark.django_db(transaction=True)]
ENDS = ("accepted", "declined", "superseded", "withdrawn", "expired")


def one_wins(*calls: Callable[[], Any]) -> list[Any]:
    """Everybody but one is refused, and nothing else goes wrong."""
    answers = race(*calls)
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert all(not isinstance(answer, Exception) or answer in refused for answer in answers), answers
    assert len(refused) == len(calls) - 1, answers
    return answers


def decided(member: Membership) -> list[str]:
    with acting(member):
        return [one.status for one in Estimate.objects.order_by("version")]


def test_w3_two_approvers_accept_at_once(
    opened: Ticket, max: Membership, boss: Approver, chief: Approver, hanna: Contact, lars: Contact
) -> None:
    made = sent(opened, max)
    one_wins(lambda: accept(made, hanna), lambda: accept(made, lars))
    with acting(max):
        assert Decision.objects.count() == Entry.objects.filter(kind="ticket.estimate_accepted").count() == 1


def test_w3_the_same_yes_pressed_four_times(opened: Ticket, max: Membership, boss: Approver, hanna: Contact) -> None:
    made = sent(opened, max)
    one_wins(*[lambda: accept(made, hanna)] * 4)
    with acting(max):
        assert Decision.objects.count() == 1


def test_w3_accepted_and_cancelled_at_once(opened: Ticket, max: Membership, boss: Approver, hanna: Contact) -> None:
    made = sent(opened, max)
    one_wins(lambda: accept(made, hanna), lambda: decline(made, hanna))
    assert decided(max) in (["accepted"], ["declined"])
    with acting(max):
        assert Ticket.objects.get().status == ("estimate_accepted" if decided(max) == ["accepted"] else "cancelled")


def test_w3_accepted_while_it_is_revised(opened: Ticket, max: Membership, boss: Approver, hanna: Contact) -> None:
    made = sent(opened, max)

    def revise() -> Estimate:
        with acting(max) as by:
            return estimates.revise(opened, draft(minutes=300), by=by)

    one_wins(lambda: accept(made, hanna), revise)
    assert decided(max) in (["accepted"], ["superseded", "sent"])


def test_w3_accepted_while_the_desk_cancels(opened: Ticket, max: Membership, boss: Approver, hanna: Contact) -> None:
    """Cancelling is possible after the yes as well: then both happened, one after the other."""
    made = sent(opened, max)

    def cancel() -> Ticket:
        with acting(max) as by:
            return services.cancel(opened, "Not wanted any more.", by=by)

    answers = race(lambda: accept(made, hanna), cancel)
    assert isinstance(answers[1], Ticket), answers
    assert decided(max) == (["withdrawn"] if isinstance(answers[0], Refused) else ["accepted"])
    with acting(max):
        assert Ticket.objects.get().status == "cancelled"


def test_two_sweepers_expire_it_once(
    opened: Ticket, max: Membership, boss: Approver, hanna: Contact, clock: Any
) -> None:
    made = sent(opened, max)
    clock.move_to(made.expires_at)
    race(timers.sweep, timers.sweep)
    assert decided(max) == ["expired"]
    with acting(max):
        assert Entry.objects.filter(kind="ticket.estimate_expired").count() == 1


def test_two_send_at_once_and_one_version_is_out(opened: Ticket, max: Membership, boss: Approver) -> None:
    def send() -> Estimate:
        with acting(max) as by:
            return estimates.send(opened, draft(), by=by)

    one_wins(send, send, send)
    assert decided(max) == ["sent"]
