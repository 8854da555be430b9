"""What waits for a dispatcher: raised once, told, shown, settled."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from psa.journal.models import Entry
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied
from psa.tenancy.models import Membership
from psa.web import refusals
from tests.conftest import acting, sign_in
from tests.workflows.reviews import Stage
from tickets.models import DispatcherTask
from workflows.services import tasks


@pytest.fixture
def task(stage: Stage) -> DispatcherTask:
    """A mail of the review did not arrive."""
    with acting(stage.member), transaction.atomic():
        by = Actor.system("timer")
        return tasks.need(stage.ticket, "review_undelivered", by=by, addresses=["cleo@hansen.example"])


def test_the_same_decision_waits_once(stage: Stage, task: DispatcherTask) -> None:
    with acting(stage.member), transaction.atomic():
        again = tasks.need(stage.ticket, "review_undelivered", by=Actor.system("timer"), addresses=[])
        assert (again.pk, DispatcherTask.objects.count()) == (task.pk, 1)
        assert Entry.objects.filter(kind="ticket.decision_needed").count() == 1


def test_dispatchers_are_told_in_their_language(
    stage: Stage, people: Callable[[str], Membership], task: DispatcherTask
) -> None:
    with scope.platform("test: languages"):
        Membership.objects.filter(pk=stage.member.pk).update(language="lv")
    people("dispatcher"), people("technician")
    stage.bring("submit")
    stage.lose("review_notice")
    with scope.tenant(stage.member.tenant_id):
        DispatcherTask.objects.all().delete()
    with acting(stage.member), transaction.atomic():
        tasks.need(stage.ticket, "review_undelivered", by=Actor.system("timer"), addresses=["cleo@hansen.example"])
    told = {mail.to_address: mail for mail in stage.mails("decision_needed")[-2:]}
    assert set(told) == {"max@nordlicht.example", "dispatcher@nordlicht.example"}
    assert all("cleo@hansen.example" in mail.text for mail in told.values())
    assert len({mail.text for mail in told.values()}) == 2


def test_settling_takes_the_right_to_override(
    stage: Stage, task: DispatcherTask, people: Callable[[str], Membership]
) -> None:
    with acting(people("technician")) as by, pytest.raises(Denied, match="ticket.override"):
        tasks.settle(task, by=by)
    with acting(people("dispatcher")) as by:
        tasks.settle(task, by=by)
        tasks.settle(task, by=by)
        assert DispatcherTask.objects.get().settled_by_id == by.membership_id
        assert Entry.objects.filter(kind="ticket.decision_settled").count() == 1


def test_with_the_ticket_its_decisions_are_over(stage: Stage, task: DispatcherTask) -> None:
    stage.bring("close")
    with acting(stage.member):
        assert not DispatcherTask.objects.open().exists()


def test_it_stands_on_the_ticket_at_home_and_in_the_list(stage: Stage, task: DispatcherTask) -> None:
    with scope.platform("test: language"):
        stage.member.user.language = "en"
        stage.member.user.save()
    browser = sign_in(stage.member)
    said = escape(refusals.sentence(task.code, task.params))
    for url in (reverse("tickets:page", args=["nordlicht", stage.ticket.number]), reverse("home", args=["nordlicht"])):
        assert said in browser.get(url).content.decode()
    view = reverse("tickets:view", args=["nordlicht", "decisions"])
    assert stage.ticket.title in browser.get(view).content.decode()
    assert browser.post(reverse("workflows:settle_task", args=["nordlicht", task.pk])).status_code == 302
    assert stage.ticket.title not in browser.get(view).content.decode()


def test_a_technician_is_offered_no_decisions(
    stage: Stage, task: DispatcherTask, people: Callable[[str], Membership]
) -> None:
    browser: Client = sign_in(people("technician"))
    assert browser.get(reverse("tickets:view", args=["nordlicht", "decisions"])).status_code == 404
    assert browser.post(reverse("workflows:settle_task", args=["nordlicht", task.pk])).status_code in {403, 404}
