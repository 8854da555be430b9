"""How a code looks wherever it is shown: one row of an enum's one table."""

from typing import NamedTuple


class Look(NamedTuple):
    """Colour (a token of the design system), icon (of the sprite) and group of a code. Its label is the enum's."""

    colour: str
    icon: str
    group: str = ""
