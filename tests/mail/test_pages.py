"""The outbox page: who sees it, and that a mail in it can do nothing."""

from __future__ import annotations

import pytest
from django.db import transaction

from psa.journal.models import Entry
from psa.mail import mail
from psa.mail.catalogue import MAILS
from psa.mail.mail import Recipient
from psa.mail.models import Delivery, DeliveryState, OutgoingMail
from psa.tenancy import scope
from tests.conftest import sign_in

CLEO = Recipient("Cleo Hansen", "cleo@kunde.example", "en")


@pytest.fixture
def posted(nordlicht):
    with scope.tenant(nordlicht), transaction.atomic():
        (one,) = mail.post("offer_sent", [CLEO], **MAILS["offer_sent"].example)
        return Delivery.objects.select_related("mail").get(mail=one)


def failed(delivery, code="smtp_550"):
    with scope.tenant(delivery.tenant_id):
        delivery.fail(code)
        delivery.save()


def test_an_administrator_reads_the_outbox(max, posted):
    page = sign_in(max).get("/nordlicht/outbox/")
    assert page.status_code == 200
    assert "Replace the switch in Tallinn" in page.content.decode()


def test_a_member_without_the_right_is_told_which_except_in_the_demo(ada, posted, settings):
    browser = sign_in(ada)
    for address in ("", f"{posted.pk}/", f"{posted.pk}/html/"):
        assert browser.get(f"/nordlicht/outbox/{address}").status_code == 403
    settings.DEMO = True
    for address in ("", f"{posted.pk}/", f"{posted.pk}/html/"):
        assert browser.get(f"/nordlicht/outbox/{address}").status_code == 200


def test_a_stranger_finds_nothing(sam, posted, settings):
    settings.DEMO = True
    browser = sign_in(sam)
    assert browser.get("/nordlicht/outbox/").status_code == 404
    assert browser.get(f"/atlas/outbox/{posted.pk}/").status_code == 404
    assert browser.get(f"/atlas/outbox/{posted.pk}/html/").status_code == 404
    assert "Tallinn" not in browser.get("/atlas/outbox/").content.decode()


def test_x2_the_mail_stands_in_a_frame_that_can_do_nothing(max, posted):
    browser = sign_in(max)
    page = browser.get(f"/nordlicht/outbox/{posted.pk}/")
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    assert page["X-Frame-Options"] == "DENY"
    assert f'<iframe class="mail-frame" src="/nordlicht/outbox/{posted.pk}/html/"' in page.content.decode()
    assert ' sandbox="allow-same-origin" ' in page.content.decode()
    frame = browser.get(f"/nordlicht/outbox/{posted.pk}/html/")
    assert (
        frame["Content-Security-Policy"]
        == "sandbox allow-same-origin; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    )
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert frame.content.decode() == posted.mail.html


def test_a_mail_that_could_not_be_written_is_called_so_and_not_by_its_code(max, posted):
    with scope.tenant(posted.tenant_id):
        OutgoingMail.objects.filter(pk=posted.mail.pk).update(subject="", html="", text="")
    browser = sign_in(max)
    for address in ("", f"{posted.pk}/"):
        found = browser.get(f"/nordlicht/outbox/{address}").content.decode()
        assert "Diese E-Mail wurde nicht geschrieben" in found and posted.mail.code not in found, address


def test_its_text_and_headers_are_shown_without_scripts(max, posted):
    browser = sign_in(max)
    text = browser.get(f"/nordlicht/outbox/{posted.pk}/?show=text").content.decode()
    assert "Their ticket: NL-1042" in text and "<iframe" not in text
    headers = browser.get(f"/nordlicht/outbox/{posted.pk}/?show=headers").content.decode()
    assert "Auto-Submitted" in headers and posted.mail.message_id.strip("<>") in headers
    assert "<iframe" in browser.get(f"/nordlicht/outbox/{posted.pk}/?show=../../x").content.decode()


def test_its_links_can_be_followed_from_the_page(max, posted):
    assert '<a class="clip" href="/nordlicht/">' in sign_in(max).get(f"/nordlicht/outbox/{posted.pk}/").content.decode()


def test_b3_the_key_in_an_invitation_is_the_recipients_alone(max, nordlicht, settings):
    with scope.tenant(nordlicht), transaction.atomic():
        (one,) = mail.post("invitation", [CLEO], **MAILS["invitation"].example | {"url": "/invitations/s3cret/"})
        address = f"/nordlicht/outbox/{Delivery.objects.get(mail=one).pk}/"
    assert "s3cret" in one.html and "s3cret" in one.text, "it is sent with its key"
    browser, parts = sign_in(max), ("", "?show=text", "?show=headers", "html/")
    assert not any("s3cret" in browser.get(address + part).content.decode() for part in parts)
    settings.DEMO = True
    assert "/invitations/s3cret/" in browser.get(address).content.decode()


def test_what_failed_is_explained_and_sent_again(max, posted):
    failed(posted)
    browser = sign_in(max)
    address = f"/nordlicht/outbox/{posted.pk}/"
    assert "550" in browser.get(address).content.decode()
    assert browser.get(f"{address}send-again/").status_code == 405
    assert browser.post(f"{address}send-again/").status_code == 302
    with scope.tenant(posted.tenant_id):
        posted.refresh_from_db()
        assert (posted.state, posted.attempts, posted.error) == (DeliveryState.QUEUED, 0, "")
        assert posted.due is not None and posted.parked_at is None
        assert Entry.objects.get(kind="mail.queued_again").by_id == max.pk
    assert browser.post(f"{address}send-again/").status_code == 409


def test_only_an_administrator_sends_again_even_in_the_demo(ada, posted, settings):
    settings.DEMO = True
    failed(posted)
    assert sign_in(ada).post(f"/nordlicht/outbox/{posted.pk}/send-again/").status_code == 403
    with scope.tenant(posted.tenant_id):
        posted.refresh_from_db()
        assert posted.state == DeliveryState.FAILED
        assert not Entry.objects.filter(kind="mail.queued_again").exists()


@pytest.mark.parametrize("code", ["unreachable", "smtp_450", "server_535", "service_422", "template_error", "new_code"])
def test_every_code_has_words(max, posted, code):
    failed(posted, code)
    assert sign_in(max).get(f"/nordlicht/outbox/{posted.pk}/").status_code == 200


def test_the_outbox_costs_the_same_whatever_it_holds(max, posted, django_assert_max_num_queries):
    with scope.tenant(posted.tenant_id), transaction.atomic():
        for number in range(30):
            mail.post("recalled", [CLEO], **MAILS["recalled"].example | {"title": f"Ticket {number}"})
    browser = sign_in(max)
    browser.get("/nordlicht/outbox/")
    with django_assert_max_num_queries(12):
        browser.get("/nordlicht/outbox/")
