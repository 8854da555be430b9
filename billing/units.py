"""Units of UN/ECE recommendation 20, in which an electronic invoice counts (EN 16931, BT-130), and the words people
type for them."""

from __future__ import annotations

PIECE = "C62"
# Code → what people write for it in German, Latvian and English, in small letters and without a full stop at the end.
WORDS = {
    PIECE: (
        "stk", "stck", "stück", "gab", "gabals", "gabali", "gb", "pc", "pcs", "piece", "pieces", "unit", "units", "x",
    ),
    "HUR": (
        "h", "hr", "hrs", "hour", "hours", "std", "stunde", "stunden", "st", "stunda", "stundas", "stundu",
    ),
    "MIN": ("min", "minute", "minutes", "minuten", "minūte", "minūtes"),
    "DAY": ("d", "day", "days", "tag", "tage", "tagen", "diena", "dienas", "dienu"),
    "WEE": ("week", "weeks", "woche", "wochen", "nedēļa", "nedēļas"),
    "MON": ("month", "months", "mon", "monat", "monate", "monaten", "mēnesis", "mēneši", "mēnešu", "mēn"),
    "ANN": ("year", "years", "jahr", "jahre", "jahren", "gads", "gadi", "gadu"),
    "KMT": ("km", "kilometre", "kilometres", "kilometer", "kilometers", "kilometern", "kilometrs", "kilometri"),
    "MTR": ("m", "metre", "metres", "meter", "meters", "metern", "metrs", "metri"),
    "KGM": ("kg", "kilogram", "kilograms", "kilogramm", "kilo", "kilogrami"),
    "LTR": ("l", "litre", "litres", "liter", "liters", "litern", "litrs", "litri"),
    "LS": ("pauschale", "pauschal", "psch", "flat", "flat charge", "flat rate", "lump sum", "vienreizējs maksājums"),
}  # fmt: skip
_CODES = {word: code for code, words in WORDS.items() for word in words}


def code_of(unit: str) -> str:
    """The code of a unit as somebody typed it; one piece (C62) for what nobody knows."""
    return _CODES.get(unit.strip().rstrip(".").casefold(), PIECE)
