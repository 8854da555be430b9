"""Every page of the desk with hostile words in every name and text, and under the strictest policy (X1, X6)."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from outsourcing.models import Partnership
from psa.mail.models import OutgoingMail
from psa.paper.document import Document, Entry, Fact, Facts, Heading, Text, pdf
from psa.tenancy import scope
from psa.tenancy.models import Membership, Tenant
from tests import paper
from tests.access_stage import World, a_desk, with_a_partner
from tests.access_table import PATHS, VARIANTS
from tests.conftest import acting
from tests.test_access import address, lines
from tests.tickets.conftest import customer
from tests.tickets.pages import DESK, sign_in_english, text_of
from tickets import contents, services
from tickets.models import Attachment
from tickets.services import items
from tickets.templatetags.written import written

# Each begins or ends where a name stands in a title, an attribute, a script's data, a sheet or a template.
EVIL = {
    "tag": "</title></textarea><script>alert(1)</script>",
    "attribute": "\"'><img src=x onerror=alert(1)>",
    "link": "javascript:alert(1)//data:text/html,x",
    "formula": '=HYPERLINK("http://evil")',
    "turned": "a\u202egnp.exe\u2066\u200b\ufffd",
}


class Living(HTMLParser):
    """What in a page would act: scripts of its own, handlers, styles, addresses that are programs."""

    def __init__(self, body: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        is_ours = given.get("src", "").startswith("/static/") or given.get("type") == "application/json"
        if (tag == "script" and not is_ours) or tag in {"style", "base", "object", "embed", "animate"}:
            self.found.append(f"<{tag}>")
        if tag == "img" and not given.get("src", "").startswith("/"):
            self.found.append(f"<img src={given.get('src')}>")
        for name, value in given.items():
            program = re.match(r"\s*(javascript|data|vbscript):", value, re.I) and name in {"href", "src", "action"}
            if name.startswith("on") or name in {"style", "autofocus x", "srcdoc", "formtarget"} or program:
                self.found.append(f"<{tag} {name}={value[:40]}>")


def living(body: str) -> list[str]:
    return Living(body).found


def test_x1_the_tests_below_see_what_lives() -> None:
    for evil in ("<script>a</script>", "<img src=x>", "<p onclick=a>", '<a href=" javascript:a">', "<p style=a>"):
        assert living(evil), evil


STRICT = ("default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'", "frame-ancestors 'none'")
# Pages that are a stranger's document in a frame; each has its own test.
FRAMED = {"mail:html", "mail:specimen", "tickets:came_mail_html", "tickets:quarantined_html"}


def evil_world(max: Membership, baltic: Tenant, word: str) -> World:
    """A desk whose names and texts all hold these words, and a partner that is called so, too."""
    world = a_desk(max, word, 6)
    world = with_a_partner(world, baltic)
    with scope.tenant(max.tenant_id):
        Attachment.objects.update(name=word)
        Partnership.objects.update(service_name=word)
    with scope.platform("test: a name as no form takes it"):
        Membership.objects.filter(pk=max.pk).update(name=word)
    return world


@pytest.mark.parametrize("word", ["tag", "attribute", "link"])
def test_x1_x6_words_are_words_on_every_page_and_nothing_stands_inline(
    max: Membership, baltic: Tenant, word: str
) -> None:
    world = evil_world(max, baltic, EVIL[word])
    client, seen, wrong = sign_in_english(max), 0, []
    for title, name, path in lines():
        if name in FRAMED or path.administrator not in {200, 409}:
            continue
        answer: Any = client.get(address(name, path, world))
        if "html" not in answer.headers.get("Content-Type", ""):
            continue
        body, policy = text_of(answer), answer["Content-Security-Policy"]
        seen += 1
        wrong += [f"{title}: {found}" for found in living(body)]
        wrong += [f"{title}: no {part}" for part in STRICT if part not in policy]
        wrong += [f"{title}: {policy}"] * ("unsafe" in policy)
    assert not wrong, "\n".join(wrong)
    assert seen > 60, "most lines of the table are pages"
    assert VARIANTS and PATHS


@pytest.mark.parametrize("word", ["tag", "attribute"])
def test_x1_what_is_suggested_and_counted_is_text(max: Membership, baltic: Tenant, word: str) -> None:
    """The parts a script fetches: suggestions, the palette, the list without its page, counts, news."""
    evil_world(max, baltic, EVIL[word])
    client = sign_in_english(max)
    for path in (
        "tickets/new/customers/?q=", "tickets/texts/find/timeentry/?q=", "tickets/1/links/find/?q=ticket",
        "tickets/1/people/?q=", "palette/?q=", "tickets/counts/", "counts/", "tickets/6/news/?since=0",
    ):  # fmt: skip
        answer = client.get(f"/nordlicht/{path}", headers={"HX-Request": "true", "HX-Target": "list"})
        assert answer.status_code == 200, path
        assert not living(text_of(answer)), path


@pytest.mark.parametrize("word", ["formula", "tag"])
def test_x1_a_sheet_has_no_formula_in_any_cell(max: Membership, baltic: Tenant, word: str) -> None:
    evil_world(max, baltic, EVIL[word])
    client = sign_in_english(max)
    cols = "number,title,customer,contact,queue,category,assignee,status,partner"
    for path in (f"tickets/?cols={cols}&format=csv", "companies/?format=csv", "tickets/time/entries/?format=csv"):
        sheet = b"".join(client.get(f"/nordlicht/{path}").streaming_content).decode()
        rows = list(csv.reader(io.StringIO(sheet.removeprefix("\ufeff"))))
        assert len(rows) > 1, path
        assert not [cell for row in rows for cell in row if cell.startswith(tuple("=+-@\t\r"))], path


@pytest.mark.parametrize("word", ["tag", "attribute", "turned"])
def test_x1_a_mail_says_it_and_does_nothing(max: Membership, baltic: Tenant, word: str) -> None:
    """What goes to the customer, and what a colleague hears, with hostile words in subject, name and text."""
    world = evil_world(max, baltic, EVIL[word])
    with acting(max) as by:
        world.contact.email = "cleo@hansen.example"
        world.contact.save()
        ticket = world.ticket
        ticket.refresh_from_db()
        OutgoingMail.objects.all().delete()
        services.customer_mails.send(ticket, f"Hello {EVIL[word]}", by=by)
        services.assign(ticket, world.colleague, by=by)
        sent = list(OutgoingMail.objects.all())
    assert sent
    for mail in sent:
        assert "\n" not in mail.subject and "\r" not in mail.subject
        assert not [one for one in living(mail.html) if " style=" not in one and one != "<style>"], mail.code


@pytest.mark.parametrize("word", ["tag", "attribute", "turned"])
def test_x1_paper_says_it_and_does_nothing(max: Membership, baltic: Tenant, word: str) -> None:
    said = EVIL[word]
    made = pdf(
        Document(
            said,
            said,
            said,
            "en",
            [Facts([Fact(said, said, said)]), Heading(said), Text(said), Entry(said, said, said)],
        )
    )
    assert contents.only_shows(made) and b"/URI" not in made and b"/Annot" not in made
    if word != "turned":
        assert paper.text(made).replace(" ", "").count(said.replace(" ", "")) >= 6
    world = evil_world(max, baltic, said)
    with acting(max) as by:
        items.add(world.ticket, "note", customer(world.ticket), by=by, text=said)
    client = sign_in_english(max)
    for whom in ("us", "customer"):
        answer = client.get(f"{DESK}{world.ticket.number}/paper/pdf/?for={whom}")
        assert answer.status_code == 200 and contents.only_shows(answer.content)
        assert (
            answer["Content-Disposition"]
            == f'attachment; filename="{world.ticket.number}{"" if whom == "us" else "-customer"}.pdf"'
        )
        page = text_of(client.get(f"{DESK}{world.ticket.number}/paper/?for={whom}"))
        assert not living(page)


# X5 -------------------------------------------------------------------------------------------------------------------
MARKS = [
    "[click](javascript:alert(1))", "![x](https://a.example/x.png)", "[x]: javascript:alert(1)", "`<script>`",
    "<https://a.example/>", "**<b onmouseover=alert(1)>**", "|a|b|\n|-|-|", "# <h1>", "&lt;script&gt;",
    "&#60;script&#62;",
    "https://a.example/\"onmouseover=alert(1)", "https://a.example/'onx=1", "https://a.example/<script>",
    "https://a.example/`x`", "http://javascript:alert(1)", "HTTPS://A.example/", "https://user:pass@a.example/",
    "https://a.example/\u202etxt", "https://a.example/?x=\"><svg onload=alert(1)>", "https://a.example/&quot;onx=",
    "www.a.example", "mailto:a@a.example", "file:///etc/passwd", "tel:+1", "jar:http://x!/", "blob:https://a.example/x",
    "https:\n//a.example", "ht\ttps://a.example", "https://[::1]/", "https://a.example/%0d%0aSet-Cookie:x", "http://\0",
]  # fmt: skip
TAGS = re.compile(r"<(/?)(\w+)([^>]*)>")
LINK = re.compile(r' href="https?://[^"<>\s]+" rel="nofollow noopener noreferrer" target="_blank"')


@pytest.mark.parametrize("text", MARKS)
def test_x5_a_text_has_paragraphs_breaks_and_links_and_nothing_else(text: str) -> None:
    """Whatever a text is written in, its markup is words: only these three tags come out, and nothing on them."""
    shown = written(f"before {text} after")
    for _close, tag, attributes in TAGS.findall(shown):
        assert tag in {"p", "br", "a"}
        assert attributes in {"", ' dir="auto"'} or LINK.fullmatch(attributes), attributes
    assert not re.search(r'href="(?!https?://)', shown, re.I)


def test_x6_the_policy_lets_no_page_run_a_strangers_script(client: Client, db: None) -> None:
    """Pages outside any company, errors too."""
    for path in ("/accounts/login/", "/accounts/password/reset/", "/nowhere/", "/accounts/signup/"):
        answer = client.get(path)
        assert all(part in answer["Content-Security-Policy"] for part in STRICT), path
        assert not living(text_of(answer)), path
