"""B10, beside what test_imports.py tells: a million rows, formulas, keys that come twice, another company's rows."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from psa.directory.models import Company, Contact
from psa.imports import reading
from psa.imports.models import Import, ImportKey
from psa.tenancy import scope
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.imports.test_imports import ROWS, URL, bring, check, sheet, whole
from tests.tickets.pages import sign_in_english
from tickets import services
from tickets.models import Category, Queue, Ticket


def test_b10_a_million_rows_are_refused_early_and_leave_nothing(max: Membership) -> None:
    """Two megabytes of one letter a line, and ten of short rows: told on the page at once, nothing is kept."""
    browser = sign_in_english(max)
    for data, says in (
        (b"Name\n" + b"x\n" * 1_000_000, "10,000 rows"),
        (b"Name,Number\n" + b"ab,12345\n" * 1_100_000, "10,000 rows"),
        (b"Name\n" + b"x" * reading.LARGEST, "10 MB"),
    ):
        began = time.monotonic()
        answer = browser.post(URL, {"subject": "companies", "upload": SimpleUploadedFile("big.csv", data)})
        assert answer.status_code == 422 and says in answer.content.decode()
        assert time.monotonic() - began < 20, "refused before it was read to its end"
    with scope.tenant(max.tenant_id):
        assert not Import.objects.exists() and not Company.objects.exists()


def test_b10_reading_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a row more is looked at than may come in."""
    looked_at: list[str] = []
    monkeypatch.setattr(reading, "plain_cell", lambda cell: looked_at.append(cell) or cell)
    with pytest.raises(Refused, match="import.too_many_rows"):
        reading.read(b"Name\n" + b"x\n" * (reading.MOST_ROWS * 3))
    assert len(looked_at) == reading.MOST_ROWS


def test_b10_as_many_rows_as_fit_are_taken() -> None:
    assert len(reading.read(b"Name\n" + b"x\n" * reading.MOST_ROWS).rows) == reading.MOST_ROWS


def test_b10_formulas_come_in_as_words_and_go_out_guarded(max: Membership, queue: Queue, company: Company) -> None:
    words = ["=cmd|' /C calc'!A0", "+1", "@SUM(A1)", "-1", "=1\n=2"]
    rows = [[f"K-{n}", word, company.name, word] for n, word in enumerate(words)]
    assert whole(max, "tickets", sheet(["id", "Title", "Customer", "Description"], *rows)) == ["created"] * len(words)
    browser = sign_in(max)
    with scope.tenant(max.tenant_id):
        titles = list(Ticket.objects.order_by("pk").values_list("title", flat=True))
    assert titles == [" ".join(word.split()) if "\n" in word else word for word in words] or titles == words
    exported = b"".join(browser.get("/nordlicht/tickets/?format=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert ",=" not in exported and ";=" not in exported and '"=' not in exported and "'=cmd" in exported


def test_b10_a_key_that_comes_twice_counts_once_whoever_it_means(
    max: Membership, company: Company, queue: Queue
) -> None:
    """The key twice in a file, again in the next file, and two rows that mean the same row without a key."""
    found = bring(max, "companies", sheet(["id", "Name"], ["1", "One"], ["1", "Other"], ["2", "Two"], ["2", "Two"]))
    assert [code for code, _field in check(max, found)] == [
        "would_be_created",
        "key_twice",
        "would_be_created",
        "key_twice",
    ]
    assert whole(max, "companies", sheet(["Name"], ["Same"], ["Same"])) == ["created", "key_twice"]
    with scope.tenant(max.tenant_id):
        assert Company.objects.filter(name="Same").count() == 1
        Company.objects.create(name="Twin")
        Company.objects.create(name="Twin")
    outcome = whole(max, "contacts", sheet(["Company", "Name"], ["Twin", "Ann"]))
    assert outcome not in (["created"], ["updated"]), "two companies of that name: nobody guesses which"
    with scope.tenant(max.tenant_id):
        assert not Contact.objects.filter(name="Ann").exists()


def test_b10_a_file_names_no_row_of_another_company(max: Membership, company: Company, sam: Membership) -> None:
    """By id, key, number, name or address: unknown here, and the other company's row stays as it was."""
    with acting(sam) as by:
        theirs = Company.objects.create(name="Atlas customer", number="A-77", email="a@atlas.example")
        person = Contact.objects.create(company=theirs, name="Pat", email="pat@atlas.example")
        desk = Queue.objects.create(name="Atlas desk", is_default=True)
        kind = Category.objects.create(name="Atlas kind")
        ticket = services.create(by=by, title="Atlas ticket", company=theirs, queue=desk)
        for subject, key, row in (
            ("companies", "c", theirs.pk),
            ("contacts", "p", person.pk),
            ("tickets", "t", ticket.pk),
        ):
            ImportKey.objects.create(subject=subject, key=key, row_id=row)
        before: list[Any] = [list(model.objects.values()) for model in (Company, Contact, Ticket, Queue, Category)]
    heads = ["id", "Title", "Customer", "Contact", "Queue", "Category", "No."]
    name = company.name
    with scope.tenant(max.tenant_id):
        Queue.objects.create(name="Desk", is_default=True)
    rows = (
        ["1", "x", "Atlas customer", "", "", "", ""],
        ["2", "x", "A-77", "", "", "", ""],
        ["3", "x", str(theirs.pk), "", "", "", ""],
        ["4", "x", name, "Pat", "", "", ""],
        ["5", "x", name, "pat@atlas.example", "", "", ""],
        ["6", "x", name, "", "Atlas desk", "", ""],
        ["7", "x", name, "", str(desk.pk), "", ""],
        ["8", "x", name, "", "", str(kind.pk), ""],
        ["9", "x", name, "", "", "Atlas kind", ""],
        ["", "x", name, "", "", "", str(ticket.number)],
    )
    found = bring(max, "tickets", sheet(heads, *rows))
    said = check(max, found)
    assert [code for code, _field in said] == ["unknown"] * len(rows), said
    assert [
        code for code, _field in check(max, bring(max, "tickets", sheet(heads, ["t", "Mine", name, "", "", "", ""])))
    ] == ["would_be_created"], "their key is free here"
    assert whole(max, "companies", sheet(["id", "Name"], ["c", "Ours now"])) == ["created"]
    assert whole(max, "contacts", sheet(["id", "Company", "Name"], ["p", name, "Our Pat"])) == ["created"]
    with acting(sam):
        assert [list(model.objects.values()) for model in (Company, Contact, Ticket, Queue, Category)] == before


def test_b10_another_companys_file_is_neither_seen_nor_run(max: Membership, sam: Membership) -> None:
    found = bring(max, "companies", ROWS.encode())
    check(max, found)
    browser = sign_in(sam)
    for address in (f"/atlas/imports/{found.pk}/", f"/nordlicht/imports/{found.pk}/"):
        assert browser.get(address).status_code == 404
        assert browser.post(address, {"column-0": "name"}).status_code == 404
        assert browser.post(f"{address}run/").status_code == 404
    for member in (max, sam):
        with scope.tenant(member.tenant_id):
            assert not Company.objects.exists()
