"""What the journal's entries about support say in the audit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from psa.support.services import FETCHED, LOOKED, REFUSED


def told(kind: str, data: Mapping[str, Any]) -> str | None:
    """The sentence of one entry; None for what is somebody else's."""
    if kind == "support.granted":
        return _granted(data)
    if kind == "support.revoked":
        return _("Took the support's access back")
    if kind == LOOKED:
        return _("Support looked at %(path)s") % {"path": data["path"]}
    if kind == FETCHED:
        return _("Support looked at a part of a page: %(path)s") % {"path": data["path"]}
    if kind == REFUSED:
        return _("Support was refused: %(method)s %(path)s") % {"method": data["method"], "path": data["path"]}
    return None


def _granted(data: Mapping[str, Any]) -> str:
    words = {"who": data["operator"] or _("Everybody of the support"), "n": data["hours"], "reason": data["reason"]}
    text = ngettext(
        "%(who)s may look in for %(n)s hour: %(reason)s", "%(who)s may look in for %(n)s hours: %(reason)s", words["n"]
    )
    return text % words
