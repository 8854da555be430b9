"""Files: what their bytes really are, looking at them without leaving the ticket, and sending them with a note."""

from __future__ import annotations

import time
import zlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from psa.paper.document import Document, Text
from psa.paper.document import pdf as paper_pdf
from psa.tenancy import scope
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.pictures import ALERT, PNG, giant, packed, pdf, picture
from tests.tickets.conftest import customer, internal
from tests.tickets.pages import DESK, form_of, statements, text_of
from tickets import contents, services
from tickets.models import Attachment, Note, Queue, StoredFile, Ticket
from tickets.services import items, replies

PART = {"HX-Request": "true", "HX-Target": "preview"}


def hang(ticket: Ticket, member: Membership, name: str, content: bytes, claimed: str) -> Any:
    """A file on the ticket, for ourselves."""
    with acting(member) as by:
        return services.files.attach(ticket, SimpleUploadedFile(name, content, claimed), internal(ticket), by=by)


# What bytes are -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
@pytest.mark.parametrize("width", [1, 640, 9_000])
def test_x3_a_picture_is_known_by_its_head(kind: str, width: int) -> None:
    upload = SimpleUploadedFile("x", picture(kind, width, 7), "image/png")
    assert contents.picture_type(upload.file) == f"image/{kind.lower()}"


@pytest.mark.parametrize("width", [60_000, 2**31 - 1])
def test_x3_a_picture_of_too_many_pixels_is_no_picture(width: int) -> None:
    assert contents.picture_type(SimpleUploadedFile("x", giant(width, 60_000)).file) == ""


@pytest.mark.parametrize("cut", range(0, 400, 7))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_x3_a_torn_picture_breaks_nothing(kind: str, cut: int) -> None:
    whole = picture(kind, 20, 20)
    assert contents.picture_type(SimpleUploadedFile("x", whole[:cut]).file) in {"", f"image/{kind.lower()}"}


def test_x3_a_picture_without_end_is_given_up_at_once() -> None:
    endless = b"\xff\xd8" + b"\xff\xe0\x00\x02" * 500_000
    begun = time.process_time()
    assert contents.picture_type(SimpleUploadedFile("x", endless).file) == ""
    assert time.process_time() - begun < 5


HARMLESS = {
    "a page": pdf(),
    "our own": paper_pdf(Document("Nordlicht", "Ticket 1", "JS and Launch", "en", [Text("JavaScript")])),
    "written wide": pdf(b"8 0 obj\n<< /Type /Font /Subtype /Type1 >>\nendobj"),
    "a link": pdf(b"8 0 obj<</S/URI/URI(https://a.example/)>>endobj"),
    "opens at a page": pdf(b"8 0 obj<</Type/Catalog/OpenAction[3 0 R/Fit]>>endobj"),
    "objects packed": pdf(packed(b"11 0 <</Type/Font/BaseFont/Helvetica>>")),
    "objects packed, in a list": pdf(packed(b"11 0 <</Type/Font>>", b"/Filter[/FlateDecode]")),
    "an invoice within": pdf(b"8 0 obj<</Type/EmbeddedFile/Subtype/text#2Fxml/Length 1>>stream\nx\nendstream endobj"),
}
ACTING = {
    "script": pdf(b"8 0 obj<</S/JavaScript/JS(" + ALERT + b")>>endobj"),
    "script by reference": pdf(b"8 0 obj<</S /JavaScript /JS 9 0 R>>endobj"),
    "an escaped name": pdf(b"8 0 obj<</S/J#61vaScript/J#53(" + ALERT + b")>>endobj"),
    "a program": pdf(b"8 0 obj<</S/Launch/F(calc.exe)>>endobj"),
    "a form that sends itself": pdf(b"8 0 obj<</S/SubmitForm/F(https://a.example)>>endobj"),
    "a form of another kind": pdf(b"8 0 obj<</AcroForm<</XFA 9 0 R>>>>endobj"),
    "encrypted": pdf(b"trailer<</Encrypt 9 0 R>>"),
    "packed": pdf(packed(b"11 0 <</S/JavaScript/JS(" + ALERT + b")>>")),
    "packed twice": pdf(packed(b"x", b"/Filter[/FlateDecode/FlateDecode]")),
    "packed otherwise": pdf(packed(b"x", b"/Filter/ASCIIHexDecode")),
    "packed by reference": pdf(packed(b"x", b"/Filter 12 0 R")),
    "packed with a predictor": pdf(packed(b"x", b"/Filter/FlateDecode/DecodeParms<</Predictor 12>>")),
    "a type by reference": pdf(b"8 0 obj<</Type 12 0 R/N 1/First 4>>stream\nx\nendstream endobj"),
    "an escaped landmark": pdf(b"8 0 obj<</Type/Obj#53tm/N 1/First 4>>stream\nx\nendstream endobj"),
    "not what it says": pdf(packed(b"", body=b"no zlib")),
    "one behind another": pdf(packed(b"", body=zlib.compress(b"x") + b"\n8 0 obj<</Type/ObjStm>>stream\n")),
    "cut short": pdf(packed(b"", body=zlib.compress(b"x" * 99)[:-5])),
    "no stream": pdf(b"8 0 obj<</Type/ObjStm>>endobj"),
    "a bomb": pdf(packed(b"\0" * (40 * 1024 * 1024))),
    "no PDF": b"GIF89a %PDF-1.7",
}


@pytest.mark.parametrize("what", HARMLESS)
def test_x3_a_pdf_that_only_shows_pages_is_shown(what: str) -> None:
    assert contents.only_shows(HARMLESS[what])


@pytest.mark.parametrize("what", ACTING)
def test_x3_a_pdf_that_acts_or_hides_is_not(what: str) -> None:
    begun = time.process_time()
    assert not contents.only_shows(ACTING[what])
    assert time.process_time() - begun < 5


LONG = {
    "slashes": b"/" * 3_000_000,
    "types": b"/Type " * 500_000,
    "landmarks": b"/ObjStm" * 300_000,
    "escapes": b"#41/" * 700_000,
    "streams": b"/ObjStm stream\n" * 100_000,
    "streams that end late": b"/ObjStm/Filter/FlateDecode stream\n" * 100_000 + b"endstream",
    "streams that end": b"/ObjStm/Filter/FlateDecode>>stream\nxendstream" * 50_000,
    "empty streams": (b"/ObjStm/Filter/FlateDecode>>stream\n" + zlib.compress(b"") + b"endstream") * 50_000,
}


@pytest.mark.parametrize("content", LONG.values(), ids=LONG.keys())
def test_b11_no_pdf_takes_long_to_look_through(content: bytes) -> None:
    begun = time.process_time()
    contents.only_shows(b"%PDF-1.7\n" + content)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    ("content", "said"),
    [("Ķekava ā".encode(), "Ķekava ā"), (b"\xfcber", "über"), ("ü".encode("utf-16"), "ü"), (b"\xef\xbb\xbfa", "a")],
)
def test_text_is_read_whatever_wrote_it(content: bytes, said: str) -> None:
    assert contents.as_text(content).removeprefix("\ufeff") == said


# Looking at them ------------------------------------------------------------------------------------------------------
def test_a_picture_is_looked_at_without_leaving_the_ticket(browser: Client, ticket: Ticket, max: Membership) -> None:
    file = hang(ticket, max, "rack.png", PNG, "image/png")
    page = text_of(browser.get(f"{DESK}1/"))
    assert page.count(f'href="{DESK}1/files/{file.key}/preview/" data-preview') == 3, "picture, name, list of files"
    part = browser.get(f"{DESK}1/files/{file.key}/preview/", headers=PART)
    assert b"<html" not in part.content and f'<img src="{DESK}1/files/{file.key}/"' in text_of(part)
    whole = browser.get(f"{DESK}1/files/{file.key}/preview/")
    assert "<html" in text_of(whole) and 'download="rack.png"' in text_of(whole)


def test_one_goes_from_file_to_file(browser: Client, ticket: Ticket, max: Membership) -> None:
    first, second, third = (hang(ticket, max, f"{n}.png", PNG, "image/png") for n in range(3))
    with acting(max) as by:
        items.remove(second, by=by)
    newest, oldest = (text_of(browser.get(f"{DESK}1/files/{one.key}/preview/")) for one in (third, first))
    assert 'rel="next"' in newest and f"files/{first.key}/preview/" in newest and 'rel="prev"' not in newest
    assert 'rel="prev"' in oldest and f"files/{third.key}/preview/" in oldest and "2/2" in oldest
    assert browser.get(f"{DESK}1/files/{second.key}/preview/").status_code == 404


def test_x3_a_pdf_is_drawn_in_a_frame_of_no_origin(browser: Client, ticket: Ticket, max: Membership) -> None:
    file = hang(ticket, max, "scan.pdf", pdf(), "application/pdf")
    preview = browser.get(f"{DESK}1/files/{file.key}/preview/")
    assert f'<iframe src="{DESK}1/files/{file.key}/pages/"' in text_of(preview)
    assert "frame-src 'self'" in preview["Content-Security-Policy"]
    answer = browser.get(f"{DESK}1/files/{file.key}/pages/")
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'") and policy.endswith("frame-ancestors 'self'")
    assert answer["Content-Disposition"].startswith("inline") and answer["X-Frame-Options"] == "SAMEORIGIN"
    assert answer["Content-Type"] == "application/pdf" and answer["X-Content-Type-Options"] == "nosniff"
    assert browser.get(f"{DESK}1/files/{file.key}/")["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("what", ["script", "packed", "encrypted"])
def test_x3_a_pdf_with_a_script_is_only_downloaded(browser: Client, ticket: Ticket, max: Membership, what: str) -> None:
    file = hang(ticket, max, "scan.pdf", ACTING[what], "application/pdf")
    for _again in range(2):  # the second answer is the one that was kept
        page = text_of(browser.get(f"{DESK}1/files/{file.key}/preview/"))
        assert "<iframe" not in page and "more than pages" in page
        assert browser.get(f"{DESK}1/files/{file.key}/pages/").status_code == 404
    assert browser.get(f"{DESK}1/files/{file.key}/")["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("name", "claimed"), [("log.txt", "text/plain"), ("page.xml", "text/xml"), ("list.csv", "text/csv")]
)
def test_x3_text_is_escaped_wherever_it_came_from(
    browser: Client, ticket: Ticket, max: Membership, name: str, claimed: str
) -> None:
    file = hang(ticket, max, name, b"</pre><script>alert(1)</script>\xc4\x81", claimed)
    page = text_of(browser.get(f"{DESK}1/files/{file.key}/preview/"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;ā" in page and "<script>alert" not in page


def test_a_long_text_is_shown_from_its_beginning(browser: Client, ticket: Ticket, max: Membership) -> None:
    file = hang(ticket, max, "long.log", b"x" * 300_000, "text/plain")
    page = text_of(browser.get(f"{DESK}1/files/{file.key}/preview/"))
    assert page.count("x" * 1000) == 200 and "Only the beginning is shown" in page


@pytest.mark.parametrize(
    ("name", "claimed", "content"),
    [
        ("page.html", "text/html", b"<script>alert(1)</script>"),
        ("drawing.svg", "image/svg+xml", b"<svg onload=alert(1)>"),
        ("signature.png", "image/png", giant()),
        ("bomb.zip", "application/zip", b"PK\x03\x04"),
        ("core.log", "text/plain", b"x\0y"),
    ],
)
def test_x3_what_can_do_harm_has_no_preview(
    browser: Client, ticket: Ticket, max: Membership, name: str, claimed: str, content: bytes
) -> None:
    file = hang(ticket, max, name, content, claimed)
    page = text_of(browser.get(f"{DESK}1/files/{file.key}/preview/"))
    assert "Download this file to open it" in page
    assert "<iframe" not in page and "<script>alert" not in page and "onload=" not in page
    assert browser.get(f"{DESK}1/files/{file.key}/pages/").status_code == 404
    stream = text_of(browser.get(f"{DESK}1/"))
    assert f'<img src="{DESK}1/files/' not in stream, "nor is it drawn in the stream"


def test_a_large_picture_is_not_fetched_by_everybody_who_opens_the_ticket(
    browser: Client, ticket: Ticket, max: Membership
) -> None:
    file = hang(ticket, max, "photo.jpg", picture("JPEG"), "image/jpeg")
    with scope.tenant(max.tenant_id):
        StoredFile.objects.filter(pk=file.file_id).update(size=6 * 1024 * 1024)
    assert f'<img src="{DESK}1/files/' not in text_of(browser.get(f"{DESK}1/"))
    assert f'<img src="{DESK}1/files/{file.key}/"' in text_of(browser.get(f"{DESK}1/files/{file.key}/preview/"))


def test_a3_a_preview_is_seen_by_those_who_see_the_ticket(
    ticket: Ticket, max: Membership, sam: Membership, people: Any, queue: Queue
) -> None:
    file = hang(ticket, max, "scan.pdf", pdf(), "application/pdf")
    outsider = people("technician")  # of no queue
    for path in ("preview/", "pages/", ""):
        assert sign_in(max).get(f"{DESK}1/files/{file.key}/{path}").status_code == 200
        for stranger in (outsider, sam):
            answer = sign_in(stranger).get(f"{DESK}1/files/{file.key}/{path}")
            assert answer.status_code == 404 and b"scan.pdf" not in answer.content
        assert sign_in(sam).get(f"/atlas/tickets/1/files/{file.key}/{path}").status_code == 404


def test_a3_a_file_is_a_file_of_its_own_ticket(browser: Client, ticket: Ticket, max: Membership, queue: Queue) -> None:
    file = hang(ticket, max, "a.png", PNG, "image/png")
    with acting(max) as by:
        other = services.create(by=by, title="Other", company=ticket.company, queue=queue)
    for path in ("preview/", "pages/", ""):
        assert browser.get(f"{DESK}{other.number}/files/{file.key}/{path}").status_code == 404


def test_a_preview_costs_the_same_however_many_files_there_are(
    browser: Client, ticket: Ticket, max: Membership
) -> None:
    file = hang(ticket, max, "a.pdf", pdf(), "application/pdf")
    one = statements(browser, f"{DESK}1/files/{file.key}/preview/")
    for n in range(8):
        hang(ticket, max, f"{n}.png", PNG, "image/png")
    assert statements(browser, f"{DESK}1/files/{file.key}/preview/") == one <= 12


# Sending them with a note ---------------------------------------------------------------------------------------------
def note(browser: Client, **more: Any) -> Any:
    fields = form_of(browser.get(f"{DESK}1/"), "/notes/add/", opening=True)
    return browser.post(f"{DESK}1/notes/add/", {**fields, "text": "See the picture.", **more})


def test_a_note_brings_its_files_to_the_same_readers(browser: Client, ticket: Ticket, max: Membership) -> None:
    with acting(max):
        reader = customer(ticket).value
    sent = [SimpleUploadedFile("one.png", PNG, "image/png"), SimpleUploadedFile("two.txt", b"2", "text/plain")]
    assert note(browser, reader=reader, upload=sent).status_code == 302
    with scope.tenant(max.tenant_id):
        assert Note.objects.get().audience == "customer"
        assert sorted(Attachment.objects.values_list("name", "audience")) == [
            ("one.png", "customer"),
            ("two.txt", "customer"),
        ]


def test_a_note_without_files_is_a_note(browser: Client, ticket: Ticket, max: Membership) -> None:
    assert note(browser).status_code == 302
    with scope.tenant(max.tenant_id):
        assert Note.objects.count() == 1 and not Attachment.objects.exists()


def test_a_script_that_sends_hears_where_to_go(browser: Client, ticket: Ticket) -> None:
    fields = form_of(browser.get(f"{DESK}1/"), "/notes/add/")
    heads = {"HX-Request": "true", "HX-Target": "composer"}
    sent = {**fields, "text": "x", "upload": SimpleUploadedFile("a.png", PNG)}
    answer = browser.post(f"{DESK}1/notes/add/", sent, headers=heads)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, f"{DESK}1/")
    sent = {**fields, "text": "", "upload": SimpleUploadedFile("a.png", PNG)}
    answer = browser.post(f"{DESK}1/notes/add/", sent, headers=heads)
    assert answer.status_code == 422 and 'id="composer"' in text_of(answer) and "<html" not in text_of(answer)


def test_a_refused_file_leaves_neither_note_nor_bytes(
    browser: Client, ticket: Ticket, max: Membership, settings: Any, tmp_path: Any
) -> None:
    settings.UPLOAD_LIMIT, settings.MEDIA_ROOT = 1024, tmp_path
    sent = [SimpleUploadedFile("fits.txt", b"1"), SimpleUploadedFile("large.bin", b"x" * 2048)]
    answer = note(browser, upload=sent)
    assert answer.status_code == 422 and "See the picture." in text_of(answer)
    with scope.tenant(max.tenant_id):
        assert not Note.objects.exists() and not Attachment.objects.exists() and not StoredFile.objects.exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_note_and_its_files_are_sent_once(ticket: Ticket, max: Membership, browser: Client) -> None:
    fields = form_of(browser.get(f"{DESK}1/"), "/notes/add/", opening=True)
    for _twice in range(2):
        sent = {**fields, "text": "x", "upload": SimpleUploadedFile("a.png", PNG)}
        assert browser.post(f"{DESK}1/notes/add/", sent).status_code == 302
    with scope.tenant(max.tenant_id):
        assert Note.objects.count() == 1 and Attachment.objects.count() == 1


def test_a_refused_status_takes_the_files_with_it(
    ticket: Ticket, max: Membership, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    with acting(max) as by, pytest.raises(Refused):
        upload = SimpleUploadedFile("a.png", PNG)
        replies.send(ticket, "note", internal(ticket), by=by, text="x", uploads=[upload], move="reopen")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_limits_stand_beside_the_field(browser: Client, ticket: Ticket, settings: Any) -> None:
    settings.UPLOAD_LIMIT = 3 * 1024 * 1024
    for compose in ("note", "file"):
        page = text_of(browser.get(f"{DESK}1/?compose={compose}"))
        assert "Up to 20 files of 3 MB each." in page and 'data-limit="3145728"' in page
        assert '<input type="file" name="upload"' in page and " multiple" in page


def test_too_many_files_are_told(browser: Client, ticket: Ticket, max: Membership) -> None:
    sent = [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(21)]
    assert note(browser, upload=sent).status_code == 422
    with scope.tenant(max.tenant_id):
        assert not Note.objects.exists() and not StoredFile.objects.exists()
