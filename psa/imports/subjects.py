"""What can be brought in: each subject names its fields, and makes or changes one row of them at a time.

class Companies(subjects.Subject):
    code, label, icon = "companies", _("Companies"), "building-2"
    fields = (Field("key", _("Key in the other system"), …), Field("name", _("Name"), is_needed=True), …)

    def make(self, values, by): …       # raises Refused or Denied, which is the row's line in the report
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils.translation import override

from psa.imports.models import ImportKey
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused

LANGUAGES = ("en", "de", "lv")
CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"
KEY = "key"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a subject; `names` are other headings it is known by, "most" how long it may be."""

    code: str
    label: Any
    names: tuple[str, ...] = ()
    is_needed: bool = False
    most: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a row."""

    outcome: str
    pk: int
    label: str


class Subject(ABC):
    """One kind of rows."""

    code: ClassVar[str] = ""
    label: ClassVar[Any] = ""
    icon: ClassVar[str] = "upload"
    fields: ClassVar[tuple[Field, ...]] = ()
    # Of these at least one column is there, so that the same row is known again.
    known_by: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def make(self, values: Mapping[str, str], by: Actor) -> Made:
        """Make or change the row these values name; empty ones change nothing. Raises Refused, Denied."""

    def identity(self, values: Mapping[str, str]) -> str:
        """What tells a row of the file from the others; "" where nothing does."""
        return next((f"{code}:{values[code].casefold()}" for code in self.known_by if values.get(code)), "")

    def href(self, tenant: str, pk: int) -> str:
        """Where the row is looked at."""
        return ""

    def field(self, code: str) -> Field | None:
        return next((one for one in self.fields if one.code == code), None)


_subjects: dict[str, Subject] = {}


def register(subject: Subject) -> None:
    """Make a subject known; in `AppConfig.ready`."""
    _subjects[subject.code] = subject


def named(code: str) -> Subject | None:
    return _subjects.get(code)


def all_of_them() -> list[Subject]:
    return list(_subjects.values())


def field_label(path: str) -> str:
    """A field's label by "subject.field", for sentences."""
    code, _dot, name = path.partition(".")
    found = named(code)
    field = found.field(name) if found else None
    return str(field.label) if field else name


# What rows are checked with ---------------------------------------------------------------------------------------
def guess(subject: Subject, heads: Iterable[str]) -> list[str]:
    """Which column is what, by its heading in any of our languages; each field once."""
    known: dict[str, str] = {}
    for one in subject.fields:
        for word in (one.code, *one.names, *_labels(one.label)):
            known.setdefault(_folded(word), one.code)
    found: list[str] = []
    for head in heads:
        code = known.get(_folded(head), "")
        found.append("" if code in found else code)
    return found


def _labels(label: Any) -> list[str]:
    said = []
    for language in LANGUAGES:
        with override(language):
            said.append(str(label))
    return said


def _folded(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter.isalnum())


def checked(subject: Subject, values: Mapping[str, str]) -> None:
    """What is needed is there, and nothing is longer than its column. Raises Refused."""
    for one in subject.fields:
        value = values.get(one.code, "")
        path = f"{subject.code}.{one.code}"
        if one.is_needed and not value:
            raise Refused("import.missing", field=path)
        if one.most and len(value) > one.most:
            raise Refused("import.too_long", field=path, most=one.most)


def email(path: str, value: str) -> str:
    """An address that can be one. Raises Refused."""
    try:
        validate_email(value)
    except ValidationError as error:
        raise Refused("import.unreadable", field=path, value=value[:60]) from error
    return value


def choice(path: str, value: str, choices: Iterable[tuple[Any, Any]]) -> Any:
    """The code of a choice, by itself or by its label in any of our languages. Raises Refused."""
    asked = _folded(value)
    for code, label in choices:
        if asked in {_folded(str(code)), *(_folded(said) for said in _labels(label))}:
            return code
    raise Refused("import.unknown", field=path, value=value[:60])


def one_of(path: str, value: str, rows: Any) -> Any:
    """The one row of this query, refused where there is none or more than one."""
    found = list(rows[:2])
    if not found:
        raise Refused("import.unknown", field=path, value=value[:60])
    if len(found) > 1:
        raise Refused("import.ambiguous", field=path, value=value[:60])
    return found[0]


def by_key(subject: Subject, values: Mapping[str, str], rows: Any) -> Any:
    """The row an earlier import made of this key, None for a new one; a row that is gone since is made again."""
    if not (key := values.get(KEY)):
        return None
    pk = ImportKey.objects.filter(subject=subject.code, key=key).values_list("row_id", flat=True).first()
    return rows.filter(pk=pk).first() if pk else None


def keep_key(subject: Subject, values: Mapping[str, str], row: models.Model) -> None:
    """Remember what the other system calls this row."""
    if key := values.get(KEY):
        ImportKey.objects.update_or_create(subject=subject.code, key=key, defaults={"row_id": row.pk})


def outcome(row: Any, changes: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """What of these values is new to a row."""
    new = {name: value for name, value in changes.items() if getattr(row, name) != value}
    return (UPDATED if new else UNCHANGED), new
