"""A browser by its name and system, as far as it says them: "Firefox, Windows"."""

from __future__ import annotations

from django.utils.translation import gettext as _

NAMES = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def name(said: str) -> str:
    """What to call whatever sent this User-Agent."""
    found = [next((word for mark, word in table if mark in said), "") for table in (NAMES, SYSTEMS)]
    return ", ".join(filter(None, found)) or said[:40] or _("unknown")
