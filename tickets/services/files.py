"""Taking in a file: its bytes are written once, outside the transaction that hangs them on a ticket."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage

from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import contents, guards, permissions
from tickets.models import Item, StoredFile, Ticket
from tickets.parts import Part
from tickets.readers import Reader
from tickets.services import items

# Drawn by the browser; everything else is only ever downloaded.
PICTURES = frozenset(contents.PICTURES)
BYTES = "application/octet-stream"


def clean_name(name: str) -> str:
    """A file name without folders, control characters or direction marks; never empty."""
    bare = PurePath(name.replace("\\", "/")).name
    kept = "".join(char for char in bare if char.isprintable() and char not in '<>:"|?*').strip(". ")
    return kept[-180:] or "file"


def store(upload: Any) -> StoredFile:
    """Write an upload under a name nobody can guess. Raises Refused("file_too_large"), ("file_is_empty")."""
    check_size(upload.size)
    if not upload.size:
        raise Refused("file_is_empty")
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    kind = type_of(upload)
    upload.seek(0)
    key = uuid.uuid4().hex
    path = default_storage.save(f"{scope.tenant_id()}/{key[:2]}/{key}", upload)
    return StoredFile.objects.create(
        path=path,
        size=upload.size,
        sha256=digest.hexdigest(),
        content_type=kind,
    )


def check_size(size: int) -> None:
    """Raises Refused("file_too_large") for more bytes than are kept here, whoever sends them."""
    if size > settings.UPLOAD_LIMIT:
        raise Refused("file_too_large", limit=settings.UPLOAD_LIMIT // (1024 * 1024))


def type_of(upload: Any) -> str:
    """The type a file is kept under: what it claims to be if it is that, one of a few, else "some bytes"."""
    claimed = (upload.content_type or "").partition(";")[0].strip().lower()
    upload.seek(0)
    if claimed in PICTURES:
        return contents.picture_type(upload.file) or BYTES
    head = upload.read(1024)
    if claimed == contents.PDF:
        return contents.PDF if head.startswith(b"%PDF-") else BYTES
    return contents.TEXT if claimed == contents.TEXT and b"\0" not in head else BYTES


def attach(
    ticket: Ticket,
    upload: Any,
    reader: Reader,
    *,
    by: Actor,
    parts: tuple[Part, ...] = (),
    key: uuid.UUID | None = None,
) -> Item:
    """Hang an upload on the ticket. Nothing is stored for somebody who may not, and nothing stays of a refused one."""
    permissions.require(ticket, "attachment.add", by)
    guards.check(ticket, "attachment.add", by)
    with taken_in(upload) as stored:
        name = clean_name(upload.name)
        return items.add(ticket, "attachment", reader, by=by, parts=parts, key=key, file=stored, name=name)


@contextmanager
def taken_in(upload: Any) -> Iterator[StoredFile]:
    """An upload, stored before the transaction that needs it; neither bytes nor row stay where that fails, though it be
    by its commit. Raises Refused("file_too_large"), ("file_is_empty")."""
    with gone_on_failure(store(upload)) as stored:
        yield stored


@contextmanager
def gone_on_failure(stored: StoredFile) -> Iterator[StoredFile]:
    """What was stored for something goes where that is not done. The row goes first: while anything names it, it is
    protected, and the bytes with it."""
    try:
        yield stored
    except BaseException:
        stored.delete()
        default_storage.delete(stored.path)
        raise


def forget_bytes(hung: list[Item]) -> None:
    """Take the bytes of files away whose rows were rolled back."""
    for one in hung:
        default_storage.delete(one.file.path)  # type: ignore[attr-defined]  # attachments


def bytes_of(stored: StoredFile) -> bytes:
    """The bytes of a file as they were stored. Raises Refused("paper_was_changed") where they are not those of its
    hash."""
    with default_storage.open(stored.path) as file:
        found = bytes(file.read())
    if hashlib.sha256(found).hexdigest() != stored.sha256:
        raise Refused("paper_was_changed")
    return found


def share(path: str, size: int, sha256: str, content_type: str) -> StoredFile:
    """A row of the tenant in scope for bytes another tenant wrote: immutable, so they are shared and not copied."""
    return StoredFile.objects.create(path=path, size=size, sha256=sha256, content_type=content_type)
