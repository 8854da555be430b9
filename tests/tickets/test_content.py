"""What people write and send is shown as what it is: text and bytes, never a program (hostile tests X1, X3, X5)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import conditional_escape

from psa.directory.models import Company, Contact, Location, WorkType
from psa.tenancy import scope
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.pictures import PNG, giant, picture
from tests.tickets.conftest import internal
from tickets import services
from tickets.forms import clean_line
from tickets.models import Attachment, Category, Note, Queue, StoredFile, Ticket
from tickets.services import items
from tickets.services.files import clean_name
from tickets.templatetags.written import written

DESK = "/nordlicht/tickets/"
CORPUS = {
    "script": "<script>alert('xss')</script>",
    "image": '<img src=x onerror="alert(1)">',
    "svg": "<svg/onload=alert(1)><animate onbegin=alert(1)>",
    "attribute": '" autofocus onfocus="alert(1)" x="',
    "quote": "' onmouseover='alert(1)' x='",
    "link": "javascript:alert(1)",
    "data": "data:text/html;base64,PHNjcmlwdD4=",
    "nested": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "mutation": '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "style": "<style>@import'//evil.example'</style><div style=position:fixed>",
    "template": "{{7*7}}{% load x %}${7*7}<%=7*7%>",
    "turned": "invoice\u202egnp.exe",
    "comment": "<!--<script>-->",
    "end": "</textarea></title></select><script>alert(1)</script>",
    "unicode": "\ufffd\u0000a\u200b\u2028b",
    "long": "w" * 40_000,
}
# Signs that markup of ours came alive: a tag or an attribute that only the corpus has.
ALIVE = re.compile(
    r"<script>|<img src=x|<svg/|<animate|<scr<|<style>@|<div style=|<%|onfocus=\"alert|onmouseover='alert|<!--<script"
    r"|</textarea></title>|href=\"(javascript|data):|<noscript><p",
)


@pytest.fixture
def browser(max: Membership) -> Client:
    return sign_in(max)


def corpse(word: str, longest: int) -> str:
    """A line of the corpus as it may stand in a column of this length."""
    return CORPUS[word].replace("\0", "")[:longest]


@pytest.mark.parametrize("word", CORPUS)
def test_x1_what_is_in_the_rows_is_only_text_on_every_page(
    browser: Client, ticket: Ticket, max: Membership, word: str
) -> None:
    """Straight into the columns, past every form: nothing relies on what forms clean."""
    evil, line = corpse(word, 50_000), corpse(word, 80)
    with acting(max) as by:
        Company.objects.update(name=line)
        Contact.objects.update(name=line, phone=line[:40], email=line)
        Queue.objects.update(name=line)
        category = Category.objects.create(name=line)
        place = Location.objects.create(company=ticket.company, name=line, street=line, city=line)
        work = WorkType.objects.create(name=line)
        services.edit(ticket, by=by, title=line, description=evil, category=category, location=place)
        ours = internal(ticket)
        notes = [items.add(ticket, "note", ours, by=by, text=evil, kind_of=kind) for kind in ("note", "question")]
        time = items.add(
            ticket,
            "timeentry",
            ours,
            by=by,
            text=evil,
            internal_text=evil,
            work_type=work,
            minutes=5,
            worked_on="2026-01-02",
        )
        charge = items.add(ticket, "charge", ours, by=by, name=line, unit=line[:20], text=evil)
        file = services.files.attach(ticket, SimpleUploadedFile("a.txt", b"x"), ours, by=by)
        Attachment.objects.update(name=line)
        services.ask(services.accept(ticket, by=by), evil, by=by)
        Membership.objects.filter(pk=max.pk).update(name=line)
    pages = [
        "", "?q=" + line.replace("#", ""), "view/mine/", "new/", "1/", "1/?compose=time", "1/?compose=charge",
        "1/?compose=file", "1/?view=history", "1/properties/", "1/news/?since=0",
        "search/?q=zzz&status=" + line.replace("#", ""),
        f"1/notes/{notes[0].key}/edit/", f"1/notes/{notes[0].key}/remove/", f"1/time/{time.key}/edit/",
        f"1/charges/{charge.key}/edit/", f"1/files/{file.key}/edit/",
    ]  # fmt: skip
    for page in pages:
        answer = browser.get(DESK + page)
        assert answer.status_code == 200, page
        assert not ALIVE.search(answer.content.decode()), page
        assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert conditional_escape(line.strip()) in browser.get(f"{DESK}1/").content.decode()


@pytest.mark.parametrize("word", CORPUS)
def test_x1_what_comes_back_in_a_form_is_only_text(browser: Client, ticket: Ticket, word: str) -> None:
    evil = CORPUS[word]
    names = ["title", "description", "company", "contact", "priority", "due_at", "planned_minutes", "source", "queue"]
    answer = browser.post(f"{DESK}new/", dict.fromkeys(names, evil))
    assert answer.status_code == 422 and not ALIVE.search(answer.content.decode())
    for kind in ("notes", "time", "charges"):
        names = [
            "reader",
            "text",
            "minutes",
            "worked_on",
            "work_type",
            "name",
            "quantity",
            "unit",
            "kind_of",
            "version",
        ]
        answer = browser.post(f"{DESK}1/{kind}/add/", dict.fromkeys(names, evil))
        assert answer.status_code == 422 and not ALIVE.search(answer.content.decode())


def test_x1_a_cell_of_a_csv_is_no_formula(browser: Client, ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        services.edit(ticket, by=by, title='=cmd|" /C calc"!A0')
    lines = b"".join(browser.get(f"{DESK}?format=csv").streaming_content).decode()
    assert "'=cmd" in lines


def test_x1_a_line_keeps_no_turned_writing() -> None:
    assert clean_line("invoice\u202egnp.exe\r\nBcc: x\x00") == "invoicegnp.exe Bcc: x"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://a.example/x?a=1&b=2.", 'href="https://a.example/x?a=1&amp;b=2"'),
        ("(http://a.example/)", 'href="http://a.example/"'),
        ("a\nb\n\nc", "a<br>b</p>"),
        ("<b>https://a.example/</b>", "&lt;b&gt;<a"),
    ],
)
def test_x5_web_addresses_are_links(text: str, shown: str) -> None:
    assert shown in written(text)


@pytest.mark.parametrize(
    "text",
    ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "//evil.example", "ftp://x.example/", 'https://"onx='],
)
def test_x5_nothing_else_is(text: str) -> None:
    assert "href" not in written(text)


def test_x5_links_give_nothing_away() -> None:
    assert 'rel="nofollow noopener noreferrer"' in written("https://a.example/")


# Files ----------------------------------------------------------------------------------------------------------------
UPLOADS = [
    # name, type it claims, content, type it is kept as, shown in the browser?
    ("page.html", "text/html", b"<script>alert(1)</script>", "application/octet-stream", False),
    ("drawing.svg", "image/svg+xml", b"<svg onload=alert(1)>", "application/octet-stream", False),
    ("feed.xml", "application/xml", b"<?xml-stylesheet href=x?>", "application/octet-stream", False),
    ("x.xhtml", "application/xhtml+xml", b"<html>", "application/octet-stream", False),
    ("double.png.html", "text/html; charset=utf-8", b"<script>", "application/octet-stream", False),
    ("polyglot.png", "image/png", b"<script>alert(1)</script>", "application/octet-stream", False),
    ("polyglot.gif", "image/gif", b"GIF89a/*<script>*/=alert(1)", "application/octet-stream", False),
    ("behind.png", "image/png", PNG + b"<script>alert(1)</script>", "image/png", True),
    ("photo.jpg", "IMAGE/JPEG", picture("JPEG"), "image/jpeg", True),
    ("claims.gif", "image/gif", picture("WEBP"), "image/webp", True),
    ("signature.png", "image/png", giant(), "application/octet-stream", False),
    ("torn.png", "image/png", PNG[:20], "application/octet-stream", False),
    ("page.pdf", "application/pdf", b"<html>%PDF-1.4<script>alert(1)</script>", "application/octet-stream", False),
    ("core.txt", "text/plain", b"\x7fELF\0\0", "application/octet-stream", False),
    ("scan.pdf", "application/pdf", b"%PDF-1.4 /JS (app.alert(1))", "application/pdf", False),
    ("log.txt", "text/plain", b"<script>", "text/plain", False),
    (".htaccess", "text/plain", b"SetHandler x", "text/plain", False),
    ("bomb.zip", "application/zip", b"PK\x03\x04", "application/octet-stream", False),
    ("odd", "x/y\r\nX-Evil: 1", b"x", "application/octet-stream", False),
]


@pytest.mark.parametrize(("name", "claimed", "content", "kept", "is_shown"), UPLOADS)
def test_x3_a_file_is_downloaded_unless_it_can_do_no_harm(
    browser: Client, ticket: Ticket, max: Membership, name: str, claimed: str, content: bytes, kept: str, is_shown: bool
) -> None:
    with acting(max) as by:
        file = services.files.attach(ticket, SimpleUploadedFile(name, content, claimed), internal(ticket), by=by)
        assert file.file.content_type == kept
    answer = browser.get(f"{DESK}1/files/{file.key}/")
    assert b"".join(answer.streaming_content) == content
    assert answer["Content-Type"].partition(";")[0] == kept
    assert answer["Content-Disposition"].startswith("inline" if is_shown else "attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "private" in answer["Cache-Control"]


NAMES = {
    "../../etc/passwd": "passwd",
    "..\\..\\boot.ini": "boot.ini",
    "a\r\nSet-Cookie: x=1.txt": "aSet-Cookie x=1.txt",
    "nul\0byte.txt": "nulbyte.txt",
    "invoice\u202egnp.exe": "invoicegnp.exe",
    '"><script>.txt': "script.txt",
    "...": "file",
    "": "file",
    "ā" * 300 + ".pdf": "ā" * 176 + ".pdf",
}


@pytest.mark.parametrize("name", NAMES)
def test_x3_a_name_is_only_a_name(name: str) -> None:
    assert clean_name(name) == NAMES[name]


def test_x3_the_header_holds_the_name_whatever_it_is(browser: Client, ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        file = services.files.attach(ticket, SimpleUploadedFile("x.txt", b"x"), internal(ticket), by=by)
        Attachment.objects.update(name='ā"; filename="evil.html')
    assert "\n" not in browser.get(f"{DESK}1/files/{file.key}/")["Content-Disposition"]


def upload(browser: Client, ticket: Ticket, max: Membership, file: Any) -> Any:
    with acting(max):
        reader = internal(ticket).value
    return browser.post(f"{DESK}1/files/add/", {"reader": reader, "upload": file})


def test_x3_an_upload_arrives_from_the_composer(browser: Client, ticket: Ticket, max: Membership) -> None:
    assert upload(browser, ticket, max, SimpleUploadedFile("ā log.txt", b"line", "text/plain")).status_code == 302
    assert "ā log.txt" in browser.get(f"{DESK}1/").content.decode()


@pytest.mark.parametrize(("content", "words"), [(b"", "empty"), (b"x" * 2048, "too large")])
def test_x3_too_large_and_empty_are_told_and_leave_nothing(
    browser: Client, ticket: Ticket, max: Membership, settings: Any, tmp_path: Any, content: bytes, words: str
) -> None:
    settings.UPLOAD_LIMIT, settings.MEDIA_ROOT = 1024, tmp_path
    settings.LANGUAGE_CODE = "en"
    answer = upload(browser, ticket, max, SimpleUploadedFile("x.bin", content))
    assert answer.status_code == 422
    with scope.tenant(ticket.tenant_id):
        assert not StoredFile.objects.exists() and not Attachment.objects.exists()
    assert not list(tmp_path.rglob("*"))


def test_x3_whoever_may_not_leaves_no_bytes(ticket: Ticket, people: Any, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    answer = sign_in(people("read-only")).post(f"{DESK}1/files/add/", {"upload": SimpleUploadedFile("x", b"x")})
    assert answer.status_code == 403 and not list(tmp_path.rglob("*"))


def test_x3_a_refused_file_leaves_no_bytes(
    ticket: Ticket, max: Membership, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MEDIA_ROOT = tmp_path

    def too_late(*args: Any, **kwargs: Any) -> None:
        raise Refused("readers_changed")

    with acting(max) as by:
        ours = internal(ticket)
        monkeypatch.setattr(items, "add", too_late)
        with pytest.raises(Refused):
            services.files.attach(ticket, SimpleUploadedFile("x", b"x"), ours, by=by)
        assert not StoredFile.objects.exists() and not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_x3_a_removed_file_is_gone(browser: Client, ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        file = services.files.attach(ticket, SimpleUploadedFile("x", b"x"), internal(ticket), by=by)
        items.remove(file, by=by)
    assert browser.get(f"{DESK}1/files/{file.key}/").status_code == 404


def test_x3_a_note_is_no_file(browser: Client, ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        note: Note = items.add(ticket, "note", internal(ticket), by=by, text="x")  # type: ignore[assignment]
    assert browser.get(f"{DESK}1/files/{note.key}/").status_code == 404
