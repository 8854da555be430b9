"""The small files on the demo's tickets: lists, logs, pictures and a page, made here so that none has to be shipped."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from math import cos, sin, tau
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile

WHITE = (255, 255, 255)
INK, PAPER, RAIL, GREEN, AMBER, CABLE = (
    (40, 46, 56),
    (232, 236, 240),
    (96, 106, 120),
    (64, 168, 96),
    (214, 156, 52),
    (52, 116, 190),
)


def paper(name: str, title: str, chance: Random) -> SimpleUploadedFile:
    """A file called `name` about `title`; its ending says what it is."""
    kind = name.rpartition(".")[2]
    content, content_type = {
        "png": lambda: (_rack(chance), "image/png"),
        "pdf": lambda: (_page(title, _log(title, chance)), "application/pdf"),
        "csv": lambda: (_list(chance).encode(), "text/csv"),
    }.get(kind, lambda: ("\n".join(_log(title, chance)).encode(), "text/plain"))()
    return SimpleUploadedFile(name, content, content_type)


def _log(title: str, chance: Random) -> list[str]:
    hour, minute = chance.randint(8, 15), chance.randint(0, 40)
    checks = ("link", "power", "config", "update", "restart", "service", "backup", "test 1", "test 2")
    lines = [
        f"{hour:02d}:{minute + n * 2:02d}  {what:<10} {chance.choice(('ok', 'ok', 'ok', 'ok', 'retried, ok'))}"
        for n, what in enumerate(checks)
    ]
    return [title, "", *lines, "", f"{len(checks)} / {len(checks)}"]


def _list(chance: Random) -> str:
    rows = [f"{n};2.{chance.randint(1, 40):02d}-{chance.choice('AB')};{chance.randint(6, 44)};ok" for n in range(1, 25)]
    return "\n".join(("port;outlet;m;test", *rows)) + "\n"


def _rack(chance: Random, width: int = 240, height: int = 160) -> bytes:
    """A drawing of a rack: three panels of ports, some of them patched."""
    field = [[PAPER] * width for _ in range(height)]

    def box(x: int, y: int, w: int, h: int, colour: tuple[int, int, int]) -> None:
        for line in field[y : y + h]:
            line[x : x + w] = [colour] * w

    for top in (12, 60, 108):
        box(8, top, width - 16, 36, RAIL)
        for port in range(24):
            x, y = 16 + port % 12 * 18, top + 5 + port // 12 * 16
            box(x, y, 12, 10, INK)
            if chance.random() < 0.7:
                box(x + 3, y + 2, 6, 6, chance.choice((GREEN, CABLE, CABLE, AMBER)))
    return _png(field)


def signature(chance: Random, width: int = 300, height: int = 100) -> bytes:
    """A name as a pen leaves it: loops from left to right, dark on white, as PNG."""
    field = [[WHITE] * width for _ in range(height)]
    turns, rise = chance.uniform(4, 6), chance.uniform(18, 28)
    for step in range(4000):
        along = step / 4000
        x = int(20 + along * (width - 60) + 14 * sin(along * turns * tau))
        y = int(height / 2 + rise * (1 - along / 2) * cos(along * turns * tau))
        for line in field[y : y + 3]:
            line[x : x + 3] = [INK] * 3
    return _png(field)


def _png(field: Sequence[Sequence[tuple[int, int, int]]]) -> bytes:
    """Rows of colours as a PNG."""
    rows = b"".join(b"\0" + bytes(value for pixel in line for value in pixel) for line in field)
    width, height = len(field[0]), len(field)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            (b"IDAT", zlib.compress(rows, 9)),
            (b"IEND", b""),
        )
    )


def _page(title: str, lines: list[str]) -> bytes:
    """One page of text, in a font every reader has."""
    shown = [
        line.encode("cp1252", "replace").replace(b"(", b"[").replace(b")", b"]") for line in (title, "", *lines[2:])
    ]
    body = b"BT /F1 12 Tf 60 780 Td 18 TL " + b" ".join(b"(" + line + b") Tj T*" for line in shown) + b" ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R"
        b" /Resources << /Font << /F1 4 0 R >> >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(body), body),
    )
    made, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        made
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (
            len(objects) + 1,
            table,
            len(objects) + 1,
            len(made),
        )
    )
