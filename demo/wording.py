"""The demo's text modules, and what its categories bring and ask for."""

from __future__ import annotations

from pathlib import Path

from demo.desk import Desk
from tickets.models import TextKind, TicketType
from tickets.services import desk as sorts
from tickets.services import text_modules
from tickets.services.text_modules import Wording

MODULES = Path(__file__).parent / "texts" / "modules.txt"
NAME_IN = {"de": 0, "en": 1, "lv": 2}
TYPES = {
    "de": ("Störung", "Wunsch", "Bestellung"),
    "lv": ("Traucējums", "Vēlme", "Pasūtījums"),
    "en": ("Incident", "Wish", "Order"),
}
# Category → urgency, and what its tickets must have.
ASKS = {"network": (2, ["contact"]), "security": (2, ["contact"]), "order": (4, ["contact"]), "print": (None, [])}


def furnish(desk: Desk) -> None:
    """Write all of it down as the administrator. In the tenant's scope."""
    by, language = desk.history.manager(desk.slug), desk.firm.language
    for place, name in enumerate(TYPES.get(language, TYPES["en"])):
        sorts.add(TicketType(), {"name": name, "position": place}, by=by)
    for code, (priority, required) in ASKS.items():
        category = desk.categories[code]
        values = {
            "default_queue": desk.queues[desk.queue_of(code)],
            "default_priority": priority,
            "required": required,
        }
        sorts.change(category, values, seen=sorts.fingerprint(category), by=by)
    for kind, keyword, names, variants in modules():
        wording = Wording(kind, names[NAME_IN.get(language, 1)], keyword, None, False, variants)
        text_modules.add(wording, by=by)


def modules() -> list[tuple[str, str, list[str], dict[str, str]]]:
    """Kind, keyword, names and texts by language, as the file has them."""
    found = []
    for block in MODULES.read_text(encoding="utf-8").split("== ")[1:]:
        head, _, body = block.partition("\n")
        kind, keyword, *names = (word.strip() for word in head.split("|"))
        variants: dict[str, list[str]] = {}
        language = ""
        for line in body.rstrip().split("\n"):
            if line in NAME_IN:
                language = line
            else:
                variants.setdefault(language, []).append(line)
        texts = {code: "\n".join(lines).strip() for code, lines in variants.items()}
        found.append((str(TextKind(kind)), keyword, names, texts))
    return found
