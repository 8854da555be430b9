"""What somebody wrote, apart from what they quoted: our own line first, then what mail programs put between. Pure.

Line by line and with short patterns, so that no text takes long.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# Stands at the top of every mail that may be answered; whatever comes below was not written now (psa.mail.mail).
MARK = "##-"
_MARK = re.compile(r"^[>\s|]*##-.{0,200}-##\s*$")
_DIVIDER = re.compile(
    r"^[\s>]*[-_–—]{3,}\s*(original message|ursprüngliche nachricht|originalnachricht|weitergeleitete nachricht"
    r"|forwarded message|sākotnējais ziņojums|sākotnējā ziņa|pārsūtītā ziņa)",
    re.IGNORECASE,
)
_RULE = re.compile(r"^_{10,}\s*$")
_FIELD = re.compile(
    r"^[\s>*]*(from|von|no|sent|gesendet|nosūtīts|date|datum|datums|to|an|kam|cc|subject|betreff|temats|tēma)"
    r"\*?\s?:",
    re.IGNORECASE,
)
_SENDER_FIELD = re.compile(r"^[\s*]*(from|von|no)\*?\s?:\*?\s", re.IGNORECASE)
_BEGINS = re.compile(r"^(on|am|le)\s.{4,}", re.IGNORECASE)
_ENDS = re.compile(r"(wrote|writes|schrieb|geschrieben|rakstīja|raksta)\b.{0,250}:\s*$", re.IGNORECASE)
_SIGNATURE = re.compile(r"^-- ?$")
_QUOTED = re.compile(r"^\s{0,3}[>|]")
LONGEST_LINE = 1000


class Folded(NamedTuple):
    """What was said now, and what stood below or between it."""

    said: str
    quoted: str


def fold(text: str) -> Folded:
    """Part a mail's text. Nothing is dropped: what is not in `said` is in `quoted`."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = _cut(lines)
    above, below = lines[:at], lines[at:]
    said = [line for line in above if not _QUOTED.match(line)]
    if "".join(said).strip():
        kept = above if _answers_between(above) else said
        dropped = [] if kept is above else [line for line in above if _QUOTED.match(line)]
        return Folded(_tidy(kept), _tidy([*dropped, *below]))
    # The answer stands below what it answers.
    begins = _length_of_head(below)
    answer = [line for line in below[begins:] if not _QUOTED.match(line)]
    old = [line for line in below[begins:] if _QUOTED.match(line)]
    if old and "".join(answer).strip():
        return Folded(_tidy(answer), _tidy([*above, *below[:begins], *old]))
    return Folded("", _tidy(lines))


def without_signature(said: str) -> str:
    """The text above the line that parts a signature from it."""
    lines = said.split("\n")
    at = next((number for number, line in enumerate(lines) if _SIGNATURE.match(line)), len(lines))
    return _tidy(lines[:at])


def _cut(lines: list[str]) -> int:
    """The first line that was not written now: that of our own mark before any other program's."""
    for at, line in enumerate(lines):
        if _MARK.match(line[:LONGEST_LINE]):
            return _with_attribution(lines, at)
    for at, line in enumerate(lines):
        if _begins_quotation(lines, at, line[:LONGEST_LINE]):
            return at
    return len(lines)


def _begins_quotation(lines: list[str], at: int, line: str) -> bool:
    if _DIVIDER.match(line) or _is_attribution(lines, at, line):
        return True
    after = lines[at + 1 : at + 5]
    if _RULE.match(line):
        return any(_SENDER_FIELD.match(one[:LONGEST_LINE]) for one in after[:2])
    return bool(_SENDER_FIELD.match(line)) and sum(bool(_FIELD.match(one[:LONGEST_LINE])) for one in after) >= 2


def _is_attribution(lines: list[str], at: int, line: str) -> bool:
    """`On … wrote:`, on up to three lines."""
    if _ENDS.search(line) and (_BEGINS.match(line) or "@" in line or re.search(r"\d", line)):
        return True
    if not _BEGINS.match(line):
        return False
    joined = line
    for one in lines[at + 1 : at + 3]:
        joined = f"{joined} {one[:LONGEST_LINE]}"
        if _ENDS.search(joined[-LONGEST_LINE:]):
            return True
    return False


def _with_attribution(lines: list[str], at: int) -> int:
    """Our own mark, and what the mail program wrote above it."""
    for back in range(max(0, at - 8), at):
        if _begins_quotation(lines, back, lines[back][:LONGEST_LINE]):
            return back
    return at


def _answers_between(above: list[str]) -> bool:
    """Whether somebody wrote below a quotation: then what it answers stays with it."""
    seen = False
    for line in above:
        if _QUOTED.match(line):
            seen = True
        elif seen and line.strip():
            return True
    return False


def _length_of_head(below: list[str]) -> int:
    """How many lines at the beginning of a quotation only say whose it is."""
    for at, line in enumerate(below[:3]):
        if _ENDS.search(line[:LONGEST_LINE]):
            return at + 1
    return 1 if below else 0


def _tidy(lines: list[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()
