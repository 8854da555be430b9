"""The list of sign-ins: one's own, and a company's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from psa.accounts import browsers
from psa.accounts.models import Outcome
from psa.web.labels import Label, Table
from psa.web.lists import Choice, Column, Days, List, Sort
from psa.web.templatetags import ui

OUTCOMES = Table(
    {
        Outcome.DONE: Label(Outcome.DONE.label, "green", "circle-check"),
        Outcome.FAILED: Label(Outcome.FAILED.label, "amber", "triangle-alert"),
        Outcome.BLOCKED: Label(Outcome.BLOCKED.label, "red", "lock"),
    }
)
METHODS = {
    "password": gettext_lazy("Password"),
    "totp": gettext_lazy("Authenticator app"),
    "recovery_codes": gettext_lazy("Recovery code"),
    "webauthn": gettext_lazy("Passkey"),
    "code": gettext_lazy("Code of the second step"),
    "sign_on": gettext_lazy("The company's sign-on"),
    "invitation": gettext_lazy("Invitation"),
    "password_reset": gettext_lazy("Link of a mail"),
    "demo": gettext_lazy("One click, in the demo"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One attempt."""

    id: int
    email: str
    name: str | None
    outcome: str
    method: str
    address: str
    browser: str
    at: datetime


def method(code: str) -> str:
    """How somebody proved who they are, in words."""
    return ", ".join(str(METHODS.get(one, one)) for one in code.split("+"))


def _words(rows: QuerySet, words: str) -> QuerySet:
    return rows.filter(Q(email__icontains=words) | Q(user__name__icontains=words) | Q(address__icontains=words))


_WHO = Column("who", gettext_lazy("Who"), lambda row: row.name or row.email, css="cell-title")
_REST: tuple[Any, ...] = (
    Column("outcome", gettext_lazy("Outcome"), lambda row: OUTCOMES.badge(row.outcome), css="cell-nowrap"),
    Column("method", gettext_lazy("How"), lambda row: method(row.method)),
    Column("address", gettext_lazy("From"), lambda row: row.address, css="cell-nowrap cell-labelled"),
    Column(
        "browser",
        gettext_lazy("Browser"),
        lambda row: browsers.name(row.browser),
        css="cell-hide",
        plain=lambda row: row.browser,
    ),
    Column("at", gettext_lazy("When"), lambda row: ui.ago(row.at), css="cell-nowrap", plain=lambda row: row.at),
)
_FILTERS = (
    Choice("outcome", gettext_lazy("Outcome"), "outcome", Outcome.choices),
    Days("day", gettext_lazy("Day"), "at"),
)
_FIELDS = ("id", "email", "user__name", "outcome", "method", "address", "browser", "at")
_SORTS = (Sort("newest", gettext_lazy("Newest"), "pk", "int", descending=True),)

MINE = List(
    "my-sign-ins",
    Row,
    _FIELDS,
    _REST,
    _SORTS,
    _FILTERS,
    empty_title=gettext_lazy("No sign-ins yet"),
    empty_icon="log-in",
    export=False,
)
EVERYBODY = List(
    "sign-ins",
    Row,
    _FIELDS,
    (_WHO, *_REST),
    _SORTS,
    _FILTERS,
    search=_words,
    search_label=gettext_lazy("Search name or address"),
    empty_title=gettext_lazy("No sign-ins yet"),
    empty_text=gettext_lazy("Who signs in stands here: when, how, from where, and who tried and failed."),
    empty_icon="log-in",
    export=False,
)
