"""CSV comes in: read whatever it is, checked row by row without a trace, brought in once (B9, B10)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from psa.batches import batches
from psa.batches.models import Batch, BatchLine
from psa.directory.models import Company, Contact
from psa.imports import reading, services, subjects
from psa.imports.models import Import, ImportKey
from psa.journal.models import Entry
from psa.tenancy import scope
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from psa.web.refusals import sentence
from psa.web.sheets import plain_cell, safe_cell
from tests.conftest import acting, sign_in
from tests.races import race
from tickets.models import Queue, Ticket

URL = "/nordlicht/imports/"
ROWS = "Name,Number,E-mail\nMüller GmbH,K-1,info@mueller.example\nĀbele SIA,K-2,\n"


def sheet(heads: Iterable[str], *rows: Iterable[str], separator: str = ",") -> bytes:
    made = io.StringIO()
    csv.writer(made, delimiter=separator).writerows([list(heads), *map(list, rows)])
    return made.getvalue().encode()


def bring(member: Membership, subject: str, data: bytes) -> Import:
    found = subjects.named(subject)
    assert found is not None
    with acting(member) as by:
        return services.take(found, "file.csv", data, by=by)


def passed(member: Membership, found: Import, verb: Any, *args: Any) -> list[tuple[str, str]]:
    """One pass: for each row what came of it, and its sentence's parameters' field."""
    with acting(member) as by:
        batch = verb(found, *args, by=by)
    batches.work()
    with scope.tenant(member.tenant_id):
        lines = BatchLine.objects.filter(batch=batch).order_by("position")
        return [(one.code.removeprefix("import."), one.detail.get("field", "")) for one in lines]


def check(member: Membership, found: Import) -> list[tuple[str, str]]:
    return passed(member, found, services.check, found.columns)


def run(member: Membership, found: Import) -> list[tuple[str, str]]:
    return passed(member, found, services.run)


def whole(member: Membership, subject: str, data: bytes) -> list[str]:
    """Check and run; the results of the run."""
    found = bring(member, subject, data)
    check(member, found)
    return [code for code, _field in run(member, found)]


# Reading --------------------------------------------------------------------------------------------------------------
def test_b10_a_file_is_read_whatever_its_letters_and_separator() -> None:
    german = ROWS.replace("Ābele", "Aebele")
    for name, data in {
        "utf-8": ROWS.encode(),
        "utf-8 with a mark": ROWS.encode("utf-8-sig"),
        "utf-16 with a mark": ROWS.encode("utf-16"),
        "utf-16-le": ROWS.encode("utf-16-le"),
        "utf-16-be": ROWS.encode("utf-16-be"),
        "cp1252": german.encode("cp1252"),
        "semicolons": ROWS.replace(",", ";").encode(),
        "tabs": ROWS.replace(",", "\t").encode(),
        "carriage returns": ROWS.replace("\n", "\r\n").encode(),
        "old ones": ROWS.replace("\n", "\r").encode(),
    }.items():
        read = reading.read(data)
        assert read.heads == ["Name", "Number", "E-mail"], name
        assert read.rows[0] == ["Müller GmbH", "K-1", "info@mueller.example"], name
        assert [row[0][-3:] for row in read.rows] == ["mbH", "SIA"], name


def test_b10_what_is_no_table_is_refused_in_words() -> None:
    for data, code in (
        (b"", "no_rows"),
        (b"Name,Number\n", "no_rows"),
        (b"\n\n  \n", "no_rows"),
        (b"PK\x03\x04\x14\x00\x06\x00" + bytes(range(256)) * 4, "not_text"),
        (b"Name\n\x81\x8d\xff", "not_text"),
        (b"Name\n" + b"a" * 200_000, "not_text"),
        (b"Name\n" + b"x\n" * 1_000_000, "too_many_rows"),
        (b"a," * 100 + b"\n1\n", "too_many_columns"),
        (b"x" * (reading.LARGEST + 1), "too_large"),
    ):
        with pytest.raises(Refused) as refused:
            reading.read(data)
        assert refused.value.code == f"import.{code}", data[:20]
        for language in ("en", "de", "lv"):
            with override(language):
                assert "(import." not in sentence(refused.value.code, refused.value.params)


def test_b9_the_guard_against_formulas_comes_off_again() -> None:
    for text in (
        "=1+1", "+49 431 1", "-", "@x", "\tx", "  =x", "＝x", "'=x", "''=x", "'quoted'", "'", "O'Brien", "-5", "",
    ):  # fmt: skip
        kept = safe_cell(text)
        assert plain_cell(kept) == text, text
        assert not kept.lstrip().startswith(("=", "+", "-", "@", "＝")), text


def test_columns_are_guessed_in_three_languages_and_remembered(max: Membership) -> None:
    for heads, expected in (
        (["Name", "Customer number", "mail"], ["name", "number", "email"]),
        (["Firma", "Kundennummer", "E-Mail"], ["name", "number", "email"]),
        (["Uzņēmums", "Klienta numurs", "Tālrunis"], ["name", "number", "phone"]),
        (["Name", "name", "Umsatz"], ["name", "", ""]),
    ):
        found = subjects.named("companies")
        assert found is not None
        guessed = subjects.guess(found, heads)
        assert guessed[:2] == expected[:2] and guessed[2] in {expected[2], ""}, heads
    first = bring(max, "companies", sheet(["Wer", "Umsatz"], ["A", "1"]))
    assert first.columns == ["", ""]
    passed(max, first, services.check, ["name", ""])
    assert bring(max, "companies", sheet(["Wer", "Umsatz"], ["B", "2"])).columns == ["name", ""]


# Check and run --------------------------------------------------------------------------------------------------------
def test_b10_the_check_names_every_row_and_leaves_nothing(max: Membership, company: Company, sam: Membership) -> None:
    with scope.tenant(sam.tenant_id):
        theirs = Company.objects.create(name="Theirs", number="T-1")
        ImportKey.objects.create(subject="companies", key="7", row_id=theirs.pk)
    found = bring(
        max,
        "companies",
        sheet(
            ["id", "Name", "Type", "Number", "E-mail"],
            ["1", "New one", "Kunde", "K-1", "a@b.example"],
            ["2", "Reederei Hansen", "", "", ""],
            ["3", "Reederei Hansen", "vendor", "", ""],
            ["4", "", "", "", ""],
            ["5", "Bad mail", "", "", "nonsense"],
            ["6", "Bad type", "Freund", "", ""],
            ["1", "Twice", "", "", ""],
            ["7", "=HYPERLINK(1)", "", "T-1", ""],
            ["8", "x" * 161, "", "", ""],
        ),
    )
    with scope.tenant(max.tenant_id):
        before = Company.objects.count(), Entry.objects.filter(subject_type="company").count()
    assert check(max, found) == [
        ("would_be_created", ""),
        ("would_be_unchanged", ""),
        ("would_be_updated", ""),
        ("missing", "companies.name"),
        ("unreadable", "companies.email"),
        ("unknown", "companies.kind"),
        ("key_twice", ""),
        ("would_be_created", ""),
        ("too_long", "companies.name"),
    ]
    with scope.tenant(max.tenant_id):
        assert (Company.objects.count(), Entry.objects.filter(subject_type="company").count()) == before
        assert not ImportKey.objects.exists()
    with scope.tenant(sam.tenant_id):
        assert Company.objects.get().name == "Theirs"


def test_a_file_comes_in_once_and_the_next_one_changes_what_is_there(max: Membership, company: Company) -> None:
    assert whole(max, "companies", sheet(["id", "Name"], ["1", "Kanzlei"], ["2", "Reederei Hansen"])) == [
        "created",
        "unchanged",
    ]
    again = sheet(["id", "Name", "Phone"], ["1", "Kanzlei am Markt", "+49 1"], ["2", "Reederei Hansen", ""])
    assert whole(max, "companies", again) == ["updated", "unchanged"]
    assert whole(max, "companies", again) == ["unchanged", "unchanged"]
    with scope.tenant(max.tenant_id):
        assert sorted(Company.objects.values_list("name", flat=True)) == ["Kanzlei am Markt", "Reederei Hansen"]
        assert Company.objects.get(name="Kanzlei am Markt").phone == "+49 1"
    people = sheet(["Company", "Name", "E-mail"], ["Kanzlei am Markt", "Ann", "ann@x.example"], ["Nobody", "B", ""])
    assert whole(max, "contacts", people) == ["created", "unknown"]
    renamed = sheet(["Company", "Name", "E-mail"], ["Kanzlei am Markt", "Ann Lee", "ann@x.example"])
    assert whole(max, "contacts", renamed) == ["updated"]
    with scope.tenant(max.tenant_id):
        assert Contact.objects.get(email="ann@x.example").name == "Ann Lee"


def test_a_vat_id_that_cannot_be_is_said_and_one_of_before_stays(max: Membership, company: Company) -> None:
    with scope.tenant(max.tenant_id):
        Company.objects.filter(pk=company.pk).update(vat_id="DE1")
    heads = ["Name", "VAT id"]
    data = sheet(heads, ["Kanzlei", "de 136 695 976"], ["Bad", "DE123456789"], [company.name, "DE1"])
    assert whole(max, "companies", data) == ["created", "unreadable", "unchanged"]
    assert whole(max, "companies", data) == ["unchanged", "unreadable", "unchanged"]
    with scope.tenant(max.tenant_id):
        assert Company.objects.get(name="Kanzlei").vat_id == "DE136695976"


def test_tickets_come_in_by_their_own_key(max: Membership, company: Company, cleo: Contact, queue: Queue) -> None:
    heads = ["id", "Title", "Customer", "Contact", "Priority", "Due"]
    data = sheet(
        heads,
        ["A-1", "=printer", company.name, cleo.name, "Hoch", "24.12.2030"],
        ["A-2", "Second", "Nobody", "", "", ""],
        ["", "Without key", company.name, "", "", ""],
        ["A-4", "Third", company.name, "", "", "soon"],
    )
    assert whole(max, "tickets", data) == ["created", "unknown", "missing", "unreadable"]
    with scope.tenant(max.tenant_id):
        made = Ticket.objects.get()
        assert (made.title, made.contact_id, made.priority) == ("=printer", cleo.pk, 2)
    assert whole(max, "tickets", data)[0] == "unchanged"
    with scope.tenant(max.tenant_id):
        assert Ticket.objects.count() == 1


def test_b9_what_we_export_comes_in_again_as_the_same(max: Membership, queue: Queue, company: Company) -> None:
    names = ["=1+1", "+Plus", "'=quoted", 'Ä;Ö,"ü"', "Line\nbreak"]
    with scope.tenant(max.tenant_id):
        for number, name in enumerate(names):
            Company.objects.create(name=name, number=f"-{number}", phone="+371 2")
    client = sign_in(max)
    exported = b"".join(client.get("/nordlicht/companies/?format=csv").streaming_content)
    results = whole(max, "companies", exported)
    assert results == ["unchanged"] * (len(names) + 1), exported
    whole(max, "tickets", sheet(["id", "Title", "Customer"], ["1", "-minus", company.name], ["2", "'x", company.name]))
    exported = b"".join(client.get("/nordlicht/tickets/?format=csv").streaming_content)
    assert whole(max, "tickets", exported) == ["unchanged"] * 2, exported


def test_only_a_checked_file_runs_and_it_runs_once(max: Membership) -> None:
    found = bring(max, "companies", ROWS.encode())
    with acting(max) as by:
        with pytest.raises(Refused, match="import.not_checked"):
            services.run(found, by=by)
        for columns, code in (
            (["name", "name", ""], "column_twice"), (["", "number", ""], "column_missing"),
            (["name"], "columns_changed"),
            (["name", "tenant_id", ""], "columns_changed"), (["name", "pk", ""], "columns_changed"),
        ):  # fmt: skip
            with pytest.raises(Refused, match=f"import.{code}"):
                services.check(found, columns, by=by)
    check(max, found)
    assert [code for code, _ in run(max, found)] == ["created", "created"]
    with acting(max) as by:
        for again in (lambda: services.run(found, by=by), lambda: services.check(found, found.columns, by=by)):
            with pytest.raises(Refused, match="import.ran_already"):
                again()
        assert Import.objects.get().rows == []


@pytest.mark.django_db(transaction=True)
def test_a_double_click_runs_it_once(max: Membership) -> None:
    found = bring(max, "companies", ROWS.encode())
    check(max, found)

    def click() -> str:
        try:
            with acting(max) as by:
                services.run(found, by=by)
            return "ran"
        except Refused as refused:
            return refused.code

    assert sorted(race(click, click)) == ["import.ran_already", "ran"]
    batches.work()
    with scope.tenant(max.tenant_id):
        assert Company.objects.count() == 2


def test_a_run_goes_on_where_it_stopped(max: Membership) -> None:
    found = bring(max, "companies", sheet(["Name"], *([f"No. {n}"] for n in range(25))))
    check(max, found)
    with acting(max) as by:
        batch = services.run(found, by=by)
        assert batches.step(batch.pk) and Company.objects.count() == 10
    batches.work()
    with scope.tenant(max.tenant_id):
        assert Company.objects.count() == 25 and Batch.objects.get(pk=batch.pk).done == 25


# Pages ----------------------------------------------------------------------------------------------------------------
def test_the_way_from_the_file_to_the_rows(max: Membership, ada: Membership, sam: Membership) -> None:
    client = sign_in(max)
    upload = SimpleUploadedFile("kunden.csv", ROWS.encode())
    page = client.post(URL, {"subject": "companies", "upload": upload})["Location"]
    assert "Müller GmbH" in client.get(page).content.decode()
    wrong = client.post(page, {"column-0": "", "column-1": "number"})
    assert wrong.status_code == 422 and 'value="number" selected' in wrong.content.decode()
    chosen = {"column-0": "name", "column-1": "number", "column-2": "email"}
    assert client.post(page, chosen)["Location"] == page
    assert f'action="{page}run/"' in client.get(page).content.decode()
    assert client.post(f"{page}run/")["Location"] == page
    with scope.tenant(max.tenant_id):
        assert Company.objects.count() == 2
    assert f'action="{page}run/"' not in client.get(page).content.decode()
    assert client.post(f"{page}run/").status_code == 409
    assert sign_in(ada).get(page).status_code == 403
    assert sign_in(sam).get(page.replace("nordlicht", "atlas")).status_code == 404
    with acting(ada) as by, pytest.raises(Denied):
        services.take(subjects.all_of_them()[0], "x", ROWS.encode(), by=by)


def test_a_file_that_cannot_be_read_says_so_on_the_page(max: Membership) -> None:
    client = sign_in(max)
    for data in (b"\x00\x01\x02", b"Name\n"):
        answer = client.post(URL, {"subject": "companies", "upload": SimpleUploadedFile("x.csv", data)})
        assert answer.status_code == 422 and "errorlist" in answer.content.decode()
    assert client.post(URL, {"subject": "tenants"}).status_code == 422


def test_the_pages_cost_the_same_with_many_rows(max: Membership) -> None:
    small = bring(max, "companies", sheet(["Name"], ["A"]))
    large = bring(max, "companies", sheet(["Name"], *([f"B{n}"] for n in range(300))))
    client = sign_in(max)
    for found in (small, large):
        check(max, found)
    spent = []
    for url in (f"{URL}{small.pk}/", f"{URL}{large.pk}/", URL):
        client.get(url)
        with CaptureQueriesContext(connection) as made:
            client.get(url)
        spent.append(len(made))
    assert spent[0] == spent[1] <= 12 and spent[2] <= 12
