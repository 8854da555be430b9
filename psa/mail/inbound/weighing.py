"""How much a customer's words weigh: a message, a bare no, a bare thanks, or nobody's words (hostile test W9). Pure."""

from __future__ import annotations

import re
from enum import StrEnum

from psa.mail.inbound import quoting


class Weight(StrEnum):
    """What a customer's message is for a ticket's state and timers."""

    MESSAGE = "message"
    NO = "no"
    THANKS = "thanks"
    AUTOMATIC = "automatic"

    @property
    def counts(self) -> bool:
        """Whether it answers, reopens and stops timers."""
        return self in {Weight.MESSAGE, Weight.NO}


NO = set("no|nope|nein|nö|nee|nē|ne|nē nē|no no|no thanks|no thank you|nein danke|nē paldies".split("|"))
THANKED = set("thanks thank thx cheers appreciated danke dank dankeschön paldies pateicos pateicamies merci".split())
# What may stand around a thanks without making it a message.
POLITE = THANKED | set(
    "you very much so many a lot all for the your help quick fast support and great super perfect ok okay good well"
    " everything works again now is fine hello hi hey dear team"
    " vielen herzlichen besten schönen lieben für die ihre eure deine schnelle hilfe unterstützung und alles klar gut"
    " prima toll hallo guten tag morgen liebes das passt funktioniert wieder jetzt sehr"
    " liels lielais jums tev par ātro palīdzību atbildi un labi lieliski viss kārtībā strādā tagad sveiki labdien"
    " ļoti man".split()
)
# From here on it is the end of a letter.
CLOSING = re.compile(
    r"^\s*((viele|beste|liebe|schöne|freundliche|herzliche)n?\s+grü(ß|ss)e|mit\s+(freundlichen|besten|lieben)\s+grü(ß|ss)en"
    r"|grü(ß|ss)e|mfg|lg|vg|(best|kind|warm|many)\s+(regards|wishes)|regards|sincerely|cheers,|ar\s+cieņu|ar\s+sveicienu"
    r"|visu\s+labu|sent from my|von meinem|gesendet von|nosūtīts no)",
    re.IGNORECASE,
)
GREETING = re.compile(
    r"^\s*(hallo|hello|hi|hey|dear|guten (tag|morgen)|sehr geehrte\w*|liebe[rs]?|labdien|sveik[is]|cien\w+)\b"
    r"[^.!?]{0,60}[,!.]?\s*$",
    re.IGNORECASE,
)
MOST_WORDS = 16


def weigh(said: str, *, is_automatic: bool = False) -> Weight:
    """The weight of what somebody said now, quotations left out."""
    if is_automatic:
        return Weight.AUTOMATIC
    words = _words(said)
    bare = " ".join(words)
    if bare in NO:
        return Weight.NO
    if words and "?" not in said and len(words) <= MOST_WORDS and set(words) <= POLITE and set(words) & THANKED:
        return Weight.THANKS
    return Weight.MESSAGE


def _words(said: str) -> list[str]:
    """The words of the letter without greeting, closing and name."""
    kept: list[str] = []
    for line in quoting.without_signature(said)[:2000].split("\n"):
        if CLOSING.match(line):
            break
        if line.strip() and not (not kept and GREETING.match(line)):
            kept += re.findall(r"[^\W\d_]+", line.casefold())
            if re.search(r"\d", line):
                kept.append("0")
    return kept
