"""A signature somebody drew on a screen: whatever was sent is decoded, measured and drawn anew, so that only strokes
come out. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import uuid

from django.utils.module_loading import import_string

from psa.tenancy.errors import Refused

LONGEST = 600 * 1024  # as it is typed into the form
PREFIX = "data:image/png;base64,"


def decoded(typed: str) -> bytes:
    """The picture of a form's field, `data:image/png;base64,…`; nothing for nothing. Raises
    Refused("signature_unreadable")."""
    if not typed.strip():
        return b""
    if not typed.startswith(PREFIX) or len(typed) > LONGEST:
        raise Refused("signature_unreadable")
    try:
        return base64.b64decode(typed.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("signature_unreadable") from error


def redrawn(png: bytes) -> bytes:
    """Dark strokes on white as PNG, without anything the file carried beside them. Raises
    Refused("signature_unreadable"), ("signature_is_empty"). See `strokes`."""
    made: bytes = import_string("billing.services.strokes.redrawn")(png)
    return made


def named(content: bytes) -> tuple[str, str]:
    """The SHA-256 of a file and a name for it nobody can guess."""
    key = uuid.uuid4().hex
    return hashlib.sha256(content).hexdigest(), f"{key[:2]}/{key}"
