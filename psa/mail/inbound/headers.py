"""Reading a stranger's headers: decoded, on one line, and never an error, whatever they are. Pure."""

from __future__ import annotations

import codecs
import re
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any, NamedTuple

from psa.mail.headers import one_line

# A charset is a stranger's word: only those that are charsets, and quick.
CHARSETS = frozenset(
    codecs.lookup(name).name
    for name in (
        "ascii utf-8 utf-8-sig utf-7 utf-16 utf-16-le utf-16-be utf-32 latin-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5"
        " iso8859-6 iso8859-7 iso8859-8 iso8859-9 iso8859-10 iso8859-13 iso8859-14 iso8859-15 iso8859-16 cp437 cp775"
        " cp850 cp852 cp866 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 koi8-r koi8-u mac-roman"
        " mac-latin2 gb2312 gbk gb18030 big5 shift_jis euc_jp iso2022_jp euc_kr cp932 cp949 cp950 tis_620"
    ).split()
)
LONGEST = 4000
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,240}>")


class Mailbox(NamedTuple):
    """Somebody's address, and the name that was written before it; a name that poses as an address is none."""

    name: str
    email: str


def text_of(content: bytes, charset: str = "") -> str:
    """Bytes as text: by the charset they claim if it is one, else as what they look like. No NUL stays in it."""
    for name in (charset, "utf-8", "cp1252"):
        try:
            if name and codecs.lookup(name).name in CHARSETS:
                return storable(content.decode(name))
        except (LookupError, UnicodeError, ValueError):
            continue
    return storable(content.decode("latin-1"))


def storable(text: str) -> str:
    """Without what no database takes and no page shows."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def decoded(raw: Any) -> str:
    """A header as somebody reads it: encoded words decoded, one line."""
    value = _as_text(raw)
    if "=?" not in value:
        return one_line(value, LONGEST)
    try:
        words = decode_header(value[:LONGEST])
    except (HeaderParseError, ValueError, IndexError):
        return one_line(value, LONGEST)
    said = [text_of(word, charset or "") if isinstance(word, bytes) else word for word, charset in words]
    return one_line("".join(said), LONGEST)


def mailboxes(raw: Any) -> list[Mailbox]:
    """Every address of a header. Taken apart before encoded words are decoded: a decoded name is no syntax."""
    found = []
    try:
        named = getaddresses([one_line(_as_text(raw), 4 * LONGEST)])
    except (RecursionError, IndexError, ValueError, TypeError):  # brackets without end, and the like
        named = []
    for name, address in named:
        email = one_line(address, 320).strip("<> ").lower()
        if len(email) <= 254 and re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", email):
            shown = decoded(name).replace('"', "")[:200]
            found.append(Mailbox("" if set(shown) & set("@<>") else shown, email))
    return found


def message_ids(raw: Any) -> tuple[str, ...]:
    """The Message-IDs a header names, the first and the latest of very many."""
    found = _MESSAGE_ID.findall(one_line(_as_text(raw), 16 * LONGEST))
    return tuple(dict.fromkeys([*found[:5], *found[-45:]]))


def is_date(raw: Any) -> bool:
    """Whether this says when."""
    try:
        return parsedate_to_datetime(_as_text(raw)) is not None
    except (TypeError, ValueError, IndexError, OverflowError):
        return False


def _as_text(raw: Any) -> str:
    """A raw header: bytes that are no ASCII come as surrogates."""
    return text_of(str(raw or "").encode("utf-8", "surrogateescape"))
