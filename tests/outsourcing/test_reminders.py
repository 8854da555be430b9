"""The table of outsourcing spec §11, row by row: who gets a mail of what happened, and on whose ticket it stands.

And what happens when nothing happens: each reminder at its moment, once, and never in a state it does not belong to.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from outsourcing.models import Handover, LeadSide, Proposal, Question, ServiceSide, Terms
from outsourcing.services import answering, ending, proposals, questions, sending
from outsourcing.services.reminders import REMIND
from outsourcing.terms import Draft
from psa.calendars import services as calendars
from psa.journal.models import Entry
from psa.mail.models import OutgoingMail
from psa.tenancy import services
from psa.tenancy.models import Membership
from psa.timers import timers
from psa.timers.models import Timer
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import HOURLY, Pair, drain
from tests.outsourcing.test_path import for_partner
from tickets.models import Ticket
from tickets.services import fields, items

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

# event | mail to the lead | mail to the service side | note at the lead | note at the service side; – is none. The news
# somebody makes are mailed to the other side, the ends to both.
TABLE = """
sent            -                offer_sent       ✓  ✓
extended        -                offer_sent       ✓  ✓
proposed        change_proposed  -                ✓  ✓
agreed          -                change_answered  ✓  ✓
refused         -                change_answered  ✓  ✓
canceled        -                offer_canceled   ✓  ✓
accepted        offer_accepted   -                ✓  ✓
declined        offer_declined   -                ✓  ✓
fields          -                fields_changed   -  ✓
asked           question_asked   -                ✓  ✓
answered        -                question_answered ✓ ✓
submitted       submitted        -                ✓  ✓
recalled        recalled         -                ✓  ✓
rejected        -                rejected         ✓  ✓
completed       complete         complete         ✓  ✓
returned        returned         returned         ✓  ✓
taken_back      taken_back       taken_back       ✓  ✓
hours           hours_used       hours_used       -  -
"""
KINDS = {
    "proposed": "change_proposed",
    "agreed": "change_accepted",
    "refused": "change_refused",
    "fields": "fields_changed",
    "asked": "question_asked",
    "answered": "question_answered",
    "hours": "hours_used",
}


def rows() -> Any:
    for line in TABLE.strip().splitlines():
        event, *cells = line.split()
        yield pytest.param(event, *cells, id=event)


class Story:
    """One handover from both desks, told as far as a row needs it."""

    def __init__(self, max: Membership, gunta: Membership, ticket: Ticket, partnership: Any, company: Any) -> None:
        self.max, self.gunta, self.ticket, self.partnership, self.company = max, gunta, ticket, partnership, company

    def handover(self) -> Handover:
        return Handover.objects.latest("pk")

    def lead(self, do: Callable[[Any], Any]) -> None:
        with acting(self.max) as by:
            do(by)
        drain()

    def service(self, do: Callable[[Any], Any]) -> None:
        with acting(self.gunta) as by:
            do(by)
        drain()

    def insourced(self) -> Ticket:
        return ServiceSide.objects.latest("pk").ticket

    def sent(self, **terms: Any) -> None:
        draft = Draft(**{**HOURLY, "complete_by": timezone.now() + timedelta(days=9), **terms})
        self.lead(lambda by: sending.send(self.ticket, self.partnership, draft, by=by))

    def extended(self) -> None:
        self.sent()
        self.lead(lambda by: sending.extend(self.ticket, timezone.now() + timedelta(days=3), by=by))

    def accepted(self, **terms: Any) -> None:
        self.sent(**terms)
        self.service(lambda by: answering.accept(self.handover(), self.company, by=by, title="Slēdzis"))

    def declined(self) -> None:
        self.sent()
        self.service(lambda by: answering.decline(self.handover(), "Nobody is free.", by=by))

    def canceled(self) -> None:
        self.sent()
        self.lead(lambda by: sending.cancel(self.ticket, by=by, reason="Not needed."))

    def proposed(self) -> None:
        self.accepted()
        self.service(lambda by: proposals.propose(self.handover(), {"authorised_minutes": 600}, "More.", by=by))

    def agreed(self) -> None:
        self.proposed()
        self.lead(lambda by: proposals.accept(Proposal.objects.get(), by=by))

    def refused(self) -> None:
        self.proposed()
        self.lead(lambda by: proposals.refuse(Proposal.objects.get(), "No.", by=by))

    def fields(self) -> None:
        self.accepted()
        self.lead(lambda by: fields.edit(self.ticket, by=by, title="Two switches"))

    def asked(self) -> None:
        self.accepted()
        self.service(lambda by: questions.ask(self.handover(), "Which port?", by=by))

    def answered(self) -> None:
        self.asked()
        self.lead(lambda by: questions.answer(Question.objects.get(), "Port 12.", by=by))

    def submitted(self) -> None:
        self.accepted()
        self.service(lambda by: answering.submit(self.insourced(), by=by))

    def recalled(self) -> None:
        self.submitted()
        self.service(lambda by: answering.recall(self.insourced(), by=by))

    def rejected(self) -> None:
        self.submitted()
        self.lead(lambda by: ending.reject(self.ticket, "Port 12 is dead.", by=by))

    def completed(self) -> None:
        self.accepted()
        self.lead(lambda by: ending.complete(self.ticket, by=by))

    def returned(self) -> None:
        self.accepted()
        self.service(lambda by: answering.give_back(self.insourced(), "Wrong part.", by=by))

    def taken_back(self) -> None:
        self.accepted()
        self.lead(lambda by: ending.take_back(self.ticket, "Ours.", by=by))

    def hours(self) -> None:
        self.accepted()
        self.log(240)

    def log(self, minutes: int) -> None:
        self.service(lambda by: log(self.insourced(), minutes, by))


def log(ticket: Ticket, minutes: int, by: Any) -> Any:
    return items.add(
        ticket, "timeentry", for_partner(ticket), by=by, worked_on=date(2026, 3, 2), minutes=minutes, text="Work"
    )


@pytest.fixture
def story(max: Membership, gunta: Membership, ticket: Ticket, partnership: Any, desk_of_baltic: Any) -> Story:
    return Story(max, gunta, ticket, partnership, desk_of_baltic)


@pytest.mark.parametrize(("event", "to_lead", "to_service", "at_lead", "at_service"), list(rows()))
def test_who_is_told(story: Story, event: str, to_lead: str, to_service: str, at_lead: str, at_service: str) -> None:
    getattr(story, event)()
    kind = f"handover.{KINDS.get(event, event)}"
    sides = ((story.max, to_lead, at_lead), (story.gunta, to_service, at_service))
    for member, code, note in sides:
        with acting(member):
            last = OutgoingMail.objects.order_by("-pk").first()
            assert (last.code if last else "-") == code or code == "-"
            if code == "-":
                others = {to_lead, to_service} - {"-"}
                assert not OutgoingMail.objects.filter(code__in=others).exists()
            else:
                assert last is not None
                assert last.to_address.endswith("@nordlicht.example" if last.language == "de" else "@baltic.example")
                assert last.text and last.html and last.reason
            found = Entry.objects.filter(kind=kind)
            shown = note == "✓" or event == "hours"
            assert found.exists() is shown
    if event == "hours":
        page = sign_in(story.max).get(f"/nordlicht/tickets/{story.ticket.number}/?view=history").content.decode()
        assert "hours used" not in page, "a notice is a mail, not a note"


# Reminders ------------------------------------------------------------------------------------------------------------


def mails(member: Membership, code: str) -> int:
    with acting(member):
        return OutgoingMail.objects.filter(code=code).count()


def pass_to(clock: Any, moment: datetime) -> None:
    """It is then; the worker does what is due, and mail between the two arrives."""
    clock.move_to(moment)
    timers.sweep()
    drain()


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(MONDAY, tick=False) as moved:
        yield moved


def test_answer_by_half_time_and_an_hour_before(story: Story, clock: Any) -> None:
    story.sent(answer_hours=24)
    pass_to(clock, MONDAY + timedelta(hours=11, minutes=59))
    assert mails(story.gunta, "offer_reminder") == 0
    pass_to(clock, MONDAY + timedelta(hours=12))
    assert mails(story.gunta, "offer_reminder") == 1
    pass_to(clock, MONDAY + timedelta(hours=12, minutes=5))
    assert mails(story.gunta, "offer_reminder") == 1
    pass_to(clock, MONDAY + timedelta(hours=23))
    assert mails(story.gunta, "offer_reminder") == 2
    assert mails(story.max, "offer_reminder") == 0
    pass_to(clock, MONDAY + timedelta(hours=24))
    assert (mails(story.gunta, "offer_expired"), mails(story.max, "offer_expired")) == (1, 1)
    pass_to(clock, MONDAY + timedelta(hours=30))
    assert mails(story.gunta, "offer_reminder") == 2


def test_a_window_under_three_hours_has_the_half_only(story: Story, clock: Any) -> None:
    story.sent(answer_hours=2)
    pass_to(clock, MONDAY + timedelta(hours=1))
    pass_to(clock, MONDAY + timedelta(hours=1, minutes=50))
    assert mails(story.gunta, "offer_reminder") == 1


@pytest.mark.parametrize("how", ["accepted", "declined", "canceled"])
def test_who_has_answered_is_not_reminded(story: Story, clock: Any, how: str) -> None:
    getattr(story, how)()
    pass_to(clock, MONDAY + timedelta(hours=12))
    pass_to(clock, MONDAY + timedelta(hours=23))
    assert mails(story.gunta, "offer_reminder") == 0
    assert mails(story.max, "offer_expired") == 0


def test_an_extended_offer_is_reminded_of_by_its_new_window(story: Story, clock: Any) -> None:
    story.sent(answer_hours=24)
    story.lead(lambda by: sending.extend(story.ticket, MONDAY + timedelta(hours=48), by=by))
    pass_to(clock, MONDAY + timedelta(hours=13))
    assert mails(story.gunta, "offer_reminder") == 0
    pass_to(clock, MONDAY + timedelta(hours=24))
    assert mails(story.gunta, "offer_reminder") == 1
    with acting(story.max):
        assert Handover.objects.get().status == "assigned"


def test_a_reminder_that_was_overtaken_says_nothing(story: Story, clock: Any) -> None:
    """The lead extended, the news is not there yet, and the partner's timer fires: the row says what counts."""
    story.sent(answer_hours=24)
    clock.move_to(MONDAY + timedelta(hours=11))
    with acting(story.max) as by:
        sending.extend(story.ticket, MONDAY + timedelta(hours=72), by=by)
    clock.move_to(MONDAY + timedelta(hours=12))
    timers.sweep()
    assert mails(story.gunta, "offer_reminder") == 0
    with acting(story.gunta):
        timer = Timer.objects.get(kind=REMIND)
        assert timer.due is not None and timer.due > timezone.now()


def test_complete_by_the_working_day_before_at_and_every_two_working_days(story: Story, clock: Any) -> None:
    due = MONDAY + timedelta(days=7, hours=4)  # Monday noon
    story.accepted(complete_by=due)
    moments = [due - timedelta(days=3), due, due + timedelta(days=2), due + timedelta(days=4), due + timedelta(days=8)]
    for number, moment in enumerate(moments):
        pass_to(clock, moment - timedelta(minutes=1))
        assert mails(story.max, "completion_due") == mails(story.gunta, "completion_due") == number, moment
        pass_to(clock, moment)
        assert mails(story.max, "completion_due") == mails(story.gunta, "completion_due") == number + 1, moment


@pytest.mark.parametrize("how", ["submitted", "completed", "returned", "taken_back"])
def test_what_is_submitted_or_over_is_not_overdue(story: Story, clock: Any, how: str) -> None:
    getattr(story, how)()
    for days in (8, 9, 13, 20):
        pass_to(clock, MONDAY + timedelta(days=days))
    assert mails(story.max, "completion_due") == mails(story.gunta, "completion_due") == 0


def test_rejected_work_is_due_again(story: Story, clock: Any) -> None:
    story.rejected()
    pass_to(clock, MONDAY + timedelta(days=9))
    assert mails(story.gunta, "completion_due") == 1


def test_another_date_agreed_moves_the_reminders_of_both(story: Story, clock: Any) -> None:
    story.accepted(complete_by=MONDAY + timedelta(days=2))
    later = MONDAY + timedelta(days=8)
    story.service(lambda by: proposals.propose(story.handover(), {"complete_by": later}, "Later.", by=by))
    story.lead(lambda by: proposals.accept(Proposal.objects.get(), by=by))
    pass_to(clock, MONDAY + timedelta(days=2))
    assert mails(story.max, "completion_due") == mails(story.gunta, "completion_due") == 0
    pass_to(clock, later)
    assert mails(story.max, "completion_due") == mails(story.gunta, "completion_due") == 1


def test_an_unanswered_submission_is_the_senders_and_then_everybodys_and_never_approves_itself(
    story: Story, clock: Any, nordlicht: Any
) -> None:
    services.add_member(nordlicht, "dora@nordlicht.example", "Dora", "dispatcher")
    story.submitted()
    pass_to(clock, MONDAY + timedelta(days=2))
    with acting(story.max):
        assert [mail.to_address for mail in OutgoingMail.objects.filter(code="approval_waiting")] == [
            "max@nordlicht.example"
        ]
    pass_to(clock, MONDAY + timedelta(days=7))
    with acting(story.max):
        told = OutgoingMail.objects.filter(code="approval_waiting").values_list("to_address", flat=True)
        assert sorted(told)[0] == "dora@nordlicht.example" and len(told) == 3
    pass_to(clock, MONDAY + timedelta(days=60))
    assert mails(story.max, "approval_waiting") == 3
    assert mails(story.gunta, "approval_waiting") == 0
    with acting(story.max):
        assert Handover.objects.get().status == "waiting_approval"


def test_an_answered_submission_is_not_asked_for(story: Story, clock: Any) -> None:
    story.recalled()
    pass_to(clock, MONDAY + timedelta(days=3))
    assert mails(story.max, "approval_waiting") == 0


# Hours ----------------------------------------------------------------------------------------------------------------


def test_hours_at_80_and_100_per_cent_once_each_with_the_way_to_more(story: Story) -> None:
    story.accepted()
    story.log(239)
    assert mails(story.max, "hours_used") == mails(story.gunta, "hours_used") == 0
    story.log(1)
    assert mails(story.max, "hours_used") == mails(story.gunta, "hours_used") == 1
    story.log(10)
    assert mails(story.max, "hours_used") == 1
    story.log(60)
    assert mails(story.max, "hours_used") == mails(story.gunta, "hours_used") == 2
    for member, side in ((story.max, LeadSide), (story.gunta, ServiceSide)):
        with acting(member):
            assert side.objects.get().hours_noticed == 100
            assert f"/handovers/{Handover.objects.get().key}/propose/" in OutgoingMail.objects.latest("pk").text


def test_more_hours_begin_the_count_anew(story: Story) -> None:
    story.accepted()
    story.log(300)
    assert mails(story.max, "hours_used") == 1, "both thresholds at once are one notice"
    story.service(lambda by: proposals.propose(story.handover(), {"authorised_minutes": 600}, "More.", by=by))
    story.lead(lambda by: proposals.accept(Proposal.objects.get(), by=by))
    for member, side in ((story.max, LeadSide), (story.gunta, ServiceSide)):
        with acting(member):
            assert side.objects.get().hours_noticed == 0
    story.log(180)
    assert mails(story.max, "hours_used") == mails(story.gunta, "hours_used") == 2


def test_time_for_ourselves_and_work_without_authorised_hours_tell_nobody(story: Story) -> None:
    story.accepted(rate_type="flat", cost_rate=None, flat_amount=Decimal(400), authorised_minutes=0)
    story.log(600)
    assert mails(story.max, "hours_used") == mails(story.gunta, "hours_used") == 0


# Working days ---------------------------------------------------------------------------------------------------------


def test_working_days_are_those_of_the_owners_default_calendar(story: Story, clock: Any) -> None:
    """Baltic is closed on Wednesday: of what is due on Thursday Gunta hears on Tuesday, Max on Wednesday."""
    wednesday, due = MONDAY + timedelta(days=2), MONDAY + timedelta(days=3, hours=4)
    with acting(story.gunta) as by:
        calendars.put_day(calendars.default(), wednesday.date(), by=by)
    story.accepted(complete_by=due)
    pass_to(clock, due - timedelta(days=2))
    assert (mails(story.max, "completion_due"), mails(story.gunta, "completion_due")) == (0, 1)
    pass_to(clock, due - timedelta(days=1))
    assert (mails(story.max, "completion_due"), mails(story.gunta, "completion_due")) == (1, 1)


def test_a_pair_without_a_date_has_no_reminders(pair: Pair) -> None:
    with pair.lead():
        assert Terms.objects.get().complete_by is None
        assert not Timer.objects.filter(kind=REMIND).exists()
    with pair.service():
        assert not Timer.objects.filter(kind=REMIND).exists()
