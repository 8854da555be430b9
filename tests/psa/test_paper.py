"""Paper: what a document says is on its pages, whatever was written into it, and nobody pays who prints nothing."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import override
from PIL import Image

from psa.paper.document import Document, Fact, Facts, Heading, Text, WriteOn, pdf
from tests import paper

FONTS = Path(settings.BASE_DIR) / "psa/paper/fonts"


def made(*blocks: Facts | Heading | Text | WriteOn, subject: str = "Replace the switch") -> bytes:
    return pdf(Document("Baltic Service", "Work order 1001", subject, "en", blocks))


def test_every_block_is_on_the_page_in_its_order() -> None:
    found = paper.text(
        made(
            Facts([Fact("Lead", "Nordlicht IT"), Fact("By", "Friday", "Nordlicht: Thursday"), Fact("Hours", "5:00 h")]),
            Heading("Where"),
            Text("Uriekstes iela 3\n\nRing."),
            Text("Nothing else.", is_quiet=True),
            WriteOn("Done on site", 4, ["Date", "Signature"]),
        )
    )
    said = ["Baltic Service", "Work order 1001", "Replace the switch", "Nordlicht IT", "Friday", "Nordlicht: Thursday"]
    said += ["5:00 h", "Where", "Uriekstes iela 3", "Ring.", "Nothing else.", "Done on site", "Date", "Signature"]
    assert sorted(said, key=found.index) == said


def test_the_letters_of_our_languages_are_letters() -> None:
    sentence = "Größe äöüÄÖÜß – „so“ · Ģērbtuvē šķūņi čaukst ļoti žēli, āēīū · Привет · 5 €"
    assert sentence in paper.text(made(Text(sentence)))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Danke 👍🏽 bis morgen", "Danke □ bis morgen"),
        ("👩‍🔧 vor Ort", "□ vor Ort"),
        ("漢字", "□"),
        ("a\u200bb\x07c\x0b", "abc"),
        ("u\u0308ber", "über"),
        ("one\ttwo", "one two"),
    ],
)
def test_what_the_font_has_no_letter_for_is_one_box(written: str, read: str) -> None:
    assert read in paper.text(made(Text(written)))


def test_a_word_longer_than_a_line_is_broken_and_nothing_of_it_is_lost() -> None:
    word = "Donaudampfschifffahrt" * 20
    for block in (Text(word), Facts([Fact("Site", word), Fact("Next", "x")]), Heading(word)):
        assert word in paper.text(made(block)).replace(" ", ""), block
    assert word in paper.text(made(subject=word)).replace(" ", "")


def test_long_texts_go_on_and_every_page_has_its_number_and_its_title() -> None:
    pages = paper.pages(made(*[Text(f"Paragraph {n}. {'Lorem ipsum dolor sit amet. ' * 20}") for n in range(40)]))
    assert len(pages) > 3
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
        assert "Work order 1001" in page
    assert all(f"Paragraph {n}." in "".join(pages) for n in range(40))


def test_a_value_longer_than_half_a_page_stands_alone() -> None:
    long = "Hof, Tor 3, klingeln. " * 200
    pages = paper.pages(made(Facts([Fact("Site", long), Fact("Contact", "Cleo")])))
    assert "Cleo" in "".join(pages) and " ".join(long.split()) in " ".join(
        "".join(f" {page}" for page in pages).split()
    )


def test_what_is_signed_is_not_torn_from_its_lines() -> None:
    for count in range(20, 60, 4):
        pages = paper.pages(made(Text("\n".join(["x"] * count)), WriteOn("Done on site", 5, ["Date", "Signature"])))
        assert [("Done on site" in page, "Signature" in page) for page in pages].count((True, True)) == 1, count


def test_the_senders_logo_stands_on_the_first_page_and_no_word_is_lost_for_it() -> None:
    drawn = BytesIO()
    Image.new("RGBA", (600, 200), (0, 90, 100, 255)).save(drawn, "PNG")
    blocks = [Text("\n".join(["x"] * 90))]
    document = Document("Baltic Service", "Work order 1001", "Replace " * 40, "en", blocks, drawn.getvalue())
    with_logo, without = pdf(document), pdf(replace(document, logo=b""))
    assert with_logo.count(b"/Subtype /Image") > 0 == without.count(b"/Subtype /Image")
    assert with_logo.count(b"/Subtype /Image") <= 2, "the picture and its mask, once for all pages"
    assert sorted(paper.text(with_logo).split()) == sorted(paper.text(without).split())


def test_page_numbers_are_in_the_readers_language() -> None:
    for language, said in (("de", "Seite 1 von 1"), ("lv", "1. lapa no 1"), ("en", "Page 1 of 1")):
        with override(language):
            assert said in paper.text(made()), language


def test_the_fonts_are_what_they_were() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|", (FONTS / "README.md").read_text(), re.M)
    assert {name for name, _sum in rows} == {path.name for path in FONTS.glob("*.ttf")}
    for name, checksum in rows:
        assert hashlib.sha256((FONTS / name).read_bytes()).hexdigest() == checksum


def test_a_process_that_prints_nothing_does_not_load_what_draws() -> None:
    """ADR 20: every page of the portal is loaded, fpdf2 is not."""
    look = (
        "import sys, django; django.setup(); import psa.urls; import psa.celery;"
        " print(sorted({name.partition('.')[0] for name in sys.modules} & {'fpdf', 'fontTools', 'PIL'}))"
    )
    said = subprocess.run(
        [sys.executable, "-c", look], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True,
        env={"DJANGO_SETTINGS_MODULE": "psa.settings", "PSA_NO_BOOTSTRAP": "1"},
    )  # fmt: skip
    assert said.stdout.strip() == "[]"
