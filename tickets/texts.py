"""What a text module's text means: placeholders from a closed list, and fill-ins somebody has to fill. Pure.

    Dear {{contact.name}}, we call you back at [[callback number*]]. [[Parking, if any]]

A placeholder is looked up in a table of ready words, once: no attribute is read, nothing is called, and what a value
says is never looked at again. There is no template engine behind it (hostile tests, X4).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from django.utils.translation import gettext_lazy as _

# Every placeholder there is, and what stands for it in the list beside the editor.
PLACEHOLDERS = {
    "ticket.number": _("number of the ticket"),
    "ticket.title": _("title of the ticket"),
    "ticket.due": _("when the ticket is due"),
    "ticket.queue": _("queue of the ticket"),
    "ticket.category": _("category of the ticket"),
    "customer.name": _("name of the customer"),
    "contact.name": _("name of the contact"),
    "contact.phone": _("phone number of the contact"),
    "contact.email": _("e-mail address of the contact"),
    "location.name": _("name of the location"),
    "location.address": _("address of the location"),
    "me.name": _("my name"),
    "me.phone": _("my phone number"),
    "me.email": _("my e-mail address"),
    "us.name": _("name of our company"),
    "date.today": _("today's date"),
}
# A ticket's own words are not there yet while its first text is written.
OF_A_TICKET = frozenset(name for name in PLACEHOLDERS if name.startswith("ticket."))
# No value is longer: a title is 200, an address a line or two.
LONGEST_VALUE = 500

_CURLY = re.compile(r"\{\{([^{}\n]{0,80})\}\}")
_WITH_GAP = re.compile(r"( ?)\{\{([^{}\n]{0,80})\}\}")
# A fill-in begins with a letter or digit right after the brackets and ends right before them: [[ -f x ]] is a shell's.
_FILL_IN = re.compile(r"\[\[(?=[^\W_])([^\[\]\n]{1,80}?)(\*?)\]\]")


def unknown(text: str, known: Collection[str] = PLACEHOLDERS) -> list[str]:
    """What stands in double braces and is no placeholder, each once, as it was typed."""
    found = (name.strip() for name in _CURLY.findall(text))
    return list(dict.fromkeys(name for name in found if name not in known))


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced; a value that is not there is left out, with its space.

    What a value brings along is only words: brackets in it are no fill-in, and braces no placeholder.
    """

    def word(found: re.Match[str]) -> str:
        name = found[2].strip()
        if name not in PLACEHOLDERS:
            return found[0]
        said = _tame(values.get(name, ""))
        return f"{found[1]}{said}" if said else ""

    return _WITH_GAP.sub(word, text)


def _tame(value: str) -> str:
    line = " ".join(value[: LONGEST_VALUE * 2].split())[:LONGEST_VALUE]
    for double, apart in (("[[", "[ ["), ("]]", "] ]"), ("{{", "{ {"), ("}}", "} }")):
        while double in line:
            line = line.replace(double, apart)
    return line


def fill_ins(text: str) -> list[str]:
    """The labels of all fill-ins, each once, without the star."""
    return list(dict.fromkeys(label.strip() for label, _star in _FILL_IN.findall(text)))


def unfilled(text: str) -> list[str]:
    """The labels of the fill-ins that must be filled before this text is saved or sent, and are not."""
    return list(dict.fromkeys(label.strip() for label, star in _FILL_IN.findall(text) if star))


def without(text: str, labels: Iterable[str]) -> str:
    """The text without its optional fill-ins of these labels; a line that held nothing else goes with them."""
    dropped = set(labels)
    if not dropped or "[[" not in text:
        return text
    lines = []
    for line in text.split("\n"):
        left = _FILL_IN.sub(lambda found: "" if not found[2] and found[1].strip() in dropped else found[0], line)
        if left == line or left.strip():
            lines.append(left if left == line else re.sub(r"(?<=\S) {2,}", " ", left).rstrip())
    return "\n".join(lines)


def choose(variants: Mapping[str, str], languages: Iterable[str]) -> tuple[str, str]:
    """The variant for a reader, (language, text): the first language there is of those wanted, else any."""
    for language in (*languages, *sorted(variants)):
        if variants.get(language):
            return language, variants[language]
    return "", ""
