"""What may stand in a mail's header: one line, no hidden letters, no name that poses as an address. Pure."""

from __future__ import annotations

import unicodedata
from email.utils import parseaddr
from typing import Any

# Control, direction and surrogate characters, and the separators of lines and paragraphs.
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def one_line(value: Any, length: int = 250) -> str:
    """A text fit for a header: no line breaks, no control or direction characters, single spaces."""
    shown = "".join(" " if unicodedata.category(letter) in UNSEEN else letter for letter in str(value))
    return " ".join(shown.split())[:length].rstrip()


def person(name: str) -> str:
    """A display name; one that poses as an address is none."""
    clean = one_line(name, 200).replace("\\", "").replace('"', "")
    return "" if set(clean) & set("@<>") else clean


def mailbox(name: str, address: str) -> str:
    """`"Ada Brandt" <ada@nordlicht.example>`; the address alone where there is no name."""
    shown = person(name)
    return f'"{shown}" <{address}>' if shown else address


def bare(address: str) -> str:
    """The address without a name before it."""
    return parseaddr(address)[1]


def storable(text: str) -> str:
    """The text without what no database takes."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()
