"""Small files that are what they say they are, and some that are not, for tests that send them."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

from PIL import Image

ALERT = b"app.alert('x')"


def picture(kind: str = "PNG", width: int = 2, height: int = 2) -> bytes:
    """A picture of this size."""
    made = BytesIO()
    Image.new("RGB", (width, height), (40, 90, 200)).save(made, kind)
    return made.getvalue()


PNG = picture()


def giant(width: int = 60_000, height: int = 60_000) -> bytes:
    """The head of a PNG of that many pixels: what a browser would have to find room for, in 60 bytes."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))]
    for body in (b"IDAT" + zlib.compress(b"\0"), b"IEND"):
        chunks.append(struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def pdf(*objects: bytes) -> bytes:
    """A PDF of one page, and these objects besides."""
    page = (
        b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]>>endobj\n"
    )
    return b"%PDF-1.7\n" + page + b"\n".join(objects) + b"\ntrailer<</Root 1 0 R>>\n%%EOF"


def packed(inner: bytes, more: bytes = b"/Filter/FlateDecode", body: bytes | None = None) -> bytes:
    """An object stream with something in it."""
    body = zlib.compress(inner) if body is None else body
    head = b"9 0 obj<</Type/ObjStm/N 1/First 4/Length %d%s>>" % (len(body), more)
    return head + b"stream\r\n" + body + b"\r\nendstream endobj"
