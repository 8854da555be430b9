"""Criterion 5: the lead reads German, the partner Latvian, from offer to approval: pages, notes, paper and mails.

The catalogues say what each sentence is in each language. Nothing a reader gets holds a sentence (three words or more)
of another language's catalogue, nor an English one that was never translated for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import trans_real

from outsourcing.models import Handover
from outsourcing.services import answering, ending
from psa.directory.models import Contact
from psa.mail.models import OutgoingMail
from psa.tenancy import scope
from psa.tenancy.models import Membership
from psa.timers import timers
from psa.timers.models import Timer
from psa.web import locale
from tests import paper
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import Pair, drain
from tests.outsourcing.test_path import for_partner
from tickets.models import Ticket
from tickets.services import fields, items

WORDS = 3
HOLE = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}")
BLANKS = re.compile(r"\s+")


def sentences(said: Any) -> Iterator[str]:
    """The pieces of a message between its placeholders that are long enough to be told from another language."""
    for form in said if isinstance(said, (tuple, list)) else (said,):
        for piece in HOLE.split(form or ""):
            words = BLANKS.sub(" ", piece).strip(" .,:;–·()“”")
            if len(words.split()) >= WORDS:
                yield words


def vocabulary() -> dict[str, set[str]]:
    """Language → its sentences, of everything that is translated."""
    found: dict[str, set[str]] = {"en": set(), "de": set(), "lv": set()}
    for language in ("de", "lv"):
        for message in locale.read_catalog(language):
            if message.id and locale.is_translated(message):
                found["en"] |= set(sentences(message.id))
                found[language] |= set(sentences(message.string))
    return found


@pytest.fixture(scope="module")
def foreign() -> dict[str, list[str]]:
    """Language → the sentences its reader must not meet."""
    if locale.compile_catalogs():
        trans_real._translations.clear()  # type: ignore[attr-defined]
    known = vocabulary()
    return {
        reader: sorted(set().union(*(words for language, words in known.items() if language != reader)) - known[reader])
        for reader in ("de", "lv")
    }


def strange(text: str, language: str, foreign: dict[str, list[str]]) -> list[str]:
    """The sentences of other languages in what a reader of this one gets."""
    plain = BLANKS.sub(" ", unescape(re.sub(r"<(script|style|code)\b.*?</\1>|<!--.*?-->", " ", text, flags=re.S)))
    plain = BLANKS.sub(" ", re.sub(r"</?(strong|em|b|i|q|span|time|a)\b[^>]*>", "", plain))
    return [words for words in foreign[language] if words in plain]


class Readers:
    """Both desks' browsers, each page checked as it is read."""

    def __init__(self, pair: Pair, foreign: dict[str, list[str]]) -> None:
        self.pair, self.foreign, self.count = pair, foreign, 0
        self.desks = {"de": (pair.max, "nordlicht", pair.ticket), "lv": (pair.gunta, "baltic", pair.insourced)}

    def read(self, language: str, *paths: str) -> None:
        member, slug, ticket = self.desks[language]
        client = sign_in(member)
        for path in paths:
            address = f"/{slug}/" + path.format(n=ticket.number, k=self.pair.handover.key)
            answer = client.get(address)
            assert answer.status_code in {200, 409, 422}, address
            assert answer.headers["Content-Language"] == language
            is_paper = answer.headers["Content-Type"] == "application/pdf"
            read = paper.text(answer.content) if is_paper else answer.content.decode()
            found = strange(read, language, self.foreign)
            assert not found, f"{address} for a reader of {language}: {found}"
            self.count += 1

    def both(self, *paths: str) -> None:
        for language in self.desks:
            self.read(language, *paths)


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


TICKET = ("tickets/{n}/", "tickets/{n}/?view=history", "tickets/{n}/?compose=time", "tickets/{n}/?compose=charge")
DESK = ("outsourcing/", "outsourcing/ledger/", "outsourcing/link-trouble/", "outsourcing/agreement/", "tickets/")


def test_every_page_and_mail_of_a_handover_is_in_its_readers_language(
    max: Membership, gunta: Membership, ticket: Ticket, offered: Handover, desk_of_baltic: Any, foreign: Any
) -> None:
    # The offer, before the partner has a ticket of its own
    open_pair = Pair(max, gunta, ticket, ticket, offered)
    readers = Readers(open_pair, foreign)
    readers.read(
        "lv", "outsourcing/?folder=offers", "handovers/{k}/", "handovers/{k}/accept/", "handovers/{k}/decline/"
    )
    readers.read("de", *TICKET, "handovers/{k}/", "outsourcing/?folder=assigned", "tickets/{n}/cancel-offer/")

    # Accepted; both sides write
    with acting(gunta) as by:
        insourced = answering.accept(offered, desk_of_baltic, by=by, title=offered.title)
    drain()
    pair = Pair(max, gunta, ticket, insourced, offered)
    readers = Readers(pair, foreign)
    with pair.lead() as by:
        contact = Contact.objects.create(company=ticket.company, name="Cleo Hansen")
        Ticket.objects.filter(pk=ticket.pk).update(contact=contact)
        fresh = Ticket.objects.get(pk=ticket.pk)
        items.add(fresh, "note", for_partner(fresh), by=by, text="Bitte klingeln.")
        fields.edit(fresh, by=by, title="Switch tauschen", priority=1)
    with pair.service() as by:
        partner = for_partner(insourced)
        note = items.add(insourced, "note", partner, by=by, text="Braucu.")
        items.add(insourced, "timeentry", partner, by=by, worked_on=timezone.localdate(), minutes=30, text="Darbs")
        items.add(insourced, "charge", partner, by=by, name="Kabelis", quantity=2)
        gone = items.add(insourced, "note", partner, by=by, text="Kļūda.")
    drain()
    with pair.service() as by:
        items.remove(gone, by=by)
    drain()
    readers.both(*TICKET, *DESK, "handovers/{k}/", "handovers/{k}/skip/")
    readers.read(
        "de", f"tickets/{{n}}/items/{note.key}/publish/", "tickets/{n}/take-back/", "tickets/{n}/end-and-close/"
    )
    readers.read(
        "lv",
        "tickets/{n}/submit-work/",
        "tickets/{n}/return/",
        "handovers/{k}/work-order/",
        "handovers/{k}/work-order.pdf",
    )

    # Submitted, held on both sides; rejected; submitted again; approved
    with pair.service() as by:
        answering.submit(insourced, by=by)
        items.add(insourced, "note", partner, by=by, text="Vēl kaut kas.")
    with pair.lead() as by:
        items.add(fresh, "note", for_partner(fresh), by=by, text="Noch etwas.")
    drain()
    readers.both(*TICKET, "outsourcing/")
    readers.read("de", "outsourcing/?folder=approval", "tickets/{n}/approve/", "tickets/{n}/reject/")
    readers.read("lv", "outsourcing/?folder=submitted", "tickets/{n}/recall/")
    with pair.lead() as by:
        ending.reject(fresh, "Noch nicht.", by=by)
    drain()
    with pair.service() as by:
        answering.submit(insourced, by=by)
    drain()
    with pair.lead() as by:
        ending.approve(fresh, by=by)
    while drain():
        pass
    for tenant in (max.tenant_id, gunta.tenant_id):
        with scope.tenant(tenant):
            Timer.objects.update(due=timezone.now())
    timers.sweep()
    readers.both(*TICKET, *DESK, "handovers/{k}/")
    assert readers.count > 40

    # Mails of both, text and HTML
    for member, language in ((max, "de"), (gunta, "lv")):
        with acting(member):
            written = list(OutgoingMail.objects.values("code", "language", "subject", "text", "html"))
        assert {mail["language"] for mail in written} == {language}
        assert "items_arrived" in {mail["code"] for mail in written}
        for mail in written:
            for part in ("subject", "text", "html"):
                assert not strange(mail[part], language, foreign), (mail["code"], part)


def test_the_words_of_the_other_language_would_be_found(foreign: dict[str, list[str]]) -> None:
    """Else the silence above would prove nothing."""
    assert len(foreign["de"]) > 300
    assert strange("<p>Lead: You take the work back.</p>", "lv", foreign) == []
    english = "What became of it: the work is good. The handover is complete for both companies"
    some = next(words for words in foreign["lv"] if words in english or len(words.split()) > 4)
    assert strange(f"<p>{some}</p>", "lv", foreign)


def test_a_digest_names_each_item_what_happened_to_it_and_who_did_it(pair: Pair, foreign: Any) -> None:
    """§6, §11: one mail for what arrived within five minutes, in its reader's language, with a reason line."""
    with pair.service() as by:
        partner = for_partner(pair.insourced)
        note = items.add(pair.insourced, "note", partner, by=by, text="Braucu.")
        items.add(pair.insourced, "timeentry", partner, by=by, worked_on=timezone.localdate(), minutes=90, text="Darbs")
        items.edit(note, by=by, text="Esmu klāt.")
    drain()
    with pair.lead():
        Timer.objects.update(due=timezone.now())
    timers.sweep()
    with pair.lead():
        mail = OutgoingMail.objects.get(code="items_arrived")
    assert mail.language == "de"
    for said in ("Esmu klāt.", "1,5 h", "Darbs", "Gunta Bērziņa", "Baltic Service", str(pair.ticket.number)):
        assert said in mail.text, said
        assert said in unescape(mail.html), said
