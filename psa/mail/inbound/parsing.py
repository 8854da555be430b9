"""The one parser of what comes in, whatever door it came by: bytes to a letter, within limits, and never an error.

What cannot be read as mail says so in `trouble`; the bytes are kept elsewhere, untouched. Pure.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.parser import BytesFeedParser
from email.policy import default as policy
from typing import Any

from anymail.inbound import AnymailInboundMessage

from psa.mail.inbound import headers, markup, quoting, reports, signs, tnef
from psa.mail.inbound.headers import Mailbox
from psa.mail.inbound.reports import Report
from psa.mail.inbound.signs import Machine, Verdict

STEP = 16 * 1024
# Headers somebody reads; of more only the first are looked at.
MOST_HEADERS = 500
MOST_TEXT = 500_000
RECIPIENTS = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to", "cc", "resent-to")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a stranger's mail is taken apart: bytes, parts and their depth, files, seconds."""

    size: int = 25 * 1024 * 1024
    parts: int = 500
    depth: int = 20
    files: int = 50
    seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class File:
    """A file that came along."""

    name: str
    content_type: str
    content: bytes


@dataclass(slots=True)
class Letter:
    """A mail as it was understood. `text` is what was written now, `quoted` what stood around it."""

    subject: str = ""
    senders: list[Mailbox] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    message_id: str = ""
    references: tuple[str, ...] = ()
    text: str = ""
    quoted: str = ""
    html: str = ""
    pictures: int = 0
    files: list[File] = field(default_factory=list)
    files_left: int = 0
    machine: Machine = Machine.NO
    is_quiet: bool = False
    verdict: Verdict = Verdict.UNKNOWN
    report: Report | None = None
    trouble: str = ""

    @property
    def sender(self) -> Mailbox:
        """Whom the mail says it is from; of several nobody can say which."""
        return self.senders[0] if len({one.email for one in self.senders}) == 1 else Mailbox("", "")


@dataclass(frozen=True, slots=True)
class Reading:
    """How this installation reads: its limits, its own domain in Message-IDs, and its server's name."""

    limits: Limits
    own_domain: str = ""
    authority: str = ""
    own_mark: str = ""


class TooMuch(Exception):
    """A limit was met; `code` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parse(raw: bytes, reading: Reading) -> Letter:
    """The letter in these bytes. What went wrong is in its `trouble`, a code: too_large, too_deep, unreadable …"""
    letter = Letter()
    until = time.monotonic() + reading.limits.seconds
    try:
        if len(raw) > reading.limits.size:
            letter.trouble = "too_large"
            raw = raw[: 64 * 1024]
        message = _take_apart(raw, until)
        _read_headers(letter, head(message), reading)
        if not letter.trouble:
            _read_parts(letter, message, reading, until)
    except TooMuch as error:
        letter.trouble = error.code
    except RecursionError:
        letter.trouble = "too_deep"
    except Exception:  # whatever a parser does with a stranger's bytes: the mail is kept, and a person looks at it
        letter.trouble = "unreadable"
    if not letter.trouble and not letter.senders:
        letter.trouble = "without_sender"
    return letter


def head(message: Any) -> Mapping[str, Sequence[str]]:
    """All headers by name in small letters, raw; nothing in them is believed yet."""
    found: dict[str, list[str]] = {}
    for name, value in list(message.raw_items())[:MOST_HEADERS]:
        found.setdefault(str(name).lower(), []).append(str(value))
    return found


def first_lines(raw: bytes, most: int = 256 * 1024) -> Mapping[str, Sequence[str]]:
    """The headers alone, for whoever only has to know where a mail belongs."""
    parts = re.split(rb"\r?\n\r?\n", raw[:most], maxsplit=1)
    try:
        return head(_take_apart(parts[0] + b"\n\n", time.monotonic() + 5))
    except Exception:  # as in `parse`: a door keeps what nobody can read
        return {}


def recipients(found: Mapping[str, Sequence[str]]) -> list[str]:
    """Every address the mail names as its recipient, those a server wrote first."""
    named = [one.email for name in RECIPIENTS for value in found.get(name, ())[:5] for one in headers.mailboxes(value)]
    return list(dict.fromkeys(named))[:200]


def _take_apart(raw: bytes, until: float) -> Any:
    """Fed by pieces, so that a mail made to be slow is given up."""
    parser = BytesFeedParser(AnymailInboundMessage, policy=policy)
    for at in range(0, len(raw), STEP):
        parser.feed(raw[at : at + STEP])
        _in_time(until)
    return parser.close()


def _read_headers(letter: Letter, found: Mapping[str, Sequence[str]], reading: Reading) -> None:
    first = {name: values[0] for name, values in found.items()}
    letter.subject = headers.decoded(first.get("subject"))[:250]
    letter.senders = [one for value in found.get("from", ())[:5] for one in headers.mailboxes(value)][:5]
    letter.recipients = recipients(found)
    letter.message_id = next(iter(headers.message_ids(first.get("message-id"))), "")
    answered = headers.message_ids(first.get("in-reply-to"))
    letter.references = tuple(dict.fromkeys([*answered, *reversed(headers.message_ids(first.get("references")))]))
    plain = {name: [headers.decoded(value) for value in values[:20]] for name, values in found.items()}
    letter.machine = signs.machine(plain, ours=_ours(reading))
    letter.is_quiet = signs.is_quiet(plain)
    letter.verdict = signs.verdict(plain, letter.sender.email, reading.authority)


def own_ids(domain: str) -> re.Pattern[str]:
    """What the Message-IDs of this installation look like (psa.mail.mail)."""
    return re.compile(rf"<[0-9a-f]{{32}}@{re.escape(domain)}>", re.IGNORECASE)


def _ours(reading: Reading) -> Callable[[signs.Headers], bool]:
    own_id = own_ids(reading.own_domain)

    def is_ours(found: signs.Headers) -> bool:
        if reading.own_domain and any(own_id.fullmatch(value.strip()) for value in found.get("message-id", ())):
            return True
        return bool(reading.own_mark) and any(reading.own_mark in value for value in found.get("x-loop", ()))

    return is_ours


def _read_parts(letter: Letter, message: Any, reading: Reading, until: float) -> None:
    plain: list[str] = []
    markups: list[str] = []
    reported: list[Any] = []
    is_report = message.get_content_type() in {"multipart/report", "message/delivery-status"}
    for part in _parts(message, reading.limits, until):
        kind, name = part.get_content_type(), _file_name(part)
        if is_report and kind.startswith(("message/", "text/rfc822")):
            reported.append(part)
        elif kind == "text/plain" and not name and not _is_attached(part):
            plain.append(_text(part))
        elif kind == "text/html" and not name and not _is_attached(part):
            markups.append(_text(part))
        elif kind in {"application/ms-tnef", "application/vnd.ms-tnef"} or name.lower() == "winmail.dat":
            _unwrap(letter, part, plain, reading.limits)
        else:
            _keep(letter, File(name or _name_of(kind), kind, _content(part)), reading.limits)
    cleaned = [markup.clean(one) for one in markups[:5]]
    letter.html = "\n<hr>\n".join(one.html for one in cleaned)[:MOST_TEXT]
    letter.pictures = sum(one.pictures for one in cleaned)
    text = "\n\n".join(filter(None, map(str.strip, plain))) or markup.as_text(letter.html)
    letter.text, letter.quoted = quoting.fold(text[:MOST_TEXT])
    letter.report = reports.read(reported)
    if letter.report is None and is_report:
        letter.machine = letter.machine or Machine.AUTOMATIC
    if letter.report is None and reading.own_domain and any(signs.is_daemon(one.email) for one in letter.senders):
        letter.report = reports.loose(_all_text(text, letter, reported), own_ids(reading.own_domain))
        letter.machine = letter.machine or Machine.AUTOMATIC


def _all_text(text: str, letter: Letter, reported: Sequence[Any]) -> str:
    along = [headers.text_of(one.content[:STEP]) for one in letter.files[:5]]
    return "\n".join([text[:MOST_TEXT], *along, *(str(part.get_payload())[:STEP] for part in reported[:5])])


def _parts(message: Any, limits: Limits, until: float) -> Iterator[Any]:
    """The parts that are no containers, in order. A mail inside the mail is one part."""
    waiting, count = [(message, 0)], 0
    while waiting:
        part, depth = waiting.pop()
        if depth > limits.depth:
            raise TooMuch("too_deep")
        _in_time(until)
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            waiting += [(one, depth + 1) for one in reversed(payload)]
            continue
        count += 1
        if count > limits.parts:
            raise TooMuch("too_many_parts")
        yield part


def _text(part: Any) -> str:
    try:
        charset = part.get_content_charset() or ""
    except (LookupError, UnicodeError, ValueError, AttributeError, IndexError):
        charset = ""
    return headers.text_of(_content(part), charset)


def _content(part: Any) -> bytes:
    """The bytes of a part; a mail inside the mail is its text."""
    try:
        payload = part.get_payload(decode=True)
        if payload is None:
            inner = part.get_payload()
            payload = b"\n\n".join(one.as_bytes() for one in inner) if isinstance(inner, list) else str(inner).encode()
    except (LookupError, UnicodeError, ValueError, AssertionError, KeyError, TypeError, AttributeError, IndexError):
        return str(part.get_payload()).encode("utf-8", "replace")
    return bytes(payload)


def _file_name(part: Any) -> str:
    try:
        return headers.decoded(part.get_filename() or "")[:180]
    except (LookupError, UnicodeError, ValueError, AttributeError, IndexError, TypeError):
        return "file"


def _is_attached(part: Any) -> bool:
    try:
        return part.get_content_disposition() == "attachment"
    except (UnicodeError, ValueError, AttributeError, IndexError):
        return False


def _name_of(kind: str) -> str:
    names = {"text/calendar": "invitation.ics", "message/rfc822": "mail.eml", "text/vcard": "contact.vcf"}
    return names.get(kind, "file")


def _unwrap(letter: Letter, part: Any, plain: list[str], limits: Limits) -> None:
    content = _content(part)
    found = tnef.read(content)
    if found.text:
        plain.append(headers.text_of(found.text))
    for name, inner in found.files:
        _keep(letter, File(headers.text_of(name)[:180] or "file", "application/octet-stream", inner), limits)
    if not found.is_whole:
        _keep(letter, File("winmail.dat", "application/ms-tnef", content), limits)


def _keep(letter: Letter, file: File, limits: Limits) -> None:
    if len(letter.files) < limits.files:
        letter.files.append(file)
    else:
        letter.files_left += 1


def _in_time(until: float) -> None:
    if time.monotonic() > until:
        raise TooMuch("takes_too_long")
