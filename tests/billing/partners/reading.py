"""Pages as people read them."""

from __future__ import annotations

import re

from psa.tenancy import scope
from psa.tenancy.models import User


def in_english() -> None:
    """Everybody there is reads English, whatever their company's language."""
    with scope.platform("test"):
        User.objects.update(language="en")


def plain(page: str) -> str:
    """A page's words without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\xa0", " ")
