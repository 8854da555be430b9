"""Working the quarantine: who may, what each act does, and that a stranger's mail does nothing on our pages (X2)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from psa.directory.models import Company, Contact
from psa.journal.models import Entry
from psa.mail.inbound import markup, taking, working
from psa.mail.models import BlockedSender, Door, IncomingMail, OutgoingMail
from psa.tenancy import scope
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.mail.letters import CLEO, DESK, TEXT, html, letter, part, parted
from tickets.models import Attachment, Audience, Note, Ticket
from tickets.services import quarantine

STRANGER = "nina@stranger.example"


@pytest.fixture(autouse=True)
def stage(inside: Any, queue: Any, cleo: Contact) -> None:
    cleo.email = CLEO
    cleo.save()


def come(raw: bytes) -> IncomingMail:
    (pk,) = taking.take(raw, Door.PIPE, [DESK])
    working.take_in()
    return IncomingMail.objects.get(pk=pk)


def stray(**headers: str) -> IncomingMail:
    """A stranger's mail, in quarantine."""
    mail = come(letter(sender=f"Nina <{STRANGER}>", message_id="<stray@x.example>", **headers))
    assert mail.state == "quarantined"
    return mail


def address(mail: IncomingMail, name: str = "quarantined", *args: Any) -> str:
    ending = {"quarantined": "", "put_mail_on": "ticket/", "open_from_mail": "tickets/new/"}.get(name, f"{name}/")
    return f"/nordlicht/tickets/quarantine/{mail.pk}/{ending}"


# Services -------------------------------------------------------------------------------------------------------------
def test_a_strangers_words_are_an_internal_note(ticket: Ticket, max: Membership) -> None:
    mail = stray()
    with acting(max) as by:
        note = quarantine.put_on(mail, ticket, by=by)
    assert note is not None
    assert (note.audience, note.author, note.author_name) == (Audience.INTERNAL, None, "Nina")
    mail.refresh_from_db()
    assert (mail.state, mail.subject_id, mail.item_id, mail.reason) == ("taken", ticket.pk, note.pk, "")
    assert Entry.objects.get(kind="mail.put_on_ticket").by_id == max.pk
    with acting(max) as by, pytest.raises(Refused, match="mail_is_settled"):
        quarantine.put_on(mail, ticket, by=by)
    assert Note.objects.count() == 1


def test_a_customers_words_are_the_customers_note_with_the_files(ticket: Ticket, max: Membership) -> None:
    raw = parted(TEXT, part("application/pdf; name=plan.pdf", b"%PDF-1.4"))
    mail = come(raw.replace(b"Subject: Printer", b"Subject: Printer\r\nPrecedence: bulk"))
    assert mail.reason == "automatic"
    with acting(max) as by:
        note = quarantine.put_on(mail, ticket, by=by)
    assert note is not None and (note.audience, note.author_name) == (Audience.CUSTOMER, "Cleo Hansen")
    assert Attachment.objects.get().audience == Audience.CUSTOMER
    assert Entry.objects.get(kind="ticket.customer_wrote").data["weight"] == "automatic"


def test_it_becomes_a_ticket_of_a_new_contact_who_is_known_from_then_on(company: Company, max: Membership) -> None:
    mail = stray()
    with acting(max) as by:
        ticket = quarantine.open_ticket(mail, "Printer", company, None, "Nina", by=by)
    nina = Contact.objects.get(email=STRANGER)
    assert (ticket.contact, ticket.source, ticket.description) == (nina, "email", "It does not print.")
    assert come(letter(sender=STRANGER, message_id="<next@x.example>")).state == "taken"


def test_discarding_is_undone_and_a_blocked_sender_is_let_in_again(max: Membership) -> None:
    mail = stray()
    with acting(max) as by:
        quarantine.discard(mail, by=by)
        quarantine.discard(mail, by=by)
        assert IncomingMail.objects.get().state == "discarded"
        quarantine.bring_back(mail, by=by)
        assert (IncomingMail.objects.get().state, IncomingMail.objects.get().reason) == (
            "quarantined",
            "unknown_sender",
        )
        quarantine.block(mail, by=by)
    again = come(letter(sender=STRANGER, message_id="<2@x.example>"))
    assert (again.state, again.reason) == ("discarded", "blocked")
    with acting(max) as by:
        quarantine.unblock(mail, by=by)
    assert not BlockedSender.objects.exists()
    assert come(letter(sender=STRANGER, message_id="<3@x.example>")).state == "quarantined"
    kinds = list(Entry.objects.filter(subject_type="incomingmail").order_by("pk").values_list("kind", flat=True))
    assert kinds == [
        "mail.discarded",
        "mail.brought_back",
        "mail.discarded",
        "mail.sender_blocked",
        "mail.sender_unblocked",
    ]


def test_who_has_no_right_changes_nothing(ticket: Ticket, ada: Membership, company: Company) -> None:
    mail = stray()
    before = Entry.objects.count()
    with acting(ada) as by:
        for act in (quarantine.discard, quarantine.bring_back, quarantine.block, quarantine.unblock):
            with pytest.raises(Denied):
                act(mail, by=by)
        with pytest.raises(Denied):
            quarantine.put_on(mail, ticket, by=by)
        with pytest.raises(Denied):
            quarantine.open_ticket(mail, "x", company, by=by)
    assert (IncomingMail.objects.get().state, Entry.objects.count()) == ("quarantined", before)


# Pages ----------------------------------------------------------------------------------------------------------------
@pytest.fixture
def browser(max: Membership) -> Client:
    with scope.platform("test: language"):
        max.user.language = "en"
        max.user.save()
    return sign_in(max)


def test_the_way_from_the_list_to_a_ticket(browser: Client, ticket: Ticket) -> None:
    mail = stray()
    listed = browser.get("/nordlicht/tickets/quarantine/").content.decode()
    assert "Printer" in listed and "Nobody in the address book has this address." in listed
    page = browser.get(address(mail)).content.decode()
    assert "It does not print." in page and STRANGER in page
    wrong = browser.post(address(mail, "put_mail_on"), {"number": 999999})
    assert wrong.status_code == 422 and "There is no ticket with this number." in wrong.content.decode()
    done = browser.post(address(mail, "put_mail_on"), {"number": ticket.number})
    assert done.url == f"/nordlicht/tickets/{ticket.number}/"
    assert "It does not print." in browser.get(done.url).content.decode()
    assert "No mail waits here" in browser.get("/nordlicht/tickets/quarantine/").content.decode()
    kept = browser.get(f"/nordlicht/tickets/{ticket.number}/mails/")
    assert f"/mails/{mail.pk}/" in kept.content.decode()
    assert browser.get(f"/nordlicht/tickets/{ticket.number}/mails/{mail.pk}/?show=headers").status_code == 200


def test_a_ticket_is_made_on_its_page(browser: Client, company: Company) -> None:
    mail = stray()
    other = Contact.objects.create(company=Company.objects.create(name="Other"), name="Nina", email=STRANGER)
    form = {"title": "Printer", "company": company.pk, "contact": other.pk, "new_contact": ""}
    refused = browser.post(address(mail, "open_from_mail"), form)
    assert refused.status_code == 422 and "belongs to another company" in refused.content.decode()
    done = browser.post(address(mail, "open_from_mail"), form | {"company": other.company_id})
    assert Ticket.objects.get().contact == other and done.url.endswith(f"/{Ticket.objects.get().number}/")


def test_what_went_out_stands_with_how_far_it_got(browser: Client, ticket: Ticket, max: Membership) -> None:
    from_cleo = come(letter("Hello", subject=f"[{ticket.number}]"))
    assert from_cleo.state == "taken"
    browser.post(
        f"/nordlicht/tickets/{ticket.number}/mail/", {"mail_text": "We look at it.", "key": _key(browser, ticket)}
    )
    assert OutgoingMail.objects.filter(code="public_note").exists()
    page = browser.get(f"/nordlicht/tickets/{ticket.number}/mails/").content.decode()
    assert "Waiting to be sent" in page and CLEO in page


def _key(browser: Client, ticket: Ticket) -> str:
    page = browser.get(f"/nordlicht/tickets/{ticket.number}/mail/")
    return str(page.context["form"]["key"].value())


@pytest.mark.parametrize("many", [1, 30])
def test_the_list_asks_as_often_for_one_as_for_thirty(
    browser: Client, many: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(many):
        come(letter(sender=STRANGER, message_id=f"<{number}@x.example>"))
    browser.get("/nordlicht/tickets/quarantine/")
    with django_assert_max_num_queries(12):
        assert browser.get("/nordlicht/tickets/quarantine/").status_code == 200
    mail = IncomingMail.objects.latest("pk")
    with django_assert_max_num_queries(12):
        assert browser.get(address(mail)).status_code == 200


def test_the_navigation_counts_what_waits(browser: Client) -> None:
    stray()
    assert "mails-quarantined" in browser.get("/nordlicht/tickets/quarantine/").content.decode()
    counted = browser.get(reverse("web:counts", args=["nordlicht"])).content.decode()
    assert re.search(r'mails-quarantined"[^>]*>1<', counted)


# X2 -------------------------------------------------------------------------------------------------------------------
EVIL = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "<iframe src=//evil.example>",
    '<a href="javascript:alert(1)">x</a>', '<a href="data:text/html,<script>">x</a>', '<form action="//evil.example">',
    '<meta http-equiv="refresh" content="0;url=//evil.example">', '<base href="//evil.example">',
    "<style>@import url(//evil.example);</style>", '<p style="background:url(//evil.example)">x</p>',
    '<link rel="stylesheet" href="//evil.example">', '<img src="http://evil.example/pixel.gif" width=1 height=1>',
    '<img src="cid:../../x">', '<input autofocus onfocus=alert(1)>', "<math><mi//xlink:href=\"data:x,<script>\">",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<object data=//evil.example>", "<b>x</b><!-- ",
    '<table background="//evil.example"><td>x', "<template><script>alert(1)</script></template>", "<body onload=x>",
    '<a href="vbscript:x" ping="//evil.example" target="_top">x</a>', "<xmp><script>alert(1)</script></xmp>",
]  # fmt: skip
NEVER = ("<script", "onerror", "onload", "onfocus", "javascript:", "vbscript:", "data:", "<iframe", "<form", "<input",
         "<meta", "<base", "<link", "<style", "style=", "@import", "evil.example", "<svg", "<math", "<object", "src=",
         "ping=", "target=", "cid:", "<template", "background")  # fmt: skip


@pytest.mark.parametrize("evil", EVIL)
def test_x2_nothing_of_it_is_left(evil: str) -> None:
    made = markup.clean(f"<p>Before</p>{evil}<p>After</p>").html.lower()
    assert "before" in made and not [word for word in NEVER if word in made]


def test_x2_it_stands_in_a_sandbox_that_loads_nothing(browser: Client) -> None:
    mail = come(html(f"<p>It does not print.</p>{''.join(EVIL)}").replace(CLEO.encode(), STRANGER.encode()))
    assert mail.state == "quarantined" and mail.pictures >= 3
    page = browser.get(address(mail) + "?show=html")
    assert "sandbox width" in page.content.decode() and "pictures are not loaded" in page.content.decode()
    frame = browser.get(address(mail, "html"))
    policy = frame.headers["Content-Security-Policy"]
    assert (
        policy.startswith("sandbox; default-src 'none'") and "allow-scripts" not in policy and "img-src" not in policy
    )
    assert not [word for word in NEVER if word in frame.content.decode().partition("<body>")[2].lower()]


def test_x2_the_original_is_taken_away_and_never_shown(browser: Client) -> None:
    raw = letter(sender=STRANGER, subject="<script>alert(1)</script>")
    mail = come(raw)
    answer = browser.get(address(mail, "original"))
    assert b"".join(answer.streaming_content) == raw  # type: ignore[attr-defined]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="mail-{mail.pk}.eml"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    for page in (address(mail), address(mail) + "?show=headers", "/nordlicht/tickets/quarantine/"):
        assert "<script>alert(1)" not in browser.get(page).content.decode()


@pytest.mark.parametrize(
    "evil", ["<div>" * 10_000, "<" * 1_000_000, "<p " + "x=y " * 200_000, "<b>" * 5 + "x" * 50_000_000]
)
def test_x2_it_is_bounded_in_time_and_size(evil: str) -> None:
    made = markup.clean(evil)
    assert len(made.html) <= 5 * markup.LONGEST
    assert len(markup.as_text(made.html)) <= 5 * markup.LONGEST
