"""Hand-offs: what one role hands to another is one thing with one end (it-house spec, "Hand-off inbox")."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, needs_postgres
from tests.races import race
from tickets.models import HandOff, HandOffKind, HandOffStatus, Ticket
from tickets.services import hand_offs

KIND = HandOffKind.QUOTE


def refused(call: Any) -> Any:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value


def kinds(ticket: Ticket) -> list[str]:
    """What the ticket's journal says of hand-offs."""
    rows = Entry.objects.filter(subject_type="ticket", subject_id=ticket.pk, kind__startswith="handoff.")
    return list(rows.order_by("pk").values_list("kind", flat=True))


@pytest.mark.django_db
def test_a_wish_goes_to_sales_who_take_it_on_and_settle_it(ticket: Ticket, max: Membership, people: Any) -> None:
    with acting(max) as by:
        made = hand_offs.send(KIND, title="A bigger switch", text="48 ports", ticket=ticket, by=by)
        assert (made.status, made.sender_id, made.receiving_role) == (HandOffStatus.OPEN, max.pk, "sales")
    sales = people("sales")
    with acting(sales) as by:
        assert list(HandOff.objects.visible_to(by)) == [made]
        assert hand_offs.accept(made, by=by).taken_by_id == sales.pk
        done = hand_offs.finish(made, by=by, answer="Offer 17 is out.")
        assert (done.status, done.answer) == (HandOffStatus.DONE, "Offer 17 is out.")
        assert done.settled_at is not None
        assert kinds(ticket) == ["handoff.sent", "handoff.accepted", "handoff.finished"]


@pytest.mark.django_db
def test_it_goes_back_with_a_reason_and_comes_again_with_an_answer(
    ticket: Ticket, in_queue: Membership, people: Any
) -> None:
    with acting(in_queue) as by:
        made = hand_offs.send(KIND, title="A bigger switch", ticket=ticket, by=by)
    with acting(people("sales")) as by:
        assert refused(lambda: hand_offs.give_back(made, "  ", by=by)).code == "words_missing"
        assert HandOff.objects.get().status == HandOffStatus.OPEN
        hand_offs.give_back(made, "How many ports?", by=by)
    with acting(people("read-only")) as by:
        for other in (lambda: hand_offs.send_again(made, "48.", by=by), lambda: hand_offs.cancel(made, by=by)):
            with pytest.raises(Denied):
                other()
    with acting(in_queue) as by:
        assert HandOff.objects.get().answer == "How many ports?"
        assert hand_offs.send_again(made, "48 ports.", by=by).status == HandOffStatus.OPEN
        assert hand_offs.cancel(made, by=by).status == HandOffStatus.CANCELLED
        assert refused(lambda: hand_offs.cancel(made, by=by)).code == "hand_off_moved_on"


@pytest.mark.django_db
def test_only_the_receiving_role_settles_it(ticket: Ticket, max: Membership, in_queue: Membership, people: Any) -> None:
    with acting(max) as by:
        made = hand_offs.send(KIND, title="A bigger switch", ticket=ticket, role="billing", by=by)
    for person in (in_queue, people("sales"), people("read-only")):
        with acting(person) as by:
            for call in (hand_offs.accept, hand_offs.finish, lambda one, by: hand_offs.give_back(one, "No.", by=by)):
                with pytest.raises(Denied):
                    call(made, by=by)
    with acting(in_queue) as by:
        for other in (lambda: hand_offs.cancel(made, by=by), lambda: hand_offs.send_again(made, "x", by=by)):
            with pytest.raises((Denied, Refused)):
                other()
        assert HandOff.objects.get().status == HandOffStatus.OPEN
        assert kinds(ticket) == ["handoff.sent"]
    with acting(max) as by:  # an administrator is of every role
        assert hand_offs.accept(made, by=by).status == HandOffStatus.ACCEPTED


@pytest.mark.django_db
def test_one_thing_is_handed_off_once_while_it_waits(ticket: Ticket, max: Membership) -> None:
    subject = uuid4()
    with acting(max) as by:
        first = hand_offs.send(KIND, title="A bigger switch", ticket=ticket, by=by)
        again = refused(lambda: hand_offs.send(KIND, title="A bigger switch", ticket=ticket, by=by))
        assert again.code == "handed_off_already"
        hand_offs.cancel(first, by=by)
        hand_offs.send(KIND, title="A bigger switch", ticket=ticket, by=by)
        hand_offs.send("licence", title="Backup", subject=subject, by=by)
        assert refused(lambda: hand_offs.send("licence", title="Backup", subject=subject, by=by))
        hand_offs.send("goods", title="Backup", subject=subject, by=by)
        assert HandOff.objects.count() == 4


@pytest.mark.django_db
def test_what_it_is_about_settles_it(ticket: Ticket, max: Membership, in_queue: Membership) -> None:
    subject = uuid4()
    with acting(in_queue) as by:
        made = hand_offs.send("goods", title="Two cables", ticket=ticket, subject=subject, by=by)
    with acting(max) as by:
        hand_offs.give_back(made, "Which length?", by=by)
        done = hand_offs.finish_of("goods", subject, by=Actor.system("timer"))
        assert done is not None and done.status == HandOffStatus.DONE
        assert hand_offs.finish_of("goods", subject, by=by) is None
        assert hand_offs.cancel_of("goods", subject, by=by) is None
        again = hand_offs.send("goods", title="Two cables", ticket=ticket, subject=subject, by=by)
        gone = hand_offs.cancel_of("goods", subject, by=by)
        assert gone == again and gone.status == HandOffStatus.CANCELLED


@pytest.mark.django_db
def test_a2_a_hand_off_is_seen_by_its_role_its_sender_and_sales(
    ticket: Ticket, max: Membership, in_queue: Membership, people: Any, gunta: Membership
) -> None:
    with acting(max) as by:
        made = hand_offs.send(KIND, title="A bigger switch", ticket=ticket, role="billing", by=by)
    seen = {}
    for person in (max, in_queue, people("sales"), people("billing"), people("read-only"), gunta):
        with acting(person) as by:
            seen[person.role.code + str(person.tenant_id == max.tenant_id)] = list(HandOff.objects.visible_to(by))
    assert seen == {
        "administratorTrue": [made],
        "technicianTrue": [],
        "salesTrue": [made],
        "billingTrue": [made],
        "read-onlyTrue": [],
        "administratorFalse": [],
    }


@pytest.mark.django_db
def test_nobody_hands_over_to_a_role_that_is_not_there(ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        assert refused(lambda: hand_offs.send(KIND, title="x", ticket=ticket, role="pilots", by=by)).code == (
            "no_such_role"
        )
        assert refused(lambda: hand_offs.send(KIND, title=" ", ticket=ticket, by=by)).code == "words_missing"
        assert not HandOff.objects.exists()


@needs_postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_settle_it_at_once_one_wins(ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        made = hand_offs.send(KIND, title="A bigger switch", ticket=ticket, by=by)

    def finish() -> HandOff:
        with acting(max) as by:
            return hand_offs.finish(made, by=by)

    def cancel() -> HandOff:
        with acting(max) as by:
            return hand_offs.cancel(made, by=by)

    answers = race(finish, cancel, finish, cancel)
    assert sum(isinstance(one, HandOff) for one in answers) == 1, answers
    assert all(isinstance(one, HandOff | Refused) for one in answers), answers


@needs_postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_hand_the_same_over_at_once_make_one(ticket: Ticket, max: Membership) -> None:
    subject = uuid4()

    def send() -> HandOff:
        with acting(max) as by:
            return hand_offs.send("licence", title="Backup", subject=subject, by=by)

    answers = race(send, send, send)
    assert sum(isinstance(one, HandOff) for one in answers) == 1, answers
    assert all(isinstance(one, HandOff | Refused) for one in answers), answers


@pytest.mark.django_db
def test_who_is_no_member_works_no_inbox(ticket: Ticket, max: Membership) -> None:
    """The support that only looks in has no membership here: nothing is theirs, and nothing breaks."""
    with acting(max) as by:
        made = hand_offs.send(KIND, title="A bigger switch", ticket=ticket, by=by)
        guest = replace(by, membership_id=0)
        assert hand_offs.role_of(guest) is None and not hand_offs.may_take(made, guest)
        assert not HandOff.objects.filter(hand_offs.of_role(guest)).exists()
        assert HandOff.objects.filter(hand_offs.of_role(by)).get() == made, "an administrator works all of them"


@pytest.mark.django_db
def test_a_member_works_the_inbox_of_their_role(ticket: Ticket, max: Membership, people: Any) -> None:
    with acting(max) as by:
        made = hand_offs.send(KIND, title="A bigger switch", ticket=ticket, by=by)
    for role, theirs in (("sales", [made]), ("technician", [])):
        with acting(people(role)) as by:
            assert list(HandOff.objects.filter(hand_offs.of_role(by))) == theirs, role
