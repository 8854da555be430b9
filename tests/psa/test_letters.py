"""Letters and tables on paper: where they go, what is in them, what they come to."""

from __future__ import annotations

from psa.paper.document import Column, Document, Fact, Letterhead, Row, Table, Text, WriteOn, pdf
from tests import paper

HEAD = Letterhead(
    "Nordlicht IT · Kai 1 · 24103 Kiel",
    ("Reederei Hansen", "Kaistraße 3", "24103 Kiel"),
    (Fact("Number", "R-2026-00001"), Fact("Date", "2 March 2026")),
    ("Nordlicht IT\nKai 1", "DE02 1203 0000 0000 2020 51", "VAT id DE123456788"),
)
COLUMNS = (Column("Pos.", 1), Column("Name", 8), Column("Amount", 3, True))


def made(rows: int, is_archived: bool = False) -> bytes:
    table = Table(
        COLUMNS,
        [Row((str(place), f"Work {place}", "100,00 €"), "with a remark") for place in range(1, rows + 1)],
        (("Net", "100,00 €", False), ("To be paid", "119,00 €", True)),
    )
    document = Document("Nordlicht IT", "Invoice R-2026-00001", "March", "en", [table, Text("Thank you.")],
                        letterhead=HEAD, is_archived=is_archived)  # fmt: skip
    return pdf(document)


def test_a_letter_says_where_it_goes_what_it_is_and_what_it_comes_to() -> None:
    found = paper.text(made(2))
    for said in ("Reederei Hansen", "Kaistraße 3", "R-2026-00001", "Work 2", "with a remark", "119,00 €", "Thank you."):
        assert said in found
    assert found.count("VAT id DE123456788") == 1


def test_heads_and_foot_are_on_every_page() -> None:
    pages = paper.pages(made(60))
    assert len(pages) > 2
    assert all("Pos." in page and "VAT id DE123456788" in page for page in pages[:-1])


def test_a_row_and_its_words_stay_on_one_page() -> None:
    words = "Checked, measured and written down with everybody who was there. " * 6
    table = Table(COLUMNS, [Row((str(place), f"Work {place}", "1,00 €"), words) for place in range(1, 31)])
    found = paper.pages(pdf(Document("Nordlicht IT", "Invoice", "", "en", [table], letterhead=HEAD)))
    assert len(found) > 2
    assert all("Pos." in page for page in found)
    assert all(page.count("Work ") == page.count("who was there") / 6 for page in found)


def test_where_nothing_is_written_there_are_no_lines_to_write_on() -> None:
    signed = pdf(Document("Nordlicht IT", "Note", "", "en", [WriteOn("Received", 0, ["Name"])], letterhead=HEAD))
    assert {"Received", "Name"} <= set(paper.text(signed).split())


def test_a_letter_can_carry_files() -> None:
    assert b"pdfaid:part" in made(1, is_archived=True)
