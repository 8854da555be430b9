"""The first page by role, what it costs, and the palette (desk spec, "Home pages by role", "Everywhere"; A3, A8)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from psa.directory.models import Company
from psa.journal.models import Entry, Job
from psa.mail.models import Delivery, DeliveryState, OutgoingMail
from psa.tenancy import scope
from psa.tenancy import services as tenants
from psa.tenancy.models import Membership, Role, Tenant
from psa.timers.models import Timer
from tests.conftest import acting, sign_in
from tickets import services
from tickets.models import Queue, QueueMember, Ticket

HOME, PALETTE = "/nordlicht/", "/nordlicht/palette/"


def read(member: Membership, url: str = HOME, **headers: str) -> str:
    answer = sign_in(member).get(url, headers=headers or None)
    assert answer.status_code == 200
    return answer.content.decode()


def given(member: Membership, ticket: Ticket, by: Membership) -> None:
    with acting(by) as actor:
        services.fields.assign(ticket, member, by=actor)


def statements(member: Membership, url: str, **headers: str) -> int:
    client = sign_in(member)
    client.get(url, headers=headers)
    with CaptureQueriesContext(connection) as made:
        assert client.get(url, headers=headers).status_code == 200
    return len([one for one in made if not one["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))])


@pytest.fixture
def desk(ada: Membership, queue: Queue) -> None:
    """Ada works the queue."""
    with scope.tenant(ada.tenant_id):
        QueueMember.objects.create(queue=queue, member=ada)


def test_each_role_reads_what_it_has_to_do(max: Membership, ada: Membership, desk: None, ticket: Ticket) -> None:
    technician = read(ada)
    assert 'class="empty"' in technician and "unassigned" in technician, "nothing yet, and what to do next"
    for heading in ("setup-steps", "/repair/", "state=failed"):
        assert heading not in technician, "health and setup are the administrators'"
    administrator = read(max)
    assert "setup-steps" in administrator and f"{HOME}outbox/?state=failed" in administrator


def test_my_day_has_my_tickets_and_what_somebody_else_did_there(
    max: Membership, ada: Membership, desk: None, ticket: Ticket
) -> None:
    given(ada, ticket, by=max)
    page = read(ada)
    assert page.count(f"{HOME}tickets/{ticket.number}/") >= 2, "mine, and touched by Max"
    with acting(ada) as by:
        services.lifecycle.accept(ticket, by=by)
    assert "Max Petersen" not in read(ada), "what I did myself is no news"
    assert f"/tickets/{ticket.number}/" not in read(max), "nobody else's day"


def test_whoever_may_nothing_reads_so(nordlicht: Tenant) -> None:
    member = tenants.add_member(nordlicht, "nil@nordlicht.example", "Nil", "contact")
    with scope.tenant(nordlicht):
        Role.objects.filter(code="contact").update(capabilities={})
    assert "home-list" not in sign_in(member).get(HOME).content.decode()


def test_the_first_page_costs_the_same_with_many_rows(
    max: Membership, ada: Membership, desk: None, ticket: Ticket
) -> None:
    before = {member: statements(member, HOME) for member in (max, ada)}
    with acting(max) as by:
        for number in range(12):
            one = services.create(by=by, title=f"No. {number}", company=ticket.company, queue=ticket.queue)
            services.fields.assign(one, ada if number % 2 else max, by=by)
    for member, number in before.items():
        assert statements(member, HOME) == number <= 14, member


def test_health_says_what_waits_and_repairs_what_stopped(max: Membership, ada: Membership, atlas: Tenant) -> None:
    long_ago = timezone.now() - timedelta(hours=2)
    with scope.tenant(atlas):
        Timer.objects.create(kind="test", subject_id=1, due=None, parked_at=long_ago)
    with scope.tenant(max.tenant_id):
        parked = [Job.objects.create(entry_id=1, listener="x", due=None, parked_at=long_ago, attempts=9)]
        parked.append(Timer.objects.create(kind="test", subject_id=2, due=None, parked_at=long_ago))
        Timer.objects.create(kind="test", subject_id=3, due=long_ago)
    page = read(max)
    assert page.count("/repair/") == 2 and "data-ago" in page
    client = sign_in(max)
    for part, row in zip(("jobs", "timers"), parked, strict=True):
        assert client.post(f"{HOME}repair/{part}/").status_code == 302
        with scope.tenant(max.tenant_id):
            row.refresh_from_db()
            assert row.parked_at is None and row.due is not None and row.attempts == 0
            assert Entry.objects.filter(kind="queue.retried", data__part=part, data__rows=1).count() == 1
    assert "/repair/" not in read(max)
    client.post(f"{HOME}repair/jobs/")
    with scope.tenant(max.tenant_id):
        assert Entry.objects.filter(kind="queue.retried").count() == 2, (
            "a second click repairs nothing and says nothing"
        )
    with scope.tenant(atlas):
        assert Timer.objects.get().parked_at == long_ago, "nobody else's"
    assert client.post(f"{HOME}repair/nonsense/").status_code == 404
    assert sign_in(ada).post(f"{HOME}repair/jobs/").status_code == 403


def test_mail_that_failed_is_sent_again(max: Membership) -> None:
    with scope.tenant(max.tenant_id):
        written = OutgoingMail.objects.create(
            code="invitation", to_address="cleo@example.com", language="de", subject="Words", text="x", html="<p>x</p>",
            message_id="<1@tandem>",
        )  # fmt: skip
        failed = Delivery.objects.create(
            mail=written, state=DeliveryState.FAILED, due=None, parked_at=timezone.now(), error="smtp_550"
        )
    assert "/repair/mail/" in read(max)
    sign_in(max).post(f"{HOME}repair/mail/")
    with scope.tenant(max.tenant_id):
        assert Delivery.objects.get(pk=failed.pk).state == DeliveryState.QUEUED
        assert {"mail.queued_again", "queue.retried"} <= set(Entry.objects.values_list("kind", flat=True))


# The palette ----------------------------------------------------------------------------------------------------------
def test_a3_the_palette_finds_nothing_its_reader_may_not_open(
    max: Membership, ada: Membership, ticket: Ticket, company: Company, sam: Membership
) -> None:
    found = read(max, f"{PALETTE}?q=VPN")
    assert f"/tickets/{ticket.number}/" in found and f"/tickets/{ticket.number}/stopwatch/" in found
    assert f"/companies/{company.pk}/" in read(max, f"{PALETTE}?q=hansen")
    for asked in ("VPN", str(ticket.number), f"%23{ticket.number}"):
        assert f"/tickets/{ticket.number}/" not in read(ada, f"{PALETTE}?q={asked}"), "not in a queue of hers"
        theirs = sign_in(sam).get(f"/atlas/palette/?q={asked}").content.decode()
        assert "VPN drops" not in theirs and "Hansen" not in theirs
    assert sign_in(sam).get(f"{PALETTE}?q=VPN").status_code == 404
    for hidden in ("/outbox/", "/audit/", "/roles/"):
        assert hidden not in read(ada, PALETTE), "pages follow the navigation"
    assert "/audit/" in read(max, f"{PALETTE}?q=audit")


def test_a8_the_palette_takes_any_words_as_words(max: Membership, ticket: Ticket) -> None:
    for asked in (
        "%25",
        "_",
        "'; DROP",
        "%00",
        "a" * 5000,
        "%F0%9F%92%A9",
        "company__name",
        "((((a+)+)+)+$",
        "<script>x",
    ):
        page = read(max, f"{PALETTE}?q={asked}")
        assert "VPN drops" not in page and "<script>x" not in page


def test_the_palette_is_a_listbox_in_the_dialog_and_links_on_its_page(max: Membership, ticket: Ticket) -> None:
    part = read(max, f"{PALETTE}?q=VPN", **{"HX-Request": "true"})
    assert 'role="option"' in part and "<html" not in part and part.count('aria-selected="false"') >= 2
    page = read(max, f"{PALETTE}?q=VPN")
    assert 'role="option"' not in page and 'name="csrfmiddlewaretoken"' in page and "<h1>" in page
    assert 'role="combobox"' in page and 'aria-controls="palette-hits"' in page and 'href="/nordlicht/palette/"' in page


def test_the_palette_stays_cheap(max: Membership, ada: Membership, desk: None, ticket: Ticket) -> None:
    with acting(max) as by:
        for number in range(9):
            services.create(by=by, title=f"VPN no. {number}", company=ticket.company, queue=ticket.queue)
    for member in (max, ada):
        assert statements(member, f"{PALETTE}?q=VPN", **{"HX-Request": "true"}) <= 8, member


def test_the_help_names_every_key(max: Membership) -> None:
    page: Any = read(max)
    for key in ("Ctrl", "K", "/", "c", "j", "k", "r", "n", "t", "a", "g", "h", "?"):
        assert f"<kbd>{key}</kbd>" in page, key
    assert "data-shortcuts-switch" in page
