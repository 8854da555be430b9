"""Watchers, mentions and what each person hears by mail (desk spec, "Ticket page", "Keyboard … notification")."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils import timezone

from psa.journal.models import Entry
from psa.mail import digests, preferences
from psa.mail.models import Notice, OutgoingMail, Preference
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership, Role
from psa.timers import timers
from psa.timers.models import Timer
from tests.conftest import acting, sign_in, try_rows
from tests.tickets.conftest import internal
from tests.tickets.pages import DESK, form_of, sign_in_english, statements, text_of
from tickets import permissions, services, sight
from tickets.models import CoAssignee, Mention, Note, Queue, QueueMember, Ticket, Watcher
from tickets.services import items, merging, watching

pytestmark = pytest.mark.django_db


def written() -> list[tuple[str, str]]:
    """The mails there are: code and address."""
    return list(OutgoingMail.objects.order_by("pk").values_list("code", "to_address"))


def note(ticket: Ticket, by: Any, text: str) -> Note:
    made = items.add(ticket, "note", internal(ticket), by=by, text=text)
    assert isinstance(made, Note)
    return made


def test_a_watcher_hears_what_others_do_and_not_what_they_do_themselves(
    ticket: Ticket, max: Membership, in_queue: Membership
) -> None:
    with acting(in_queue) as ada:
        watching.add(ticket, in_queue, by=ada)
        watching.add(ticket, in_queue, by=ada)
        note(ticket, ada, "My own words.")
        assert written() == []
    with acting(max) as by:
        note(ticket, by, "It rattles again.")
        services.accept(ticket, by=by)
        services.close(ticket, "Done.", by=by)
        assert written() == [("watched", "ada@nordlicht.example")] * 2
        assert "It rattles again." in OutgoingMail.objects.earliest("pk").text
    with acting(in_queue) as ada:
        watching.remove(ticket, in_queue, by=ada)
        watching.remove(ticket, in_queue, by=ada)
    with acting(max) as by:
        services.reopen(ticket, "Not yet.", by=by)
        assert len(written()) == 2


def test_only_who_may_see_the_ticket_is_made_a_watcher(
    ticket: Ticket, max: Membership, ada: Membership, people: Any, gunta: Membership
) -> None:
    """A2: another company's member is nobody here."""
    with acting(max) as by, pytest.raises(Refused) as caught:
        watching.add(ticket, ada, by=by)
    assert caught.value.code == "cannot_see_ticket"
    browser = sign_in_english(max)
    for given in ({"member": str(gunta.pk)}, {"name": gunta.name}, {"member": "9" * 18}, {}):
        answer = browser.post(f"{DESK}{ticket.number}/watchers/add/", given, follow=True)
        assert "There is no colleague" in text_of(answer), given
    with acting(people("read-only")) as reader, pytest.raises(Denied):
        watching.add(ticket, max, by=reader)
    with acting(max):
        assert not Watcher.objects.exists()


def test_a7_whoever_lost_sight_of_a_ticket_hears_nothing(ticket: Ticket, max: Membership, in_queue: Membership) -> None:
    def out_of_the_queue() -> None:
        QueueMember.objects.all().delete()

    def moved_to_another_queue() -> None:
        Ticket.objects.update(queue=Queue.objects.create(name="Board"))

    def demoted() -> None:
        Membership.objects.filter(pk=in_queue.pk).update(role=Role.objects.get(code="sales"))

    def gone() -> None:
        Membership.objects.filter(pk=in_queue.pk).update(is_active=False)

    def check(lose: Any, way: str) -> None:
        with acting(in_queue) as ada:
            watching.add(ticket, in_queue, by=ada)
            preferences.choose({"watched": way, "mentioned": way}, by=ada)
        with acting(max) as by:
            if way == "digest":
                note(ticket, by, "Said while she could see it.")
                assert Notice.objects.count() == 1
            lose()
            note(ticket, by, "Secret. @Ada Brandt")
            digests.send(in_queue.pk)
            assert written() == []

    ways = [
        (lose, way) for lose in (out_of_the_queue, moved_to_another_queue, demoted, gone) for way in ("now", "digest")
    ]
    try_rows(ways, check)


def test_a14_mine_is_assigned_created_forwarded_and_watched_but_watching_shows_nothing(
    ticket: Ticket, max: Membership, in_queue: Membership
) -> None:
    """The cell "mine" of the roles table, by `checklist.tick`, which a technician holds for their own tickets."""

    def ticks() -> bool:
        with acting(in_queue) as ada:
            found = Ticket.objects.visible_to(ada).filter(pk=ticket.pk).first()
            return found is not None and permissions.may(found, "checklist.tick", ada)

    def assigned() -> None:
        Ticket.objects.filter(pk=ticket.pk).update(assignee=in_queue)

    def created() -> None:
        Ticket.objects.filter(pk=ticket.pk).update(created_by=in_queue)

    def forwarded() -> None:
        CoAssignee.objects.create(ticket=ticket, member=in_queue)

    def watched() -> None:
        with acting(in_queue) as ada:
            watching.add(ticket, in_queue, by=ada)

    def becomes_theirs(how: Any) -> None:
        assert not ticks()
        with acting(max):
            how()
        assert ticks()
        if how is watched:
            with acting(max):
                QueueMember.objects.all().delete()
            assert not ticks(), "out of the queue, watching alone neither shows the ticket nor lets anybody work on it"
            with acting(in_queue) as ada:
                assert not Ticket.objects.visible_to(ada).exists()
                assert not permissions.may(ticket, "ticket.view", ada) and not permissions.may(ticket, "time.log", ada)
                assert not Ticket.objects.reached_by(ada, "mine").exists()

    try_rows([(how,) for how in (assigned, created, forwarded, watched)], becomes_theirs)


def test_sight_says_what_visible_to_says(ticket: Ticket, max: Membership, in_queue: Membership, people: Any) -> None:
    everybody = [max, in_queue, *map(people, ("dispatcher", "technician", "sales", "billing", "read-only"))]
    with acting(max) as by:
        services.assign(ticket, people("sales"), by=by)
        ticket.refresh_from_db()
        fresh = sight.members()
        seeing = {person.pk for person in sight.who_see(ticket, fresh)}
    for person in everybody:
        with acting(person) as one:
            assert (person.pk in seeing) == Ticket.objects.visible_to(one).exists(), person.name


def test_a_mention_is_mailed_once_with_a_reason_and_survives_a_rename(
    ticket: Ticket, max: Membership, in_queue: Membership
) -> None:
    with acting(max) as by:
        told = note(ticket, by, "Look, @ada brandt: the switch. And @Ada Brandtner is nobody.")
        assert written() == [("mentioned", "ada@nordlicht.example")]
        items.edit(told, by=by, text="Look again, @ada brandt.")
        assert len(written()) == 1, "an edit does not tell twice"
        assert "notifications/?kind=mentioned" in OutgoingMail.objects.get().text
        note(ticket, by, "A note to @Max Petersen himself")
        assert len(written()) == 1
    with acting(max):
        Membership.objects.filter(pk=in_queue.pk).update(name="Ada Hansen")
    assert "@Ada Hansen" in text_of(sign_in_english(max).get(f"{DESK}{ticket.number}/"))
    with acting(max):
        assert Note.objects.get(pk=told.pk).text == "Look again, @ada brandt.", "what was written stays written"
        assert Mention.objects.filter(note=told).count() == 1


def test_mentioning_somebody_who_cannot_see_it_is_said_before_sending(
    ticket: Ticket, max: Membership, ada: Membership
) -> None:
    browser = sign_in_english(max)
    url = f"{DESK}{ticket.number}/notes/add/"
    form = {**form_of(browser.get(f"{DESK}{ticket.number}/"), "/notes/add/"), "text": "Ask @Ada Brandt"}
    shown = browser.post(url, form)
    assert shown.status_code == 422 and "Ada Brandt cannot see this ticket" in text_of(shown)
    again = form_of(shown, "/notes/add/")
    assert again["text"] == "Ask @Ada Brandt"
    assert browser.post(url, again).status_code == 302
    with acting(max):
        assert Note.objects.count() == 1 and written() == [] and not Mention.objects.exists()


def test_people_are_offered_by_name_and_only_those_who_may_see_it(
    ticket: Ticket, max: Membership, ada: Membership, people: Any
) -> None:
    people("dispatcher")
    found = text_of(sign_in(max).get(f"{DESK}{ticket.number}/people/?q="))
    assert re.findall(r'data-text="([^"]*)"', found) == ["Dispatcher", "Max Petersen"]


def test_assigning_and_new_tickets_are_told_as_preferred(ticket: Ticket, max: Membership, in_queue: Membership) -> None:
    with acting(max) as by:
        services.assign(ticket, in_queue, by=by)
        assert written() == [("ticket_assigned", "ada@nordlicht.example")]
        services.create(by=by, title="Another", company=ticket.company, queue=ticket.queue)
        assert len(written()) == 1, "the usual way of a new ticket in a queue is no mail"
    with acting(in_queue) as ada:
        preferences.choose({"queue": "now", "assigned": "off"}, by=ada)
        services.assign(ticket, None, by=by)
    with acting(max) as by:
        services.assign(ticket, in_queue, by=by)
        services.create(by=by, title="Another", company=ticket.company, queue=ticket.queue)
        assert written()[1:] == [("queue_ticket", "ada@nordlicht.example")]


def test_the_mail_of_the_day_has_everything_once(ticket: Ticket, max: Membership, in_queue: Membership) -> None:
    with acting(in_queue) as ada:
        watching.add(ticket, in_queue, by=ada)
        preferences.choose({"watched": "digest"}, by=ada)
    with acting(max) as by:
        note(ticket, by, "One")
        note(ticket, by, "Two")
        assert written() == []
        assert Timer.objects.filter(kind=digests.DIGEST, due__gt=timezone.now()).count() == 1
        Timer.objects.update(due=timezone.now())
    timers.sweep()
    with acting(max):
        assert written() == [("digest", "ada@nordlicht.example")]
        assert OutgoingMail.objects.get().text.count(f"{DESK}{ticket.number}/") == 2
        assert not Notice.objects.exists()


def test_the_link_in_a_mail_changes_nothing_until_one_presses(max: Membership, gunta: Membership) -> None:
    browser = sign_in_english(max)
    page = browser.get("/nordlicht/notifications/?kind=watched")
    assert page.status_code == 200
    with acting(max) as by:
        assert not Preference.objects.exists()
        assert browser.post(
            "/nordlicht/notifications/", {"watched": "off", "nonsense": "off", "calls": "x", "member": "1"}
        )
        assert preferences.of(by)["watched"] == "off"
        assert Preference.objects.count() == 1, "what is no kind or no way is passed over (A10)"
    assert sign_in(gunta).get("/nordlicht/notifications/").status_code == 404


def test_watchers_of_both_tickets_watch_the_survivor(ticket: Ticket, max: Membership, in_queue: Membership) -> None:
    with acting(max) as by:
        second = services.create(by=by, title="Again", company=ticket.company, queue=ticket.queue)
        for one, person in ((ticket, max), (second, max), (second, in_queue)):
            watching.add(one, person, by=by)
        merging.merge(second, ticket, by=by)
        assert set(Watcher.objects.values_list("ticket", "member")) == {(ticket.pk, max.pk), (ticket.pk, in_queue.pk)}
        assert Entry.objects.filter(kind="ticket.watched").count() == 1


def test_who_works_on_the_merged_ticket_beside_its_assignee_works_on_the_survivor(
    ticket: Ticket, max: Membership, in_queue: Membership, people: Any
) -> None:
    """Each once; whoever is responsible for the survivor is not put beside themselves; the preview counts them."""
    with acting(max) as by:
        second = services.create(by=by, title="Again", company=ticket.company, queue=ticket.queue)
        services.assign(ticket, people("sales"), by=by)
        for one, person in ((ticket, max), (second, max), (second, in_queue), (second, people("sales"))):
            CoAssignee.objects.create(ticket=one, member=person)
        now = Ticket.objects.get(pk=ticket.pk)
        assert merging.plan(second, now, by=by).counts["helper"] == 1
    page = text_of(sign_in_english(max).get(f"{DESK}{second.number}/merge/?other={ticket.number}"))
    assert "1 person who works on it, too" in page
    with acting(max) as by:
        merging.merge(second, ticket, by=by)
        assert set(CoAssignee.objects.values_list("ticket", "member")) == {
            (ticket.pk, max.pk),
            (ticket.pk, in_queue.pk),
        }
        Ticket.objects.filter(pk=ticket.pk).update(queue=Queue.objects.create(name="Board"))
    with acting(in_queue) as ada:
        assert Ticket.objects.visible_to(ada).filter(pk=ticket.pk).exists(), "it is one of hers"


def test_the_page_takes_the_same_statements_however_many_watch_and_are_mentioned(
    ticket: Ticket, max: Membership, in_queue: Membership, people: Any
) -> None:
    browser = sign_in_english(max)
    url = f"{DESK}{ticket.number}/"
    with acting(max) as by:
        watching.add(ticket, max, by=by)
        note(ticket, by, "Hello @Ada Brandt")
    few = statements(browser, url)
    with acting(max) as by:
        for role in ("dispatcher", "billing"):
            watching.add(ticket, people(role), by=by)
            note(ticket, by, f"Hello @{role.title()}")
    assert statements(browser, url) == few <= 20
