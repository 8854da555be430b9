"""A mail is written with its author and sent afterwards; whatever the server does, it is not lost in silence."""

from __future__ import annotations

import smtplib
from datetime import timedelta
from email import message_from_bytes
from email.policy import default as policy

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.safestring import mark_safe

from psa import leases
from psa.directory.models import Company
from psa.fsm import TransitionNotAllowed
from psa.mail import mail, sending
from psa.mail.catalogue import MAILS
from psa.mail.mail import Recipient
from psa.mail.models import Delivery, DeliveryState, OutgoingMail
from psa.tenancy import scope
from tests.conftest import needs_postgres
from tests.mail.fakes import AfterAccepting, Crash, FakeServer, refused

CLEO = Recipient("Cleo Hansen", "cleo@kunde.example", "de")
GUNTA = Recipient("Gunta Bērziņa", "gunta@baltic.example", "lv")


@pytest.fixture(autouse=True)
def server(settings):
    settings.EMAIL_BACKEND = "tests.mail.fakes.FakeServer"
    FakeServer.reset()
    return FakeServer


def written(*to, code="recalled", **context):
    with transaction.atomic():
        return mail.post(code, to or [CLEO], **{**MAILS[code].example, **context})


def delivery_of(one):
    return Delivery.objects.get(mail=one)


def due_again(one):
    Delivery.objects.filter(mail=one).update(due=timezone.now() - timedelta(seconds=1), leased_until=None)


@pytest.mark.django_db(transaction=True)
class TestSending:
    """Over the fake server, committed."""

    def test_a_mail_is_sent_once_outside_every_transaction(self, inside, server):
        (one,) = written()
        assert sending.send_due() == 1
        assert sending.send_due() == 0
        assert [message.extra_headers["Message-ID"] for message in server.accepted] == [one.message_id]
        assert server.in_transaction == [False]
        delivery = delivery_of(one)
        assert (delivery.state, delivery.error, delivery.due) == (DeliveryState.SENT, "", None)
        assert delivery.sent_at is not None

    def test_m10_no_mail_for_a_rolled_back_transaction(self, inside, server):
        with pytest.raises(KeyError), transaction.atomic():
            mail.post("recalled", [CLEO], **MAILS["recalled"].example)
            raise KeyError
        assert not OutgoingMail.objects.exists() and not Delivery.objects.exists()
        sending.send_due()
        assert server.accepted == []

    def test_a_mail_is_refused_outside_a_transaction(self, inside):
        with pytest.raises(RuntimeError):
            mail.post("recalled", [CLEO], **MAILS["recalled"].example)

    def test_m10_a_crash_before_the_server_accepts_sends_once(self, inside, server):
        server.reset(Crash())
        (one,) = written()
        with pytest.raises(Crash):
            sending.send_due()
        assert sending.send_due() == 0, "the lease still runs"
        Delivery.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        assert sending.send_due() == 1
        assert len(server.accepted) == 1
        assert delivery_of(one).state == DeliveryState.SENT

    def test_m10_a_crash_after_the_server_accepted_repeats_the_message_id(self, inside, server):
        server.reset(AfterAccepting())
        (one,) = written()
        with pytest.raises(Crash):
            sending.send_due()
        Delivery.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        assert sending.send_due() == 1
        assert {message.extra_headers["Message-ID"] for message in server.accepted} == {one.message_id}
        assert len(server.accepted) == 2

    def test_m10_a_slow_worker_does_not_settle_what_another_settled(self, inside, server):
        (one,) = written()
        Delivery.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        stale = delivery_of(one)
        Delivery.objects.update(leased_until=timezone.now() + timedelta(seconds=5))
        with pytest.raises(leases.Overtaken):
            sending._deliver(server(), stale)
        assert server.accepted == [] and delivery_of(one).state == DeliveryState.QUEUED

    @pytest.mark.parametrize(
        ("answer", "code"),
        [
            (refused(450), "smtp_450"),
            (smtplib.SMTPDataError(451, b"try later"), "smtp_451"),
            (smtplib.SMTPSenderRefused(421, b"busy", "x"), "smtp_421"),
            (smtplib.SMTPAuthenticationError(535, b"wrong password"), "server_535"),
            (smtplib.SMTPServerDisconnected("gone"), "unreachable"),
            (ConnectionRefusedError(), "unreachable"),
            (TimeoutError(), "unreachable"),
        ],
    )
    def test_m10_a_passing_trouble_waits_and_is_tried_again(self, inside, server, answer, code):
        server.reset(answer)
        (one,) = written()
        sending.send_due()
        delivery = delivery_of(one)
        assert (delivery.state, delivery.error, delivery.attempts) == (DeliveryState.QUEUED, code, 1)
        assert delivery.due > timezone.now()
        due_again(one)
        sending.send_due()
        assert len(server.accepted) == 1
        assert (delivery_of(one).state, delivery_of(one).error) == (DeliveryState.SENT, "")

    @pytest.mark.parametrize(
        ("answer", "code"),
        [
            (refused(550), "smtp_550"),
            (smtplib.SMTPDataError(554, b"looks like spam"), "smtp_554"),
            (smtplib.SMTPNotSupportedError("SMTPUTF8"), "not_supported"),
            (ValueError("cannot be written"), "unsendable"),
        ],
    )
    def test_m10_a_lasting_refusal_fails_that_mail_alone(self, inside, server, answer, code):
        one, other = written(CLEO, GUNTA)
        Delivery.objects.filter(mail=other).update(due=timezone.now() + timedelta(hours=1))
        server.reset(answer)
        sending.send_due()
        due_again(other)
        sending.send_due()
        failed = delivery_of(one)
        assert (failed.state, failed.error, failed.due) == (DeliveryState.FAILED, code, None)
        assert failed.is_parked
        assert [message.to for message in server.accepted] == [['"Gunta Bērziņa" <gunta@baltic.example>']]

    def test_two_days_of_trouble_are_enough(self, inside, server):
        server.reset(TimeoutError())
        (one,) = written()
        Delivery.objects.update(attempts=Delivery.tries - 1)
        sending.send_due()
        assert (delivery_of(one).state, delivery_of(one).error) == (DeliveryState.FAILED, "gave_up")

    def test_without_a_mail_server_it_stays_in_the_outbox_as_sent(self, inside, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
        (one,) = written()
        sending.send_due()
        assert delivery_of(one).state == DeliveryState.SENT

    def test_mails_of_two_tenants_go_out_of_one_sweep(self, nordlicht, baltic, server):
        for tenant in (nordlicht, baltic):
            with scope.tenant(tenant):
                written()
        assert sending.send_due() == 2
        assert {message.from_email for message in server.accepted} == {
            '"Nordlicht IT" <tandem@example.com>',
            '"Baltic Service" <tandem@example.com>',
        }


class TestWriting:
    """What a mail says and what it may carry."""

    def test_each_reads_it_in_their_language_and_an_address_gets_it_once(self, inside):
        again = Recipient("Cleo", "CLEO@kunde.example", "en")
        mails = written(CLEO, GUNTA, Recipient("Sam", "sam@atlas.example", "xx"), again)
        assert [(one.to_address, one.language) for one in mails] == [
            ("CLEO@kunde.example", "en"),
            ("gunta@baltic.example", "lv"),
            ("sam@atlas.example", "en"),
        ]

    def test_it_knows_what_it_is_about(self, inside):
        company = Company.objects.create(name="Reederei")
        (one,) = mail.post("recalled", [CLEO], company, **MAILS["recalled"].example)
        assert (one.subject_type, one.subject_id) == ("company", company.pk)

    def test_m6_it_says_that_a_machine_wrote_it(self, inside):
        (one,) = written()
        made = message_from_bytes(sending.message(one).message().as_bytes(), policy=policy)
        assert made["Auto-Submitted"] == "auto-generated"
        assert made["X-Auto-Response-Suppress"] == "All"
        assert made["Message-ID"] == one.message_id
        assert one.message_id.endswith(f"@{settings.MAIL_DOMAIN}>")
        assert [part.get_content_type() for part in made.iter_parts()] == ["text/plain", "text/html"]

    def test_a_named_reason_replaces_the_templates_own(self, inside):
        (one,) = written(Recipient("Ada", "ada@nordlicht.example", "en", reason="owner"))
        assert one.reason == "You receive this mail because you own the ticket."
        assert one.text.endswith(f"-- \n{one.reason}\n")

    @pytest.mark.parametrize(
        "evil", ["\r\nBcc: all@evil.example\r\n\r\nBody", "\nX: y", "a\u2028b\x0b", "\u202eelgoog"]
    )
    def test_m5_a_line_break_in_subject_name_or_address_is_harmless(self, inside, nordlicht, evil):
        nordlicht.name = f"Nordlicht{evil}"
        nordlicht.save()
        target = Recipient(f"Cleo{evil}", "cleo@kunde.example", "en")
        (one,) = written(target, partner=f"Baltic{evil}", title=f"Switch{evil}")
        raw = sending.message(one).message().as_bytes()
        made = message_from_bytes(raw, policy=policy)
        assert set(made.keys()) <= {
            "Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted",
            "X-Auto-Response-Suppress", "X-Loop", "Content-Language",
        }  # fmt: skip
        assert made["To"].addresses[0].addr_spec == "cleo@kunde.example" and len(made["To"].addresses) == 1
        assert len(made["From"].addresses) == 1 and made["From"].addresses[0].domain == "example.com"
        assert not set("\r\n\u2028\u202e") & set(one.subject + one.to_name)

    @pytest.mark.parametrize(
        "address", ["", "cleo", "cleo@kunde.example\r\nBcc: all@evil.example", "a@b.example, c@d.example"]
    )
    def test_m5_a_bad_address_is_never_sent_to(self, inside, server, address):
        (one,) = written(Recipient("Cleo", address))
        assert (delivery_of(one).state, delivery_of(one).error) == (DeliveryState.FAILED, "address_invalid")
        sending.send_due()
        assert server.accepted == []

    def test_m5_a_name_that_poses_as_an_address_is_left_out(self, inside):
        (one,) = written(Recipient('"boss@kunde.example" <boss@kunde.example>', "cleo@kunde.example", "en"))
        assert one.to_name == ""
        assert sending.message(one).to == ["cleo@kunde.example"]

    def test_m10_a_template_error_blocks_only_that_mail(self, inside, monkeypatch):
        real = mail.get_template

        def broken(name):
            if name == "mail/recalled.html":
                raise ZeroDivisionError
            return real(name)

        monkeypatch.setattr(mail, "get_template", broken)
        (lost,), (kept,) = written(), written(code="complete")
        assert (delivery_of(lost).state, delivery_of(lost).error) == (DeliveryState.FAILED, "template_error")
        assert delivery_of(kept).state == DeliveryState.QUEUED

    @pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
    def test_b1_a_link_leads_into_the_portal_only(self, inside, url):
        (one,) = written(url=url)
        assert delivery_of(one).error == "template_error"
        (good,) = written(url="/nordlicht/tickets/1/")
        assert f'href="{settings.SITE_URL}/nordlicht/tickets/1/"' in good.html
        assert f"{settings.SITE_URL}/nordlicht/tickets/1/" in good.text

    def test_what_no_database_takes_is_left_out(self, inside):
        (one,) = written(title="Swi\x00tch \ud800")
        assert "\x00" not in one.html + one.text + one.subject

    def test_x4_rows_and_markup_are_no_variables(self, inside, nordlicht):
        for value in (nordlicht, mark_safe("<b>bold</b>"), [object()]):
            (one,) = written(title=value)
            assert delivery_of(one).error == "not_plain"

    def test_x1_what_somebody_wrote_is_inert_and_readable(self, inside):
        said = "<script>alert(1)</script>\n<img src=x onerror=y> & {{ 7|add:7 }} javascript:x"
        (one,) = written(code="rejected", reason=said, title="<b>bold</b>")
        assert "<script" not in one.html and "<img" not in one.html and "<b>" not in one.html
        assert "<script>alert(1)</script>\n<img src=x onerror=y> & {{ 7|add:7 }} javascript:x" in one.text
        assert "<b>bold</b>" in one.subject

    @pytest.mark.parametrize(
        ("code", "context"),
        [("nonsense", {}), ("recalled", {}), ("recalled", {**MAILS["recalled"].example, "cost": 1})],
    )
    def test_an_undeclared_code_or_variable_is_the_callers_mistake(self, inside, code, context):
        with pytest.raises(TypeError):
            mail.post(code, [CLEO], **context)


class TestStates:
    """The delivery's machine and who sees what."""

    def test_a_state_is_moved_not_set(self, inside):
        (one,) = written()
        delivery = delivery_of(one)
        with pytest.raises(AttributeError):
            delivery.state = DeliveryState.SENT
        with pytest.raises(AttributeError):
            Delivery.objects.update(state=DeliveryState.SENT)
        with pytest.raises(TransitionNotAllowed):
            delivery.bounce("smtp_550")
        delivery.sent()
        delivery.bounce("smtp_550")
        assert (delivery.state, delivery.error) == (DeliveryState.BOUNCED, "smtp_550")

    def test_the_platform_sees_the_head_and_never_the_mail(self, inside):
        (one,) = written()
        with scope.platform("test"):
            assert Delivery.objects.get().mail_id == one.pk
            with pytest.raises(scope.NoScope):
                OutgoingMail.objects.count()

    def test_a_stranger_sees_neither(self, inside, atlas):
        written()
        with scope.tenant(atlas):
            assert not OutgoingMail.objects.exists() and not Delivery.objects.exists()

    def test_a_delivery_does_not_point_at_a_strangers_mail(self, inside, atlas):
        (one,) = written()
        with pytest.raises(DatabaseError), transaction.atomic(), scope.tenant(atlas):
            Delivery.objects.create(mail_id=one.pk)
            connection.check_constraints()

    @needs_postgres
    def test_the_database_says_the_same(self, inside, atlas):
        written()

        def counted(table):
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {table}")
                return cursor.fetchone()[0]

        assert (counted("mail_delivery"), counted("mail_outgoingmail")) == (1, 1)
        with scope.platform("test"):
            assert (counted("mail_delivery"), counted("mail_outgoingmail")) == (1, 0)
        with scope.tenant(atlas):
            assert (counted("mail_delivery"), counted("mail_outgoingmail")) == (0, 0)
