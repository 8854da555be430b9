"""The strokes of a signature, drawn anew. Loaded with the first one: drawing costs every process that never does it."""

from __future__ import annotations

import warnings
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from psa.tenancy.errors import Refused

LARGEST = 300 * 1024
MOST_PIXELS = 4_000_000
WIDEST, HIGHEST = 900, 300
# From how dark on a pixel is ink: what is lighter is the smoothing of a stroke's edge.
INK = 250


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
