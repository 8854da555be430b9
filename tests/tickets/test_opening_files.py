"""Files of a new ticket: with it in one POST and one transaction, as the composer takes them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from psa.directory.models import Company
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.pictures import PNG
from tests.tickets.pages import form_of, text_of
from tickets.models import Attachment, Audience, Queue, StoredFile, Ticket
from tickets.services import opening

NEW = "/nordlicht/tickets/new/"


@pytest.fixture
def typed(browser: Client, company: Company, queue: Queue, settings: Any, tmp_path: Any) -> dict[str, Any]:
    """A new ticket as far as it needs to be typed."""
    settings.MEDIA_ROOT = tmp_path
    return {**form_of(browser.get(NEW)), "company": company.pk, "title": "No link", "description": "See the picture."}


def files(*names: str, size: int = 1) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(name, PNG if name.endswith("png") else b"x" * size) for name in names]


def nothing_is_there(max: Membership, tmp_path: Any) -> None:
    with acting(max):
        assert not Ticket.objects.exists() and not Attachment.objects.exists() and not StoredFile.objects.exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_files_are_on_the_ticket_and_stay_ours(browser: Client, max: Membership, typed: dict[str, Any]) -> None:
    page = text_of(browser.get(NEW))
    assert '<input type="file" name="upload"' in page and "js/files.js" in page and "data-files" in page
    assert "Up to 20 files of " in page and 'enctype="multipart/form-data"' in page
    for _twice in range(2):
        assert browser.post(NEW, {**typed, "upload": files("rack.png", "log.txt")}).status_code == 302
    with acting(max):
        ticket = Ticket.objects.get()
        found = Attachment.objects.order_by("pk").values_list("ticket_id", "name", "audience", "author_id")
        assert list(found) == [(ticket.pk, name, Audience.INTERNAL, max.pk) for name in ("rack.png", "log.txt")]


def test_a_script_that_sends_hears_where_to_go_or_gets_the_form_alone(
    browser: Client, max: Membership, typed: dict[str, Any]
) -> None:
    heads = {"HX-Request": "true", "HX-Target": "new-ticket"}
    answer = browser.post(NEW, {**typed, "title": "", "upload": files("a.png")}, headers=heads)
    assert answer.status_code == 422 and 'id="new-ticket"' in text_of(answer) and "<html" not in text_of(answer)
    answer = browser.post(NEW, {**typed, "upload": files("a.png")}, headers=heads)
    with acting(max):
        assert (answer.status_code, answer["HX-Redirect"]) == (
            204,
            f"/nordlicht/tickets/{Ticket.objects.get().number}/",
        )


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (files("fits.txt") + files("large.bin", size=2048), "“large.bin” is larger than 0 MB."),
        (files("fits.txt") + files("nothing.txt", size=0), "“nothing.txt” is empty."),
        (files(*(f"{n}.txt" for n in range(21))), "At most 20 files at once."),
    ],
)
def test_a_file_too_many_too_large_or_empty_is_said_beside_the_field_and_what_was_typed_stays(
    browser: Client,
    max: Membership,
    typed: dict[str, Any],
    settings: Any,
    tmp_path: Any,
    sent: list[Any],
    words: str,
) -> None:
    settings.UPLOAD_LIMIT = 1024
    answer = browser.post(NEW, {**typed, "upload": sent})
    page = text_of(answer)
    assert answer.status_code == 422
    beside = page[page.index("data-files") :].partition("The files are for Nordlicht alone.")[0]
    assert words in beside and words in page[: page.index("data-files")], "beside the field and in the summary"
    assert form_of(answer)["description"].strip() == "See the picture." and form_of(answer)["title"] == "No link"
    assert "Please choose them again." in page, "what the browser lets go of is said"
    nothing_is_there(max, tmp_path)


def test_a_later_no_takes_the_bytes_with_it(
    browser: Client, max: Membership, typed: dict[str, Any], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_args: Any, **_more: Any) -> Any:
        raise Refused("ticket_is_closed")

    monkeypatch.setattr(opening, "forward", fails)
    answer = browser.post(NEW, {**typed, "forward_to": max.pk, "upload": files("a.png")})
    assert answer.status_code == 422
    nothing_is_there(max, tmp_path)


def test_uploads_are_counted_here_too(
    browser: Client, max: Membership, typed: dict[str, Any], settings: Any, tmp_path: Any
) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "upload": "1/h"}
    answer = browser.post(NEW, {**typed, "upload": files("a.png", "b.png")})
    assert answer.status_code == 429 and "That was too often" in text_of(answer)
    assert form_of(answer)["title"] == "No link"
    nothing_is_there(max, tmp_path)


def test_without_scripts_taking_over_a_category_says_that_files_are_chosen_again(
    browser: Client, typed: dict[str, Any]
) -> None:
    answer = browser.post(NEW, {**typed, "again": "1", "upload": files("a.png")})
    assert answer.status_code == 200 and "Please choose them again." in text_of(answer)
    assert "Please choose them again." not in text_of(browser.post(NEW, {**typed, "again": "1"}))
