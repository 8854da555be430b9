"""A company's logo: whatever was sent is decoded, measured and drawn anew, so that only a picture comes out. Pure."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import Any

from PIL import Image, UnidentifiedImageError

from psa.tenancy.errors import Refused

LARGEST = 2 * 1024 * 1024
MOST_PIXELS = 16_000_000
# As it is kept: sharp enough for paper, small enough for every page.
WIDEST, HIGHEST = 600, 200
KINDS = ("PNG", "JPEG")


def redrawn(upload: Any) -> bytes:
    """The picture as PNG of at most 600 × 200 pixels, without anything the file carried beside it.

    Drawings that are programs (SVG) are not taken. Raises Refused("logo_too_large"), ("logo_unreadable").
    """
    if upload.size > LARGEST:
        raise Refused("logo_too_large", limit=LARGEST // (1024 * 1024))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(upload, formats=KINDS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Refused("logo_too_large", limit=LARGEST // (1024 * 1024))
                drawn = picture.convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused("logo_unreadable") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise Refused("logo_unreadable") from error
    drawn.thumbnail((WIDEST, HIGHEST))
    plain = Image.new("RGBA", drawn.size)
    plain.paste(drawn)
    made = BytesIO()
    plain.save(made, "PNG", optimize=True)
    return made.getvalue()
