"""A tenant's settings: who changes them, what is written down, which pictures become a logo, what is set up."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation
from PIL import Image

from psa.journal.models import Entry
from psa.mail import mail
from psa.tenancy import scope
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership, Tenant
from psa.tenant_settings import logos, services
from psa.web import figures
from tests.conftest import acting, sign_in
from tests.tickets.pages import form_of, statements, text_of
from tickets.models import Category, Queue, QueueMember

URL = "/nordlicht/settings/"


@pytest.fixture
def browser(max: Membership, settings: Any, tmp_path: Path) -> Client:
    settings.MEDIA_ROOT = tmp_path
    with scope.platform("test: language"):
        max.user.language = "en"
        max.user.save()
    return sign_in(max)


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20), **fields: Any) -> bytes:
    made = BytesIO()
    Image.new("RGB", size, "red").save(made, kind, **fields)
    return made.getvalue()


def upload(content: bytes, name: str = "logo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/png")


def test_every_change_is_written_down_with_before_and_after(browser: Client, max: Membership) -> None:
    form = form_of(browser.get(URL))
    assert browser.post(URL, form).status_code == 302
    with acting(max):
        assert not Entry.objects.exists()  # nothing changed, nothing written
    changed = {"name": "Nordlicht GmbH", "number_format": "de-CH", "week_starts": "7", "mail_name": "Nordlicht\nBcc: x"}
    assert browser.post(URL, {**form, **changed}).status_code == 302
    with acting(max):
        entry = Entry.objects.get(kind="tenant.changed")
        assert entry.data["old"] == {"name": "Nordlicht IT", "number_format": "", "week_starts": 1, "mail_name": ""}
        assert entry.data["new"]["mail_name"] == "Nordlicht Bcc: x"  # one line: it goes into the head of mails
    page = text_of(browser.get(URL))
    assert "Nordlicht GmbH" in page and "Amounts there are keep their currency" in page


def test_two_administrators_at_once_overwrite_nothing(browser: Client, max: Membership) -> None:
    form = form_of(browser.get(URL))
    browser.post(URL, {**form, "currency": "CHF"})
    refused = browser.post(URL, {**form, "currency": "GBP"})
    assert refused.status_code == 422 and "meanwhile" in text_of(refused)
    assert browser.post(URL, {**form, "mail_name": "Desk"}).status_code == 302  # another field, still of the old page
    with acting(max):
        tenant = Tenant.objects.get()
        assert (tenant.currency, tenant.mail_name) == ("CHF", "Desk")


def test_wrong_values_are_refused_and_kept_on_the_page(browser: Client, max: Membership) -> None:
    form = form_of(browser.get(URL))
    for name, value in (("time_zone", "Mars/Olympus"), ("currency", "QQQ"), ("language", "xx"), ("name", " "),
                        ("week_starts", "4"), ("number_format", "zz"), ("mail_name", "x" * 61)):  # fmt: skip
        assert browser.post(URL, {**form, name: value}).status_code == 422, name
    with acting(max):
        assert not Entry.objects.exists()


def test_only_who_may_changes_settings(ada: Membership) -> None:
    with acting(ada) as by:
        for verb in (
            lambda: services.settle({"name": "Mine"}, {}, by=by),
            lambda: services.show_logo(upload(picture()), by=by),
            lambda: services.take_logo_down(by=by),
        ):
            with pytest.raises(Denied):
                verb()
        assert Tenant.objects.get().name == "Nordlicht IT" and not Entry.objects.exists()


def test_numbers_are_written_as_the_company_says_else_as_the_language_does() -> None:
    try:
        for code, written in (
            ("", "1,234.5"),
            ("de", "1.234,5"),
            ("en", "1,234.5"),
            ("fr", "1\u202f234,5"),
            ("de-CH", "1’234.5"),
        ):
            figures.write_numbers_as(code)
            assert figures.number(Decimal("1234.5")) == written, code
    finally:
        figures.write_numbers_as("")


def test_mails_write_numbers_as_the_company_does_whoever_reads_them(max: Membership) -> None:
    with acting(max):
        for code, written in (("", "€60.00"), ("de", "60,00"), ("en", "€60.00")):
            Tenant.objects.filter(pk=max.tenant_id).update(number_format=code)
            found = mail.specimen("offer_sent", "en")
            assert written in found.text, code
        with translation.override("en"):
            assert figures.of_numbers().language == "en", "nothing stays of it"


def test_only_a_picture_becomes_a_logo_and_nothing_that_came_with_it(max: Membership) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    gif = picture("GIF")
    for content, code in (
        (svg, "logo_unreadable"), (b"", "logo_unreadable"), (b"\x89PNG\r\n\x1a\n" + b"x" * 100, "logo_unreadable"),
        (gif, "logo_unreadable"), (picture()[:40], "logo_unreadable"), (b"<html>", "logo_unreadable"),
        (picture() + b"x" * logos.LARGEST, "logo_too_large"), (picture(size=(8000, 8000)), "logo_too_large"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=code):
            logos.redrawn(upload(content))
    polyglot = picture("JPEG", comment=b"<script>alert(1)</script>") + b"<?php evil(); ?>"
    made = logos.redrawn(upload(polyglot, "x.php"))
    assert made.startswith(b"\x89PNG") and b"script" not in made and b"php" not in made
    with Image.open(BytesIO(logos.redrawn(upload(picture(size=(3000, 1500)))))) as drawn:
        assert drawn.format == "PNG" and drawn.size == (400, 200)


def test_the_logo_is_shown_replaced_and_taken_down_and_old_bytes_go(
    browser: Client, max: Membership, sam: Membership, tmp_path: Path
) -> None:
    files = lambda: [one for one in tmp_path.rglob("*") if one.is_file()]  # noqa: E731
    assert browser.post(f"{URL}logo/set/", {"upload": upload(b"no")}).status_code == 422
    assert not files()
    for _twice in range(2):
        assert browser.post(f"{URL}logo/set/", {"upload": upload(picture())}).status_code == 302
        assert len(files()) == 1
    answer = browser.get(f"{URL}logo/")
    assert answer["Content-Type"] == "image/png" and answer["X-Content-Type-Options"] == "nosniff"
    assert 'class="crest-logo"' in text_of(browser.get("/nordlicht/tickets/"))
    assert sign_in(sam).get(f"{URL}logo/").status_code == 404
    assert browser.post(f"{URL}logo/drop/").status_code == 302
    assert not files() and browser.get(f"{URL}logo/").status_code == 404
    with acting(max):
        assert [one.data["has_logo"] for one in Entry.objects.filter(kind="tenant.logo_changed").order_by("pk")] == [
            True, True, False,
        ]  # fmt: skip


def test_the_setup_checklist_ticks_what_is_done(browser: Client, max: Membership, ada: Membership) -> None:
    def done() -> int:
        return text_of(browser.get("/nordlicht/setup/")).count('class="is-done"')

    assert done() == 1  # there is a colleague
    with acting(max):
        queue = Queue.objects.create(name="Q", is_default=True)
        Category.objects.create(name="C")
        assert done() == 2
        QueueMember.objects.create(queue=queue, member=ada)
        assert done() == 3
    assert statements(browser, "/nordlicht/setup/") <= 14
    assert sign_in(ada).get("/nordlicht/setup/").status_code == 403
