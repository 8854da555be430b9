"""What bytes really are, whatever was claimed: a picture one can look at, a PDF that only shows pages. Pure.

A PDF can run scripts of its own. No header keeps Chromium from that (docs/security.md tells what was tried), so a PDF
is looked through before a page draws it: whatever can act, or hides where it could not be looked at, is downloaded.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable
from typing import IO, Any

PDF = "application/pdf"
TEXT = "text/plain"
# A picture is unpacked in the browser of everybody who opens the ticket: 40 megapixels are 160 MB there.
MOST_PIXELS = 40_000_000

# Parts of a PDF that do something, fetch something or cannot be looked into.
_ACTS = {
    b"JS", b"JavaScript", b"Launch", b"SubmitForm", b"ImportData", b"ResetForm", b"XFA", b"RichMedia", b"Rendition",
    b"Movie", b"Sound", b"3D", b"GoToR", b"GoToE", b"Encrypt",
}  # fmt: skip
# Names by which the parts are found; written with #41 for A they are meant not to be.
_LANDMARKS = _ACTS | {b"ObjStm", b"Type", b"Filter", b"FlateDecode", b"DecodeParms", b"Predictor"}
_NAME = re.compile(rb"/([^\x00\t\n\f\r ()<>\[\]{}/%]{1,60})")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_BODY = re.compile(rb"stream\r?\n")
_PLAIN_TYPE = re.compile(rb"/Type(?![A-Za-z0-9#])(?!\s*/)")
_FILTER = re.compile(rb"/Filter\s*(/FlateDecode|\[\s*/FlateDecode\s*\])(?![A-Za-z0-9])")
_LONGEST_HEAD = 4096
_MOST_UNPACKED = 32 * 1024 * 1024
_MOST_STREAMS = 20_000


def picture_type(file: IO[bytes]) -> str:
    """The type of a picture of bearable size, from its head; "" for anything else. Nothing is unpacked."""
    file.seek(0)
    head = file.read(32)
    for kind, (begins, measure) in PICTURES.items():
        if head.startswith(begins):
            try:
                width, height = measure(head, file)
            except (struct.error, IndexError, KeyError):
                return ""
            return kind if 0 < width * height <= MOST_PIXELS else ""
    return ""


def _pair(layout: str, head: bytes, at: int) -> tuple[int, int]:
    width, height = struct.unpack_from(layout, head, at)
    return width, height


def _jpeg(head: bytes, file: IO[bytes]) -> tuple[int, int]:
    """From marker to marker until the one that says how large it is."""
    at = 2
    while True:
        file.seek(at)
        mark, kind, length = struct.unpack(">BBH", file.read(4))
        if mark != 0xFF or length < 2:
            raise KeyError(kind)
        if 0xC0 <= kind <= 0xCF and kind not in {0xC4, 0xC8, 0xCC}:
            _depth, height, width = struct.unpack(">BHH", file.read(5))
            return width, height
        at += 2 + length


def _webp(head: bytes, file: IO[bytes]) -> tuple[int, int]:
    """Three ways of writing it, each with its own place for the size."""
    if head[8:12] != b"WEBP":
        raise KeyError("WEBP")
    if head[12:16] == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = _pair("<HH", head, {b"VP8 ": 26}[head[12:16]])
    return width & 0x3FFF, height & 0x3FFF


# Drawn by the browser in the page: how each begins, and where it says its width and height.
PICTURES: dict[str, tuple[bytes, Callable[[bytes, IO[bytes]], tuple[int, int]]]] = {
    "image/png": (b"\x89PNG\r\n\x1a\n", lambda head, file: _pair(">II", head, 16)),
    "image/jpeg": (b"\xff\xd8\xff", _jpeg),
    "image/gif": (b"GIF8", lambda head, file: _pair("<HH", head, 6)),
    "image/webp": (b"RIFF", _webp),
}


def only_shows(pdf: bytes) -> bool:
    """Whether a PDF does nothing but show pages: no script, no program, nothing encrypted, nothing out of sight."""
    if not pdf.startswith(b"%PDF-") or _PLAIN_TYPE.search(pdf) or _acts(pdf):
        return False
    packed, left = _packed_objects(pdf), _MOST_UNPACKED
    for begins, ends in packed if packed is not None else ():
        reader = zlib.decompressobj()
        try:
            unpacked = reader.decompress(pdf[begins:ends], left + 1)
        except zlib.error:
            return False
        left -= len(unpacked) + ends - begins
        if left < 0 or not reader.eof or reader.unused_data.strip() or _acts(unpacked):
            return False
    return packed is not None


def _acts(said: bytes) -> bool:
    for name in set(_NAME.findall(said)):
        if b"#" in name and (name := _ESCAPED.sub(_letter, name)) in _LANDMARKS:
            return True
        if name in _ACTS:
            return True
    return False


def _letter(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 16)])


def _packed_objects(pdf: bytes) -> list[tuple[int, int]] | None:
    """Where the streams that hold objects begin and end; None where one is packed in a way that is not read here."""
    found: list[tuple[int, int]] = []
    at, ends = pdf.find(b"/ObjStm"), 0
    while at >= 0:
        body, earliest = _BODY.search(pdf, at, at + _LONGEST_HEAD), max(0, at - _LONGEST_HEAD)
        if body and ends < body.end():
            ends = pdf.find(b"endstream", body.end())
        if body is None or ends < 0 or len(found) >= _MOST_STREAMS:
            return None
        head = pdf[max(pdf.rfind(b"obj", earliest, at), earliest) : body.start()]
        if b"/Filter" in head:
            if not _FILTER.search(head) or b"/DecodeParms" in head or b"/DP" in head:
                return None
            found.append((body.end(), ends))
        at = pdf.find(b"/ObjStm", body.end())
    return found


def as_text(content: bytes) -> str:
    """Bytes as text: UTF-8 if they are, else every byte a letter. Nothing is refused."""
    marked: Any = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}.get(content[:2], "utf-8-sig")
    try:
        return content.decode(marked)
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
