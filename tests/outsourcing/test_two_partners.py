"""Criterion 4: two service partners of one lead, and two leads of one partner, learn nothing of each other.

Distinctive words are planted in everything of the one; then the other's people follow every link and every form that
asks (GET) from their home page: pages, fragments, sheets, search, files, paper and the mails of the outbox. No planted
word may come back. Likewise what the lead bills its customer, and its internal notes, for the partner it works with.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote_plus, urlencode, urljoin, urlsplit

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Q
from django.utils import timezone

from outsourcing.models import Agreement, Handover, Partnership, PartnershipSide
from outsourcing.services import agreement, answering, ending, sending
from outsourcing.terms import Draft
from psa.directory.models import Company, Contact, WorkType
from psa.lanes.models import Event
from psa.mail.models import OutgoingMail
from psa.tenancy import scope
from psa.tenancy import services as tenants
from psa.tenancy.models import Membership, Tenant
from psa.timers import timers
from psa.timers.models import Timer
from tests import paper
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import drain
from tests.outsourcing.test_path import for_partner
from tests.outsourcing.test_sharing import for_internal
from tickets.models import ChecklistItem, Queue, Ticket
from tickets.services import checklists, files, items, lifecycle

MOST_PAGES = 400


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


# The crawler ----------------------------------------------------------------------------------------------------------
class Links(HTMLParser):
    """Every address a page leads to without a POST: links, fragments, pictures, forms that ask."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.form: tuple[str, dict[str, str]] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        for name in ("href", "src", "hx-get", "data-url"):
            if name in given and tag not in {"link", "script", "use"}:
                self.found.append(given[name])
        if tag == "form" and given.get("method", "get").lower() == "get":
            self.form = (given.get("action", ""), {})
        if tag == "input" and self.form and given.get("name"):
            self.form[1][given["name"]] = given.get("value") or "a"

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.form:
            address, fields = self.form
            self.found.append(f"{address}?{urlencode(fields)}")
            self.form = None


def crawl(member: Membership, slug: str, words: list[str]) -> dict[str, str]:
    """Everything this member can read: address → body. Pages that differ by their query alone are read a few times."""
    client, seen, read = sign_in(member), set[str](), dict[str, str]()
    often: dict[str, int] = {}
    start = [f"/{slug}/", f"/{slug}/counts/", f"/{slug}/outsourcing/", f"/{slug}/outsourcing/ledger/?format=csv"]
    start += [f"/{slug}/tickets/search/?{urlencode({'q': word})}" for word in words]
    start += [f"/{slug}/tickets/?{urlencode({'q': word})}" for word in words]
    waiting = deque([*start, f"/{slug}/tickets/?format=csv", f"/{slug}/outsourcing/?format=csv"])
    while waiting and len(read) < MOST_PAGES:
        address = waiting.popleft()
        parts = urlsplit(address)
        shape = re.sub(r"\d+|[0-9a-f-]{36}", "#", parts.path)
        if address in seen or often.get(shape, 0) >= 4 or "logout" in address:
            continue
        seen.add(address)
        often[shape] = often.get(shape, 0) + 1
        answer = client.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        is_paper = answer.headers.get("Content-Type") == "application/pdf"
        text = paper.text(body) if is_paper else unescape(body.decode("utf-8", "replace"))
        text += str(answer.headers)
        read[address] = text.replace(address, "").replace(parts.query, "")
        if answer.status_code == 302:
            waiting.append(answer.headers["Location"])
        if "html" in answer.headers.get("Content-Type", ""):
            for link in Links(body.decode("utf-8", "replace")).found:
                to = urljoin(address, link).partition("#")[0]
                if to.startswith("/") and (to.startswith(f"/{slug}/") or to.startswith("/accounts")):
                    # Papers first: they hold the most of what was written.
                    waiting.appendleft(to) if to.endswith(".pdf") else waiting.append(to)
    assert len(read) > 25, "the crawl went nowhere"
    return read


def mails(member: Membership) -> str:
    """Every mail this company wrote, as it went out."""
    with acting(member):
        return str(list(OutgoingMail.objects.values("subject", "text", "html", "to_name", "to_address")))


PLACES = ("/tickets/", "/outsourcing/", "ledger/?format=csv", "/handovers/", "/files/")


def nothing_of(
    words: list[str], member: Membership, slug: str, own: str, places: tuple[str, ...] = (*PLACES, ".pdf")
) -> None:
    """No page, sheet, file, search answer or mail of this member has a planted word; and the word of their own
    exchange stands in all these places, else the silence would prove nothing."""
    read = crawl(member, slug, [words[0], own])
    for address, text in read.items():
        for word in words:
            # What one typed oneself is shown again; that is not an answer.
            rest = re.sub(rf'value="(q=)?{word}|“{word}”|[?&]q={re.escape(quote_plus(word))}', "", text)
            assert word not in rest, f"{word} at {address}"
    written = mails(member)
    assert not [word for word in words if word in written]
    with acting(member):
        known = str(list(Event.objects.values("payload", "reason")))
        assert not [word for word in words if word in known]
    for place in places:
        assert any(place in address and own in text for address, text in read.items()), place
    assert own in written


# The plant ------------------------------------------------------------------------------------------------------------
@dataclass
class Firm:
    """One company, its administrator, and the word its texts carry."""

    tenant: Tenant
    admin: Membership
    word: str

    @property
    def slug(self) -> str:
        return self.tenant.slug

    def acting(self) -> Any:
        return acting(self.admin)


def firm(slug: str, word: str) -> Firm:
    """A company whose name, people, customers and desk carry the word."""
    tenant = tenants.create_tenant(f"{word} Systems", slug, language="en", country="DE")
    admin = tenants.add_member(tenant, f"{word.lower()}@{slug}.example", f"{word} Boss", "administrator")
    made = Firm(tenant, admin, word)
    with made.acting() as by:
        Queue.objects.create(name=f"{word} queue", is_default=True)
        WorkType.objects.create(name=f"{word} work")
        Company.objects.create(name=f"{word} customer")
        text = agreement.present("en")
        assert text is not None
        agreement.accept(text, by=by)
    return made


def joined(lead: Firm, service: Firm) -> Partnership:
    with scope.tenant(service.tenant):
        made = Partnership.objects.create(
            lead=lead.tenant, service=service.tenant, lead_name=lead.tenant.name, service_name=service.tenant.name
        )
        PartnershipSide.objects.create(
            service_of=made, company=Company.objects.create(name=lead.tenant.name, kind="customer")
        )
    with scope.tenant(lead.tenant):
        PartnershipSide.objects.create(lead_of=made, notify_email=f"{service.word.lower()}-desk@lead.example")
    return made


def exchanged(lead: Firm, service: Firm, partnership: Partnership, word: str, rate: str, bill: str) -> Handover:
    """One whole exchange between two companies; every text of it carries `word`."""
    with lead.acting() as by:
        company = Company.objects.create(name=f"{word} end customer")
        contact = Contact.objects.create(company=company, name=f"{word} Contact", phone="+49 47110815")
        ticket = lifecycle.create(
            by=by, title=f"{word} title", company=company, contact=contact, description=f"{word} description"
        )
        draft = Draft(
            cost_rate=Decimal(rate),
            bill_rate=Decimal(bill),
            authorised_minutes=300,
            authorised_charges=Decimal(50),
            instructions=f"{word} instructions",
            detail="none",
        )
        ticket = lifecycle.accept(ticket, by=by)
        theirs = checklists.add_item(ticket, f"{word} step", by=by, for_partner=True)
        checklists.add_item(ticket, f"INTERNAL{lead.word} step", by=by)
        draft.items = [str(theirs.key)]
        offer = sending.send(ticket, partnership, draft, by=by)
        items.add(ticket, "note", for_internal(ticket), by=by, text=f"INTERNAL{lead.word} note")
    drain()
    with service.acting() as by:
        mapped = Company.objects.filter(name=lead.tenant.name).first()
        assert mapped is not None
        ours = answering.accept(Handover.objects.get(pk=offer.pk), mapped, by=by, title=offer.title)
        reader = for_partner(ours)
        items.add(ours, "note", reader, by=by, text=f"{word} note")
        values = {"worked_on": timezone.localdate(), "minutes": 61, "text": f"{word} time"}
        items.add(ours, "timeentry", reader, by=by, **values, internal_text=f"INTERNAL{service.word} remark")
        items.add(ours, "charge", reader, by=by, name=f"{word} cable", unit_price=Decimal("7.77"))
        upload = SimpleUploadedFile(f"{word}.txt", f"{word} file".encode(), "text/plain")
        files.attach(ours, upload, reader, by=by)
        ours = lifecycle.accept(ours, by=by)
        checklists.skip(ChecklistItem.objects.get(ticket=ours), f"{word} excuse", by=by)
        checklists.add_item(ours, f"INTERNAL{service.word} step", by=by)
        answering.submit(ours, by=by)
    drain()
    with lead.acting() as by:
        ending.reject(Ticket.objects.get(pk=ticket.pk), f"{word} reason", by=by)
    drain()
    with service.acting() as by:
        answering.submit(Ticket.objects.get(pk=ours.pk), by=by)
    while drain():
        pass
    for one in (lead, service):
        with scope.tenant(one.tenant):
            Timer.objects.filter(Q(kind__startswith="handover.items")).update(due=timezone.now())
    timers.sweep()
    return offer


@pytest.fixture
def text(db: None) -> Agreement:
    return Agreement.objects.create(version=1, language="en", title="Agreement", text="Be fair.")


def billed(word: str) -> list[str]:
    """What the lead of the exchange of this word keeps from its partner: the rate to the customer, who the end
    customer is (it was not shared), and its internal notes."""
    amounts = ["1234.56", "1,234.56", "1.234,56", "6543.21", "6,543.21", "6.543,21"]
    return [*amounts, f"{word} end customer", f"{word} Contact", "47110815"]


def test_a4_s7_two_service_partners_of_one_lead_learn_nothing_of_each_other_nor_what_it_bills(text: Agreement) -> None:
    lead, first, second = firm("lead", "Leadword"), firm("first", "Zebrafirst"), firm("second", "Quaggasecond")
    exchanged(lead, first, joined(lead, first), "Zebrafirst", "61.61", "1234.56")
    exchanged(lead, second, joined(lead, second), "Quaggasecond", "73.73", "6543.21")
    of_lead = ["INTERNALLeadword"]
    nothing_of(
        ["Quaggasecond", "quaggasecond", "73.73", *of_lead, *billed("Zebrafirst")], first.admin, "first", "Zebrafirst"
    )
    nothing_of(
        ["Zebrafirst", "zebrafirst", "61.61", *of_lead, *billed("Quaggasecond")], second.admin, "second", "Quaggasecond"
    )


def test_a4_s7_two_leads_of_one_service_partner_learn_nothing_of_each_other_nor_its_notes(text: Agreement) -> None:
    service, first, second = firm("service", "Servword"), firm("first", "Zebrafirst"), firm("second", "Quaggasecond")
    exchanged(first, service, joined(first, service), "Zebrafirst", "61.61", "1234.56")
    exchanged(second, service, joined(second, service), "Quaggasecond", "73.73", "6543.21")
    nothing_of(
        ["Quaggasecond", "quaggasecond", "73.73", "INTERNALServword"], first.admin, "first", "Zebrafirst", PLACES
    )
    nothing_of(
        ["Zebrafirst", "zebrafirst", "61.61", "INTERNALServword"], second.admin, "second", "Quaggasecond", PLACES
    )
