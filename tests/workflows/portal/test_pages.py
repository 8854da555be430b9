"""The portal's pages as a contact uses them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from psa.directory.models import Contact
from psa.journal.models import Entry
from psa.mail.models import OutgoingMail
from psa.tenancy import scope
from psa.tenancy.models import Membership
from tests.workflows.portal.conftest import HOME, ask, browser, in_state, offered
from tests.workflows.stage import approver, log
from tickets import services
from tickets.models import Acceptance, Attachment, Note, Source, Status, Ticket
from workflows.models import Decision, SharedRequest

NEW = {"title": "The printer smokes", "text": "Literally. <b>Help</b>", "share": ""}


def test_somebody_asks_and_sees_it_in_their_list(cleo: Contact) -> None:
    client = browser(cleo)
    upload = SimpleUploadedFile("smoke.txt", b"black", "text/plain")
    answer = client.post(f"{HOME}requests/new/", {**NEW, "upload": upload})
    with scope.tenant(cleo.tenant_id):
        ticket = Ticket.objects.get()
        assert (ticket.contact, ticket.source, ticket.created_by) == (cleo, Source.PORTAL, None)
        assert Attachment.objects.get().name == "smoke.txt"
        mail = OutgoingMail.objects.get(code="request_received")
        assert "Help" not in mail.text + mail.subject and "printer" not in mail.text + mail.subject
        assert Entry.objects.get(kind="ticket.created").by_kind == "contact"
        assert not SharedRequest.objects.exists()
    assert answer["Location"] == f"{HOME}requests/{ticket.number}/"
    for path in ("", "requests/", f"requests/{ticket.number}/"):
        assert "The printer smokes" in client.get(HOME + path).content.decode()


def test_acknowledgements_are_capped(cleo: Contact, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "acknowledgement": "2/h"}
    client = browser(cleo)
    for _ in range(4):
        assert client.post(f"{HOME}requests/new/", NEW).status_code == 303
    with scope.tenant(cleo.tenant_id):
        assert Ticket.objects.count() == 4
        assert OutgoingMail.objects.filter(code="request_received").count() == 2


def test_somebody_answers_our_question_with_a_file(cleo: Contact, max: Membership) -> None:
    ticket = in_state(ask(cleo), max, "accept", "ask")
    client = browser(cleo)
    page = client.get(f"{HOME}requests/{ticket.number}/").content.decode()
    assert "We need an answer from you" in page and "because" in page
    upload = SimpleUploadedFile("a.txt", b"a", "text/plain")
    client.post(f"{HOME}requests/{ticket.number}/messages/", {"text": "The red one.", "upload": upload})
    with scope.tenant(cleo.tenant_id):
        ticket.refresh_from_db()
        assert ticket.status == Status.OPEN
        assert Note.objects.get().text == "The red one."
        told = Entry.objects.exclude(data__note=None).get(kind="ticket.customer_wrote")
        assert (told.data["weight"], told.data["channel"]) == ("message", "portal")
    page = client.get(f"{HOME}requests/{ticket.number}/").content.decode()
    assert "The red one." in page and "a.txt" in page
    key = str(key_of_the_file(cleo))
    assert b"".join(client.get(f"{HOME}requests/{ticket.number}/files/{key}/").streaming_content) == b"a"  # type: ignore[attr-defined]


def key_of_the_file(contact: Contact) -> Any:
    with scope.tenant(contact.tenant_id):
        return Attachment.objects.values_list("key", flat=True).get()


def test_somebody_cancels_before_the_work_and_not_after(cleo: Contact, eva: Contact, max: Membership) -> None:
    first, second = ask(cleo, shared=True), ask(cleo)
    in_state(second, max, "accept", "start")
    client = browser(cleo)
    path = f"{HOME}requests/{first.number}/cancel/"
    assert browser(eva).post(path, {"text": "Not mine"}).status_code == 404
    assert "Nobody has begun" in client.get(path).content.decode()
    assert client.post(path, {"text": ""}).status_code == 303
    assert client.post(f"{HOME}requests/{second.number}/cancel/", {"text": "x"}).status_code == 409
    with scope.tenant(cleo.tenant_id):
        first.refresh_from_db(), second.refresh_from_db()
        assert (first.status, first.resolution) == (Status.CANCELLED, "cancelled_by_customer")
        assert second.status == Status.IN_PROGRESS
        assert Entry.objects.get(kind="ticket.cancel_asked").by_name == cleo.name


def test_sharing_is_said_in_words_and_can_be_taken_back(cleo: Contact, eva: Contact) -> None:
    ticket = ask(cleo)
    path = f"{HOME}requests/{ticket.number}/"
    hers, theirs = browser(cleo), browser(eva)
    assert "Only you and our team." in hers.get(path).content.decode()
    assert theirs.get(path).status_code == 404
    assert hers.post(f"{path}share/", {"share": "company"}).status_code == 303
    assert theirs.get(path).status_code == 200
    assert theirs.post(f"{path}share/", {"share": ""}).status_code == 403
    assert hers.post(f"{path}share/", {"share": ""}).status_code == 303
    assert theirs.get(path).status_code == 404


def test_the_estimate_says_what_it_costs_and_is_accepted(cleo: Contact, dirk: Contact, max: Membership) -> None:
    ticket = in_state(ask(cleo), max, "accept")
    approver(max, dirk)
    log(ticket, max, 45)
    offered(ticket, max, minutes=120)
    estimate = offered(ticket, max)
    client = browser(dirk)
    path = f"{HOME}requests/{ticket.number}/estimate/"
    page = client.get(path).content.decode()
    for said in ("€285.00", "€54.15", "€339.15", "€313.50", "without our asking you again", "2:00 h", "0:45 h"):
        assert said in page, said
    assert client.get(f"{HOME}requests/{ticket.number}/estimate.pdf").content.startswith(b"%PDF-")
    answer = client.post(f"{path}accept/", {"version": 2, "sha256": estimate.sha256})
    assert (answer.status_code, answer["Location"]) == (303, HOME)  # the request itself is Cleo's alone
    with scope.tenant(cleo.tenant_id):
        assert Ticket.objects.get().status == Status.ESTIMATE_ACCEPTED
    assert "This estimate is decided" in client.get(path).content.decode()  # what one decided on one may read


def test_w2_an_earlier_version_of_an_estimate_is_refused_and_the_page_shows_the_newest(
    cleo: Contact, max: Membership
) -> None:
    approver(max, cleo)
    ticket = ask(cleo)
    old, new = offered(ticket, max), offered(ticket, max, minutes=240)
    client = browser(cleo)
    path = f"{HOME}requests/{ticket.number}/estimate/"
    for version, sha256 in ((1, old.sha256), (2, old.sha256), (1, new.sha256), ("", ""), ("x", new.sha256)):
        answer = client.post(f"{path}accept/", {"version": version, "sha256": sha256})
        assert answer.status_code == 409, version
        page = answer.content.decode()
        assert "There is a newer version of this estimate: version 2." in page and "€380.00" in page
    with scope.tenant(cleo.tenant_id):
        assert Ticket.objects.get().status == Status.ESTIMATED
        assert not Decision.objects.exists() and not Entry.objects.filter(kind="ticket.estimate_accepted").exists()
    assert client.post(f"{path}accept/", {"version": 2, "sha256": new.sha256}).status_code == 303


def test_an_approver_finds_what_waits_on_the_first_page(cleo: Contact, dirk: Contact, max: Membership) -> None:
    """Though the request is Cleo's alone, and a colleague who approves nothing finds nothing."""
    approver(max, cleo)
    ticket = ask(cleo)
    offered(ticket, max)
    client = browser(dirk)
    assert ticket.title not in client.get(HOME).content.decode()
    approver(max, dirk)
    page = client.get(HOME).content.decode()
    assert ticket.title in page and f"{HOME}requests/{ticket.number}/estimate/" in page
    assert client.get(f"{HOME}requests/{ticket.number}/").status_code == 404
    assert count(client, HOME) <= 12


def test_the_estimate_is_given_back_passed_on_or_declined(cleo: Contact, dirk: Contact, max: Membership) -> None:
    approver(max, cleo), approver(max, dirk)
    ticket = ask(cleo)
    offered(ticket, max)
    client = browser(cleo)
    path = f"{HOME}requests/{ticket.number}/estimate/"
    assert client.post(f"{path}question/", {"text": " "}).status_code == 422
    assert client.post(f"{path}pass/", {"to": "999999"}).status_code == 422
    assert client.post(f"{path}pass/", {"to": cleo.pk}).status_code == 422
    with scope.tenant(cleo.tenant_id):
        assert not Decision.objects.exists()
    assert client.post(f"{path}question/", {"text": "Why three hours?"}).status_code == 303
    offered(ticket, max)
    assert client.post(f"{path}pass/", {"to": dirk.pk}).status_code == 303
    assert client.post(f"{path}decline/", {"text": "Too much."}).status_code == 303
    with scope.tenant(cleo.tenant_id):
        said = list(Decision.objects.order_by("pk").values_list("said", "text", "passed_to"))
        assert Ticket.objects.get().status == Status.CANCELLED
    assert said == [("returned", "Why three hours?", None), ("passed", "", dirk.pk), ("declined", "Too much.", None)]


def test_the_solution_is_accepted_reopened_or_deployed(cleo: Contact, max: Membership) -> None:
    client = browser(cleo)
    found = []
    for verb, form in (
        ("accept", {}),
        ("reopen", {"happened": "Dead.", "expected": "Alive.", "where": "Hall 2", "objection": "on"}),
        ("deploy", {"text": "On Monday."}),
    ):
        ticket = in_state(ask(cleo), max, "accept", "start", "submit")
        path = f"{HOME}requests/{ticket.number}/review/"
        with scope.tenant(cleo.tenant_id):
            sent = OutgoingMail.objects.filter(code="review_notice").count()
        page = client.get(path).content.decode()
        assert sent == len(found) + 1 and "counts as accepted" in page and "because" in page
        assert client.post(f"{path}{verb}/", {**form, "stay": ticket.stay - 1}).status_code == 409
        assert client.post(f"{path}{verb}/", {**form, "stay": ticket.stay}).status_code == 303
        with scope.tenant(cleo.tenant_id):
            found.append(Ticket.objects.get(pk=ticket.pk).status)
    assert found == [Status.INVOICE, Status.REOPENED_OBJECTION, Status.REOPENED_DEPLOY_REQUEST]
    with scope.tenant(cleo.tenant_id):
        words = Entry.objects.get(kind="ticket.objected").data["text"]
        assert words == "Dead.\n\nWhat did you expect: Alive.\n\nWhere: Hall 2"
        assert set(Acceptance.objects.values_list("kind", "name")) == {("person", cleo.name)}


def test_what_is_over_says_so(cleo: Contact, max: Membership) -> None:
    ticket = in_state(ask(cleo), max, "accept", "start", "close")
    client = browser(cleo)
    assert "There is nothing more to do for you." in client.get(f"{HOME}requests/{ticket.number}/").content.decode()
    assert ticket.title not in client.get(f"{HOME}requests/").content.decode()
    assert ticket.title in client.get(f"{HOME}requests/?state=over").content.decode()
    for page in ("estimate", "review"):
        assert client.get(f"{HOME}requests/{ticket.number}/{page}/").status_code == 404


@pytest.mark.parametrize("is_late", [False, True])
def test_asking_again_is_a_note_with_its_files_on_the_request_or_on_the_one_that_follows_it(
    cleo: Contact, max: Membership, is_late: bool
) -> None:
    old = in_state(ask(cleo), max, "accept", "start", "close")
    with scope.tenant(cleo.tenant_id):
        if is_late:
            Ticket.objects.update(closed_at=timezone.now() - timedelta(days=60))
    client = browser(cleo)
    for _ in range(2 if is_late else 1):
        upload = SimpleUploadedFile("dead.txt", b"dead", "text/plain")
        answer = client.post(f"{HOME}requests/{old.number}/messages/", {"text": "Dead again.", "upload": upload})
    page = client.get(answer["Location"]).content.decode()
    assert page.count("Dead again.") == 1 and page.count("dead.txt") == 1, "said once, though it is kept twice"
    with scope.tenant(cleo.tenant_id):
        note = Note.objects.get()
        assert (note.ticket.number != old.number, Ticket.objects.count()) == (is_late, 1 + is_late)
        assert (note.text, note.author_name, note.audience) == ("Dead again.", cleo.name, "customer")
        told = Entry.objects.get(kind="ticket.customer_wrote", data__note=note.pk)
        assert (told.subject_id, told.by_kind) == (note.ticket_id, "contact")


def test_the_contact_of_the_people_lets_a_colleague_in(dirk: Contact, cleo: Contact, eva: Contact) -> None:
    client = browser(dirk)
    assert eva.name in client.get(f"{HOME}people/").content.decode()
    form = {"sees": "company", "accepts": "on"}
    assert client.post(f"{HOME}people/{cleo.pk}/", form).status_code == 303
    with scope.tenant(dirk.tenant_id):
        entry = Entry.objects.get(kind="contact.portal_changed")
        assert (entry.by_kind, entry.by_name, entry.data["new"]["sees"]) == ("contact", dirk.name, "company")
    assert client.post(f"{HOME}people/{dirk.pk}/", {"take": "1"}).status_code == 422
    assert browser(eva).get(f"{HOME}people/").status_code == 404


def test_the_profile_changes_the_language_of_everything(cleo: Contact) -> None:
    client = browser(cleo)
    form = {"name": "Cleo Hansen-Lund", "phone": "+49 40 1", "language": "de"}
    assert client.post(f"{HOME}profile/", form).status_code == 303
    page = client.get(f"{HOME}profile/").content.decode()
    assert 'lang="de"' in page and "Hansen-Lund" in page
    assert client.post(f"{HOME}profile/language/", {"language": "lv", "next": HOME}).status_code == 303
    assert 'lang="lv"' in client.get(HOME).content.decode()


@pytest.mark.parametrize("path", ["", "requests/", "requests/new/", "profile/", "people/"])
def test_the_number_of_statements_does_not_grow(dirk: Contact, path: str, django_assert_max_num_queries: Any) -> None:
    client = browser(dirk)
    client.get(HOME + path)
    for _ in range(3):
        ask(dirk)
    with django_assert_max_num_queries(12):
        client.get(HOME + path)
    from_few = count(client, HOME + path)
    for _ in range(6):
        ask(dirk, shared=True)
    assert count(client, HOME + path) == from_few


def count(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as found:
        client.get(path)
    return len(found)


def test_a_request_page_stays_within_its_statements(cleo: Contact, max: Membership) -> None:
    ticket = ask(cleo)
    client = browser(cleo)
    path = f"{HOME}requests/{ticket.number}/"
    few = count(client, path)
    for n in range(5):
        client.post(f"{path}messages/", {"text": f"More {n}"})
    assert count(client, path) == few <= 12


def test_services_say_no_in_words(cleo: Contact, max: Membership) -> None:
    ticket = in_state(ask(cleo), max, "accept", "start")
    answer = browser(cleo).post(f"{HOME}requests/{ticket.number}/cancel/", {"text": "x"})
    assert answer.status_code == 409 and "Work on it has begun" in answer.content.decode()
    assert services.BY_NAME["cancel"].capability == "ticket.override"
