"""What a PDF of ours says: the text of its pages, read back through the table of letters each font carries."""

from __future__ import annotations

import re
import zlib

STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.S)
LETTER = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")
PIECE = re.compile(rb"/F(\d+) [\d.]+ Tf|([-\d.]+) ([-\d.]+) Td|\(((?:\\.|[^\\)])*)\)", re.S)
ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pages(pdf: bytes) -> list[str]:
    """The lines of each page in the order they were drawn, one below the other."""
    streams = [_open(found[1]) for found in STREAM.finditer(pdf)]
    fonts = [_letters(one) for one in streams if b"beginbfchar" in one]
    return [_text(one, fonts) for one in streams if b" Tf" in one]


def text(pdf: bytes) -> str:
    """All pages, each run of blanks as one: a long line that was broken reads on."""
    return " ".join(" ".join(pages(pdf)).split())


def _open(stream: bytes) -> bytes:
    # Packed bytes may end in what looks like the end of a line; what is left of them says all the same.
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return stream


def _letters(stream: bytes) -> dict[int, str]:
    return {int(code, 16): bytes.fromhex(sign.decode()).decode("utf-16-be") for code, sign in LETTER.findall(stream)}


def _text(stream: bytes, fonts: list[dict[int, str]]) -> str:
    found, font = "", fonts[0]
    for number, x, _y, raw in PIECE.findall(stream):
        if number:
            font = fonts[int(number) - 1]
        elif x:
            found += "\n"
        else:
            plain = re.sub(rb"\\(.)", lambda sign: ESCAPED.get(sign[1], sign[1]), raw, flags=re.S)
            found += "".join(font[int.from_bytes(plain[at : at + 2], "big")] for at in range(0, len(plain), 2))
    return found.strip()
