"""What Outlook wraps into winmail.dat: the plain text and the files in it (TNEF, MS-OXTNEF). Pure.

Only the old attributes are read, which carry both; the property streams beside them are left alone.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

SIGNATURE = 0x223E9F78
MOST = 5000
BODY, TITLE, DATA, BEGINS = 0x0002800C, 0x00018010, 0x0006800F, 0x00069002


@dataclass(slots=True)
class Wrapped:
    """What was inside. `is_whole` is whether it could be read to its end."""

    text: bytes = b""
    files: list[tuple[bytes, bytes]] = field(default_factory=list)
    is_whole: bool = False


def read(content: bytes) -> Wrapped:
    """Unwrap; of something broken, as much as there is."""
    found = Wrapped()
    if len(content) < 6 or struct.unpack_from("<I", content)[0] != SIGNATURE:
        return found
    at = 6
    for _step in range(MOST):
        if at == len(content):
            found.is_whole = True
            return found
        if at + 11 > len(content):
            return found
        _level, kind, length = struct.unpack_from("<BII", content, at)
        begins, at = at + 9, at + 9 + length + 2
        if at > len(content):
            return found
        _take(found, kind, content[begins : begins + length])
    return found


def _take(found: Wrapped, kind: int, value: bytes) -> None:
    if kind == BODY:
        found.text = value.rstrip(b"\0")
    elif kind == BEGINS:
        found.files.append((b"", b""))
    elif kind == TITLE and found.files:
        found.files[-1] = (value.rstrip(b"\0"), found.files[-1][1])
    elif kind == DATA and found.files:
        found.files[-1] = (found.files[-1][0], value)
