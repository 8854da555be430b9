"""What the documents say of the code is what the code says: states, moves, rights. Either changed alone fails here."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils import translation

from outsourcing.models.handover import SERVICE_LABELS
from psa.fsm import StateMachine, state_fields
from psa.tenancy import capabilities

DOCS = settings.BASE_DIR / "docs"
MACHINES = [model for model in apps.get_models() if issubclass(model, StateMachine)]
SPEAKS = {1: "en", 2: "de", 3: "lv"}
LEVELS = {"none": "None", "outsource": "Outsource", "partners": "Partners", "all": "All"}
REACHES = {
    "portal": "portal",
    "on_behalf": "on behalf",
    "approver": "approver",
    "right": "with the right",
    "people": "own people",
}


@cache
def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def section(model: type[models.Model]) -> str:
    """The part of docs/lifecycles.md that tells of this machine."""
    found = re.search(rf"^## {model.__name__}$(.*?)(?=^## |\Z)", text("lifecycles.md"), re.M | re.S)
    assert found, f"docs/lifecycles.md has no section {model.__name__}"
    return found[1]


def rows(part: str, first: str) -> list[list[str]]:
    """The cells of the table whose head begins with `first`."""
    tables = [table.strip().splitlines() for table in re.findall(r"(?:^\|.*\n)+", part, re.M)]
    table = next(table for table in tables if table[0].startswith(f"| {first} "))
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in (row[1:-1].strip() for row in table[2:])
    ]


def codes(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def transitions(model: Any) -> set[tuple[str, str, str]]:
    """Every (method, source, target) of a machine."""
    (name,) = state_fields(model)
    field = model._meta.get_field(name)
    return {(one.name, str(one.source), str(one.target)) for one in field.get_all_transitions(model)}


@pytest.mark.parametrize("model", MACHINES)
def test_every_state_is_in_the_document(model: Any) -> None:
    (name,) = state_fields(model)
    states = {str(code) for code, _ in model._meta.get_field(name).choices}
    assert [codes(row[0])[0] for row in rows(section(model), "state")] == sorted(states, key=_order(model, name))


def _order(model: Any, name: str) -> Any:
    return [str(code) for code, _ in model._meta.get_field(name).choices].index


@pytest.mark.parametrize("model", MACHINES)
def test_every_move_is_in_the_document_from_where_and_to_where(model: Any) -> None:
    told = set()
    for cells in rows(section(model), "move"):
        sources, _, targets = cells[1].partition("→")
        told |= {(method, source, codes(targets)[0]) for method in codes(cells[0]) for source in codes(sources)}
    assert told == transitions(model)


@cache
def catalogue(language: str) -> dict[tuple[str, str], str]:
    path = Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"
    with path.open("rb") as file:
        return {(one.context or "", str(one.id)): str(one.string) for one in read_po(file, locale=language)}


def says(label: Any, language: str, context: str = "") -> str:
    """A label in a language, as pages say it; a plain text by the catalogue, in its context."""
    if context:
        return str(label) if language == "en" else catalogue(language)[context, str(label)]
    with translation.override(language):
        return str(label)


@pytest.mark.parametrize("model", MACHINES)
def test_states_are_called_what_the_pages_call_them(model: Any) -> None:
    (name,) = state_fields(model)
    labels = {str(code): label for code, label in model._meta.get_field(name).choices}
    for cells in rows(section(model), "state"):
        label = labels[codes(cells[0])[0]]
        told = cells[1].split(" · ") if " · " in cells[1] else cells[1:4]
        assert told == [says(label, language) for language in SPEAKS.values()], cells[0]


def test_the_service_partners_own_words_are_in_the_document() -> None:
    table = {codes(cells[0])[0]: cells[2] for cells in rows(section(_handover()), "state")}
    for code, label in SERVICE_LABELS.items():
        assert table[code].split(" · ") == [says(label, language, "insource status") for language in SPEAKS.values()]


def _handover() -> Any:
    return apps.get_model("outsourcing", "Handover")


def test_every_numbered_move_of_the_specification_is_accounted_for() -> None:
    told = {int(number) for number in re.findall(r"^\| T(\d+) ", text("lifecycles.md"), re.M)}
    assert told == set(range(17))


def test_every_right_of_every_role_is_in_the_document() -> None:
    told = [tuple(cells) for cells in rows(text("permissions.md"), "capability") if "." in cells[0]]
    assert told == [_right(capability) for capability in capabilities.CAPABILITIES]


def _right(capability: str) -> tuple[str, ...]:
    also = [name for name, stands_for in capabilities.ALIASES.items() if stands_for == capability]
    cells = [capabilities.DEFAULTS[role].get(capability, "") for role in capabilities.ROLES]
    names = ", ".join(f"`{name}`" for name in (capability, *also))
    return (names, str(capabilities.NAMES[capability]), *(REACHES.get(cell, cell) or "–" for cell in cells))


def test_the_roles_stand_over_their_columns() -> None:
    head = re.search(r"^\| capability .*$", text("permissions.md"), re.M)
    assert head is not None
    assert [cell.strip() for cell in head[0].strip("|").split("|")][2:] == [
        str(capabilities.ROLE_NAMES[role]) for role in capabilities.ROLES
    ]


def test_every_outsourcing_level_is_in_the_document() -> None:
    told = {codes_of(cells[0]): cells[2:] for cells in rows(text("permissions.md"), "level")}
    every = sorted(set().union(*capabilities.LEVELS.values()), key=list(capabilities.NAMES).index)
    assert told == {name: ["✓" if name in capabilities.LEVELS[level] else "–" for level in LEVELS] for name in every}


def codes_of(cell: str) -> str:
    found = re.search(r"`([\w.]+)`", cell)
    assert found, cell
    return found[1]


@pytest.mark.parametrize(
    "path", sorted(DOCS.rglob("*.md")) + [settings.BASE_DIR / "README.md"], ids=lambda path: path.name
)
def test_documents_point_at_what_there_is(path: Path) -> None:
    """Links and paths in code letters lead to files of the project; pictures may come later."""
    content = path.read_text(encoding="utf-8")
    linked = [target.partition("#")[0] for target in re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", content)]
    assert [name for name in linked if not name.endswith(".png") and not (path.parent / name).exists()] == []
    named = re.findall(
        r"`((?:psa|tickets|outsourcing|demo|tests|docs|templates|static|locale)/[\w/.-]+\.\w+)`", content
    )
    assert [name for name in named if not (settings.BASE_DIR / name).exists()] == []


def test_every_dependency_has_its_reason_on_record() -> None:
    names = [
        re.split(r"[<>=]", line)[0].strip() for line in (settings.BASE_DIR / "requirements.in").read_text().split()
    ]
    told = " ".join(path.read_text(encoding="utf-8") for path in (DOCS / "adr").glob("*.md"))
    assert [name for name in names if f"`{name}`" not in told] == []


def test_the_records_are_numbered_without_a_gap() -> None:
    numbers = sorted(int(path.name[:4]) for path in (DOCS / "adr").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_machines_of_the_it_house_are_among_them() -> None:
    """It-house spec, "Machines": these have a table and are compared with it above."""
    names = "Order DeliveryNote GoodsRequest Appointment Licence HandOff BillingItem Invoice"
    assert set(names.split()) <= {model.__name__ for model in MACHINES}


def rules() -> list[list[str]]:
    """Every rule of docs/it-house.md: its code, what holds, and the tests that show it."""
    return [row for part in text("it-house.md").split("\n## ")[1:] for row in rows(part, "rule")]


@cache
def defined_in(path: str) -> set[str]:
    """The tests a file defines, read and not imported."""
    tree = ast.parse((settings.BASE_DIR / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@pytest.mark.parametrize("code", [row[0] for row in rules()])
def test_every_rule_of_the_it_house_has_a_test_that_is_there(code: str) -> None:
    (shown,) = [row[2] for row in rules() if row[0] == code]
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", shown)
    assert named, f"No test shows {code}."
    assert [test for path, test in named if test not in defined_in(path)] == []
