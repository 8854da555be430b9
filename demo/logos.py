"""The logos of the demo's companies, drawn here: a mark of a few shapes, as good on white paper as on a dark page."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

# In pixels of the finished picture; drawn larger and made smaller, which smooths the edges.
SIDE, SHARP = 192, 4


def upload(slug: str) -> SimpleUploadedFile:
    """A company's logo as PNG, as its administrator would upload it."""
    mark, colours = MARKS[slug]
    picture = Image.new("RGBA", (SIDE * SHARP, SIDE * SHARP))
    mark(ImageDraw.Draw(picture), colours)
    made = BytesIO()
    picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(made, "PNG")
    return SimpleUploadedFile("logo.png", made.getvalue(), "image/png")


def _large(*sides: int) -> list[int]:
    return [side * SHARP for side in sides]


def _northern_light(pen: Any, colours: tuple[str, ...]) -> None:
    """Three arcs above the horizon, and the star they lead to."""
    star, *arcs = colours
    for place, colour in enumerate(arcs):
        inset = 8 + place * 28
        box = _large(inset, 30 + inset, SIDE - inset, 30 + 2 * SIDE - 3 * inset)
        pen.arc(box, 180, 360, fill=colour, width=18 * SHARP)
    points = ((96, 0), (104, 22), (126, 30), (104, 38), (96, 60), (88, 38), (66, 30), (88, 22))
    pen.polygon([tuple(_large(x, y)) for x, y in points], fill=star)


def _waves(pen: Any, colours: tuple[str, ...]) -> None:
    """Three rows of waves."""
    for row, colour in enumerate(colours):
        for place in range(3):
            left, top = place * 62, 24 + row * 48
            pen.arc(_large(left, top, left + 68, top + 60), 20, 160, fill=colour, width=18 * SHARP)


def _globe(pen: Any, colours: tuple[str, ...]) -> None:
    """A globe with its meridian and equator."""
    ring, lines = colours
    pen.ellipse(_large(8, 8, SIDE - 8, SIDE - 8), outline=ring, width=18 * SHARP)
    pen.ellipse(_large(62, 14, SIDE - 62, SIDE - 14), outline=lines, width=11 * SHARP)
    pen.line(_large(18, SIDE // 2, SIDE - 18, SIDE // 2), fill=lines, width=11 * SHARP)


MARKS: dict[str, tuple[Callable[[Any, tuple[str, ...]], None], tuple[str, ...]]] = {
    "nordlicht": (_northern_light, ("#e0a526", "#0f7f7f", "#19a896", "#7fcfae")),
    "baltic": (_waves, ("#7fb2d9", "#3f87bf", "#2a68a0")),
    "atlas": (_globe, ("#b3541e", "#e08e36")),
}
