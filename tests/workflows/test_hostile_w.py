"""Hostile tests W2, W3, W5, W6 and W7: what somebody would try on an estimate."""

from __future__ import annotations

import pytest

from psa.directory.models import Contact
from psa.tenancy.errors import Overridable, Refused
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.workflows.stage import accept, as_contact, decline, draft, log, over, sent, status
from tickets import services
from tickets.forms.fields import parse_minutes
from tickets.models import Ticket
from workflows.models import Approver, Decision, Estimate
from workflows.services import estimates


def test_w2_an_outdated_version_is_refused_and_nothing_changes(
    opened: Ticket, max: Membership, boss: Approver, hanna: Contact
) -> None:
    first = sent(opened, max)
    with acting(max) as by:
        second = estimates.revise(opened, draft(minutes=600), by=by)
    tries = (
        (first, {}),
        (second, {"version": 1}),
        (second, {"sha256": first.sha256}),
        (second, {"version": 1, "sha256": first.sha256}),
        (second, {"sha256": ""}),
    )
    for estimate, read in tries:
        with pytest.raises(Refused, match="estimate_is_outdated"):
            accept(estimate, hanna, **read)
    with acting(max):
        assert (status(opened), Decision.objects.count()) == ("estimated", 0)
        assert [one.status for one in Estimate.objects.order_by("version")] == ["superseded", "sent"]
    assert accept(second, hanna).agreed_minutes == 600


def test_w3_a_second_yes_and_a_no_behind_it_change_nothing(
    opened: Ticket, max: Membership, boss: Approver, hanna: Contact
) -> None:
    made = sent(opened, max)
    accept(made, hanna)
    for again in (accept, decline):
        with pytest.raises(Refused, match="estimate_is_decided"):
            again(made, hanna)
    with acting(max) as by:
        assert (status(opened), Decision.objects.count()) == ("estimate_accepted", 1)
        with pytest.raises(Refused, match="estimate_is_decided"):
            estimates.record(made, "declined", contact=hanna, proof="call", text="Called.", by=by)


def test_w5_without_the_right_or_over_the_limit_nobody_accepts(
    opened: Ticket, max: Membership, boss: Approver, chief: Approver, lars: Contact, cleo: Contact
) -> None:
    made = sent(opened, max, minutes=600)
    for contact, code in ((cleo, "not_an_approver"), (lars, "estimate_over_limit")):
        with acting(max):
            assert estimates.why_not(made, contact).code == code  # type: ignore[union-attr]
        with pytest.raises(Refused, match=code):
            accept(made, contact)
    with as_contact(cleo) as who:
        for verb in (estimates.decline, estimates.give_back):
            with pytest.raises(Refused, match="not_an_approver"):
                verb(made, "No.", **who)
    with acting(max):
        assert (status(opened), Decision.objects.count()) == ("estimated", 0)


def test_w5_a_limit_lowered_meanwhile_counts(
    opened: Ticket, max: Membership, boss: Approver, chief: Approver, lars: Contact
) -> None:
    made = sent(opened, max)
    with acting(max):
        Approver.objects.filter(pk=chief.pk).update(limit=197)
    with pytest.raises(Refused, match="estimate_over_limit"):
        accept(made, lars)


def test_w6_sixty_minutes_are_free_and_sixty_one_need_approval(opened: Ticket, max: Membership) -> None:
    with acting(max) as by:
        with pytest.raises(Overridable, match="estimate_is_needed"):
            services.start(opened, by=by, expected=61)
        assert services.start(opened, by=by, expected=60).status == "in_progress"


def test_w6_what_is_logged_and_what_is_expected_cross_it_together(opened: Ticket, max: Membership) -> None:
    log(opened, max, 61)
    with acting(max) as by:
        ticket = Ticket.objects.get(pk=opened.pk)
        with pytest.raises(Overridable, match="estimate_is_needed") as no:
            services.start(ticket, by=by, expected=30)  # less than is logged already
    assert no.value.params["minutes"] == 61


def test_w6_entries_cross_it_one_by_one(opened: Ticket, max: Membership) -> None:
    for minutes in (20, 20, 20):
        log(opened, max, minutes)
    with acting(max):
        assert over(opened) == []
    log(opened, max, 1)
    with acting(max):
        assert over(opened) == [1]


def test_w6_an_estimate_below_what_is_logged_counts_from_where_it_was_sent(
    opened: Ticket, max: Membership, boss: Approver, hanna: Contact
) -> None:
    log(opened, max, 55)
    made = sent(opened, max, minutes=10, tolerance=0)
    assert (made.worked, made.waiting) == (55, 0)
    ticket = accept(made, hanna)
    assert (ticket.agreed_logged, ticket.planned_minutes) == (55, 65)
    log(opened, max, 10)
    with acting(max):
        assert over(opened) == []
    log(opened, max, 1)
    with acting(max):
        assert over(opened) == [1]


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [("1,5 h", 90), ("1.5 h", 90), ("1:30", 90), ("90", 90), ("1,5", 90), ("-1 h", -60), ("x", None)],
)
def test_w6_times_as_people_type_them(typed: str, minutes: int | None) -> None:
    assert parse_minutes(typed) == minutes


def test_w7_approved_requested_again_and_rejected_is_rejected(
    opened: Ticket, max: Membership, boss: Approver, hanna: Contact
) -> None:
    accept(sent(opened, max), hanna)
    second = sent(opened, max, minutes=300)
    ticket = decline(second, hanna)
    assert (ticket.status, ticket.resolution) == ("cancelled", "cancelled_by_customer")
    with acting(max):
        assert estimates.current(ticket).status == "declined"  # type: ignore[union-attr]
        assert [one.status for one in Estimate.objects.order_by("version")] == ["accepted", "declined"]
