"""S12, of mail that comes in: the database is yesterday's again. What came since is brought once more, kept once, and
joins its own ticket or waits in quarantine; it never joins another's (docs/operations.md, "After a restore")."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import transaction

from psa.directory.models import Company, Contact
from psa.mail import replies
from psa.mail.inbound import taking, working
from psa.mail.models import Arrival, Door, IncomingMail
from psa.mail.replies import Purpose
from psa.tenancy.models import Membership
from tests.conftest import acting, undone
from tests.mail.letters import DESK, letter
from tests.tickets.mail_in.mailroom import answer_to, come, mailed, quarantined, rows
from tickets import services as tickets
from tickets.models import Note, Status, Ticket


def test_s12_what_is_brought_again_after_a_restore_is_kept_once_on_its_own_ticket(
    seen: Ticket, ada: Membership
) -> None:
    with acting(ada) as by:
        tickets.ask(seen, "What does it say?", by=by)
        raw, to = answer_to(mailed(seen, by), "PC LOAD LETTER.")
    with undone():  # what happened since yesterday
        come(raw, to)
        assert Note.objects.filter(author=None).count() == 1
    assert not IncomingMail.objects.exists() and Ticket.objects.get().status == Status.WAITING_CLARIFICATION
    again = come(raw, to)
    assert (again.state, again.subject_id) == ("taken", seen.pk)
    assert taking.take(raw, Door.IMAP, [to]) == [] and not Arrival.objects.exists()
    assert Note.objects.filter(author=None).get().text == "PC LOAD LETTER."
    assert Ticket.objects.get().status == Status.OPEN


def test_s12_what_waited_when_the_backup_was_made_is_read_once_more_and_kept_once(
    seen: Ticket, ada: Membership
) -> None:
    with acting(ada) as by:
        raw, to = answer_to(mailed(seen, by), "It hums.")
    taking.take(raw, Door.IMAP, [to])
    with undone():
        working.take_in()
        assert Note.objects.filter(author=None).count() == 1
    working.take_in()
    working.take_in()
    assert Note.objects.filter(author=None).count() == 1 and not Arrival.objects.exists()


def test_s12_an_answer_about_a_ticket_that_is_gone_with_the_restore_joins_no_other_customers(
    seen: Ticket, max: Membership, ada: Membership, cleo: Contact
) -> None:
    """The numbers of tickets made since yesterday are given again, to others."""
    gone = Ticket.objects.order_by("-pk").values_list("pk", flat=True)[0] + 1
    to = replies.address(replies.seal(Purpose.CONTACT, gone, cleo.pk))
    before = rows()
    quarantined(come(letter("Of yesterday.", to=to), to), "ticket_gone", before)
    other = Company.objects.create(name="Kanzlei Freitag")
    fred = Contact.objects.create(company=other, name="Fred", email="fred@freitag.example")
    with acting(max) as by:
        made = tickets.create(by=by, title="Fred's", company=other, contact=fred, queue=seen.queue)
    to = replies.address(replies.seal(Purpose.CONTACT, made.pk, cleo.pk))
    before = rows()
    quarantined(come(letter("Of today.", to=to, message_id="<2@x.example>"), to), "without_access", before)


def test_s12_a_new_secret_voids_the_keys_written_since_and_their_answers_find_home_by_message_id(
    seen: Ticket, ada: Membership, settings: Any
) -> None:
    with acting(ada) as by:
        sent = mailed(seen, by)
    raw, to = answer_to(sent, "It still hums.")
    settings.SECRET_KEY = "another secret, after the restore, that is long enough to be one"
    before = rows()
    quarantined(come(raw, to), "key_forged", before)
    by_thread = letter("By thread.", In_Reply_To=sent.message_id, message_id="<t@hansen.example>")
    assert come(by_thread).subject_id == seen.pk


def test_s12_the_bytes_of_what_came_since_go_through_the_pipe_again(
    seen: Ticket, ada: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are newer than the database: every mail's bytes stand under mail/, as they came."""
    with transaction.atomic():
        mail = come(letter("It smokes."))
        path = mail.path
        transaction.set_rollback(True)
    with default_storage.open(path) as file:
        raw = file.read()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    _pipe(DESK)
    working.take_in()
    assert IncomingMail.objects.get().state == "taken"
    assert Ticket.objects.exclude(pk=seen.pk).get().description == "It smokes."


def _pipe(to: str) -> None:
    try:
        call_command("receive_mail", "--to", to)
    except SystemExit as ended:
        assert not ended.code
