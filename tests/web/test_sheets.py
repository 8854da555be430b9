"""CSV is exactly what is shown, and no spreadsheet runs it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from django.utils.translation import override

from psa.directory.models import Company
from psa.tenancy import scope, services
from psa.web import sheets
from psa.web.figures import numbers_as
from tests.conftest import sign_in

FORMULAS = [
    "=1+1",
    "+1",
    "-1+1|cmd",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1+1",
    '=HYPERLINK("https://evil.example";"x")',
    "＝1+1",
    "=cmd|' /C calc'!A0",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_b9_text_that_begins_like_a_formula_gets_an_apostrophe(text):
    assert sheets.safe_cell(text) == "'" + text


@pytest.mark.parametrize("value", ["Reederei", "1,5 h", "a=b", "O'Neill", "", 12, Decimal("-0.25"), "’quoted"])
def test_b9_everything_else_stays_as_it_is(value):
    assert sheets.safe_cell(value) == value


def test_moments_are_written_in_the_readers_zone(settings):
    assert sheets.safe_cell(datetime(2025, 7, 1, 10, 30, tzinfo=UTC)) == "2025-07-01 10:30"
    assert sheets.safe_cell(None) == ""


@pytest.mark.parametrize(
    ("language", "numbers", "line"),
    [
        ("de", "", "Netto;-1234,50;12\r\n"),
        ("lv", "", "Netto;-1234,50;12\r\n"),
        ("en", "", "Netto,-1234.50,12\r\n"),
        ("en", "fr", "Netto;-1234,50;12\r\n"),
        ("de", "de-CH", "Netto;-1234.50;12\r\n"),
    ],
)
def test_numbers_are_written_as_the_company_writes_them(language, numbers, line):
    with override(language), numbers_as(numbers):
        assert sheets._line(["Netto", Decimal("-1234.50"), 12]) == line


class OneMoment:
    """A list of one row, opened on a summer's night."""

    columns = ()
    list = type("Of", (), {"export_limit": None, "name": "moments"})

    def fetch(self, cursor, count):
        return [] if cursor else [(type("Row", (), {"id": 1}), "")]

    def cells(self, rows, plain):
        return [[datetime(2025, 7, 1, 22, 30, tzinfo=UTC)] for _row in rows]


def test_a_sheet_keeps_the_zone_of_its_request_though_it_is_streamed_after_it():
    with timezone.override(ZoneInfo("Europe/Riga")):
        response = sheets.answer(OneMoment())
    assert rows_of(response, ",")[1] == ["2025-07-02 01:30"]


def rows_of(response, delimiter=";"):
    text = b"".join(response.streaming_content).decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:]), delimiter=delimiter))


@pytest.fixture
def book(nordlicht):
    with scope.tenant(nordlicht):
        Company.objects.bulk_create([Company(name=f"Kunde {i:04}", number=f"={i}") for i in range(1203)])
        Company.objects.create(name='Größe "Süd"; <b>AG</b>', kind="vendor", number="x\r\ny")


def test_the_sheet_has_every_row_once_in_order(book, max):
    found = rows_of(sign_in(max).get("/nordlicht/companies/?format=csv"))
    assert found[0] == ["Name", "Kind", "Number", "Rate", "Twice"]
    names = [row[0] for row in found[1:]]
    assert len(names) == 1204
    assert names == sorted(names)
    assert found[2][2] == "'=0"


def test_the_sheet_is_what_is_shown(book, max):
    response = sign_in(max).get("/nordlicht/companies/?format=csv&kind=vendor&cols=number,name,made")
    found = rows_of(response)
    assert found[0] == ["Number", "Name", "Made"]
    assert found[1][:2] == ["x\r\ny", 'Größe "Süd"; <b>AG</b>']
    assert len(found) == 2
    assert response["Content-Disposition"].startswith('attachment; filename="companies-')
    assert response["Content-Type"] == "text/csv; charset=utf-8"


def test_readers_of_english_get_commas(book, max):
    client = sign_in(max)
    client.post("/language/", {"language": "en"})
    assert rows_of(client.get("/nordlicht/companies/?format=csv&kind=vendor"), ",")[1][0].startswith("Größe")


def test_who_may_not_export_is_told_which_right_is_missing(book, nordlicht):
    reader = services.add_member(nordlicht, "lu@nordlicht.example", "Lu", "read-only")
    response = sign_in(reader).get("/nordlicht/companies/?format=csv")
    assert response.status_code == 403
    assert "export.csv" in response.content.decode()
    assert "format=csv" not in sign_in(reader).get("/nordlicht/companies/").content.decode()


def test_a_sheet_stops_somewhere_and_says_so(book, max, monkeypatch):
    monkeypatch.setattr(sheets, "LIMIT", 20)
    monkeypatch.setattr(sheets, "CHUNK", 10)
    found = rows_of(sign_in(max).get("/nordlicht/companies/?format=csv"))
    assert len(found) == 22
    assert "20" in found[-1][0]
