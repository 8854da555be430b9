"""Fetching mail where it waits: mailboxes by IMAP, and a maildir. Every minute, by one worker at a time.

A mail is marked as read after it is kept, so that a worker that dies brings it again; brought twice it is kept once.
"""

from __future__ import annotations

import imaplib
import logging
import mailbox
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.cache import cache

from psa.mail.inbound import taking
from psa.mail.inbound.taking import NotTaken
from psa.mail.models import Door

log = logging.getLogger(__name__)

LEASE = 300
MOST = 100
TIMEOUT = 20


def fetch() -> int:
    """Bring in what waits; how many mails that were. Another worker that is at it is left alone."""
    if not (settings.MAIL_IMAP or settings.MAIL_DIRECTORY) or not cache.add("mail:fetching", 1, LEASE):
        return 0
    try:
        count = sum(_whatever_happens(from_imap, url) for url in settings.MAIL_IMAP)
        return count + (_whatever_happens(from_maildir, settings.MAIL_DIRECTORY) if settings.MAIL_DIRECTORY else 0)
    finally:
        cache.delete("mail:fetching")


def from_maildir(path: str) -> int:
    """Take in what is new in a maildir; what nobody here may have is flagged and stays. Only what is new is looked at,
    however much was taken before."""
    box = mailbox.Maildir(path, create=False)
    count = 0
    for key in sorted(one.name.partition(box.colon)[0] for one in Path(path, "new").iterdir() if one.is_file())[:MOST]:
        message = box.get_message(key)
        message.set_subdir("cur")
        message.add_flag("S" if _take(box.get_bytes(key), Door.MAILDIR) else "F")
        box[key] = message
        count += 1
    return count


def from_imap(url: str) -> int:
    """Take in what is unread in a mailbox: imaps://user:password@host:port/folder?to=address. What is flagged was
    nobody's here and stays; taking the flag away brings it once more."""
    parts = urlsplit(url)
    otherwise = parse_qs(parts.query).get("to", [""])[0]
    count = 0
    with _signed_in(parts) as server:
        server.select(unquote(parts.path.strip("/")) or "INBOX")
        _answer, found = server.uid("SEARCH", "UNSEEN", "UNFLAGGED")
        for uid in (found[0] or b"").split()[:MOST]:
            if (raw := _message(server, uid.decode())) is None:
                continue
            server.uid(
                "STORE", uid.decode(), "+FLAGS", "(\\Seen)" if _take(raw, Door.IMAP, otherwise) else "(\\Flagged)"
            )
            count += 1
    return count


def _take(raw: bytes, door: Door, otherwise: str = "") -> bool:
    try:
        taking.take(raw, door, otherwise=otherwise)
    except NotTaken as error:
        log.warning("A mail from the %s was not taken: %s", door, error.code)
        return False
    return True


@contextmanager
def _signed_in(parts: Any) -> Iterator[imaplib.IMAP4]:
    """By TLS only with a server somebody vouches for: the library's own context would ask for no certificate."""
    host = parts.hostname or ""
    if parts.scheme == "imaps":
        context = ssl.create_default_context()
        server: imaplib.IMAP4 = imaplib.IMAP4_SSL(host, parts.port or 993, ssl_context=context, timeout=TIMEOUT)
    else:
        server = imaplib.IMAP4(host, parts.port or 143, timeout=TIMEOUT)
    try:
        server.login(unquote(parts.username or ""), unquote(parts.password or ""))
        yield server
    finally:
        server.logout()


def _message(server: imaplib.IMAP4, uid: str) -> bytes | None:
    """The bytes of one mail, not marked as read by looking; of one that is far too large only that it is there."""
    _answer, sized = server.uid("FETCH", uid, "(RFC822.SIZE)")
    said = re.search(rb"RFC822\.SIZE (\d+)", sized[0] if isinstance(sized[0], bytes) else b"")
    if said and int(said[1]) > taking.most():
        log.error("A mail of %s bytes stays in the mailbox.", int(said[1]))
        server.uid("STORE", uid, "+FLAGS", "(\\Seen \\Flagged)")
        return None
    _answer, found = server.uid("FETCH", uid, "(BODY.PEEK[])")
    return next((bytes(part[1]) for part in found if isinstance(part, tuple)), None)


def _whatever_happens(run: Callable[[str], int], what: str) -> int:
    """One mailbox that is away does not keep the others waiting; its address is named without the password."""
    try:
        return run(what)
    except (OSError, imaplib.IMAP4.error, mailbox.Error) as error:
        log.warning("%s cannot be fetched from: %s", urlsplit(what).hostname or "The folder", type(error).__name__)
        return 0
