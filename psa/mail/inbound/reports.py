"""What a mail server says became of a mail: a delivery report (RFC 3464), or a letter of its own. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from typing import Any

from psa.mail.inbound.headers import message_ids, one_line

MOST_FIELDS = 200


@dataclass(frozen=True, slots=True)
class Report:
    """What became of which mail. `code` is "" where it was only late, or arrived."""

    code: str = ""
    about: tuple[str, ...] = ()


def read(parts: Iterable[Any]) -> Report | None:
    """The report among a mail's parts, None where there is none."""
    code, is_report = "", False
    about: tuple[str, ...] = ()
    for part in parts:
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            is_report = True
            code = code or _failure(_blocks(part))
        elif kind in {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers"}:
            about = about or _about(part)
    return Report(code, about) if is_report else None


def loose(text: str, ours: re.Pattern[str]) -> Report | None:
    """The report in a letter that is none by form: a Message-ID of ours is quoted, with a code of a mail server."""
    found = tuple(dict.fromkeys(ours.findall(text)))[:10]
    if not found:
        return None
    status = re.search(r"\b([45])\.\d{1,3}\.\d{1,3}\b", text) or re.search(r"\b(5)\d\d\b", text)
    return Report(f"dsn_{status[0]}" if status and status[1] == "5" else "dsn_5.0.0" if not status else "", found)


def _blocks(part: Message) -> list[dict[str, str]]:
    """The groups of fields of a delivery status, whether the parser took it apart or not."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return [{str(k).lower(): one_line(v) for k, v in block.raw_items()} for block in payload[:MOST_FIELDS]]  # type: ignore[union-attr]
    blocks: list[dict[str, str]] = [{}]
    for line in str(payload).splitlines()[:MOST_FIELDS]:
        name, colon, value = line.partition(":")
        if colon:
            blocks[-1][name.strip().lower()] = one_line(value)
        elif not line.strip():
            blocks.append({})
    return blocks


def _failure(blocks: list[dict[str, str]]) -> str:
    for block in blocks:
        if block.get("action", "").lower().startswith("failed"):
            status = re.match(r"[245]\.\d{1,3}\.\d{1,3}", block.get("status", ""))
            return f"dsn_{status[0]}" if status else "dsn_5.0.0"
    return ""


def _about(part: Message) -> tuple[str, ...]:
    payload = part.get_payload()
    if isinstance(payload, list) and payload:
        return next((message_ids(v) for k, v in payload[0].raw_items() if k.lower() == "message-id"), ())  # type: ignore[union-attr]
    for line in str(payload).splitlines()[:MOST_FIELDS]:
        if line.lower().startswith("message-id:"):
            return message_ids(line.partition(":")[2])
    return ()
