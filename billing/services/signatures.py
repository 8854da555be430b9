"""A signature somebody drew on a screen: whatever was sent is decoded, measured and drawn anew, so that only strokes
come out. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import uuid
import warnings
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from psa.tenancy.errors import Refused

LARGEST = 300 * 1024
MOST_PIXELS = 4_000_000
WIDEST, HIGHEST = 900, 300
PREFIX = "data:image/png;base64,"
# From how dark on a pixel is ink: what is lighter is the smoothing of a stroke's edge.
INK = 250


def decoded(typed: str) -> bytes:
    """The picture of a form's field, `data:image/png;base64,…`; nothing for nothing. Raises
    Refused("signature_unreadable")."""
    if not typed.strip():
        return b""
    if not typed.startswith(PREFIX) or len(typed) > LARGEST * 2:
        raise Refused("signature_unreadable")
    try:
        return base64.b64decode(typed.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("signature_unreadable") from error


def redrawn(png: bytes) -> bytes:
    """Dark strokes on white as a PNG of at most 900 × 300 pixels, without anything the file carried beside them. Raises
    Refused("signature_unreadable"), and Refused("signature_is_empty") where nobody drew anything."""
    if len(png) > LARGEST:
        raise Refused("signature_unreadable")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(png), formats=("PNG",)) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Refused("signature_unreadable")
                drawn = picture.convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused("signature_unreadable") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise Refused("signature_unreadable") from error
    paper = Image.new("RGBA", drawn.size, "white")
    paper.alpha_composite(drawn)
    strokes = paper.convert("L")
    if min(strokes.tobytes(), default=255) >= INK:
        raise Refused("signature_is_empty")
    strokes.thumbnail((WIDEST, HIGHEST))
    made = BytesIO()
    strokes.save(made, "PNG", optimize=True)
    return made.getvalue()


def named(content: bytes) -> tuple[str, str]:
    """The SHA-256 of a file and a name for it nobody can guess."""
    key = uuid.uuid4().hex
    return hashlib.sha256(content).hexdigest(), f"{key[:2]}/{key}"
