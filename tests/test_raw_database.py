"""Nobody speaks to the database past Django's cursors, which carry the tenant scope (docs/security.md)."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

APPS = ("psa", "tickets", "outsourcing", "workflows", "billing", "demo")
# Methods of a cursor that send what no wrapper sees.
PAST_THE_SCOPE = {"callproc", "copy_expert", "copy_from", "copy_to"}


def ways_around(source: str) -> list[int]:
    """Lines that take a raw connection's cursor, copy through one, or call a procedure."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Attribute):
            continue
        of = node.value
        raw_cursor = node.attr == "cursor" and isinstance(of, ast.Attribute) and of.attr == "connection"
        copies = node.attr == "copy" and isinstance(of, ast.Name) and "cursor" in of.id
        if raw_cursor or copies or node.attr in PAST_THE_SCOPE:
            lines.append(node.lineno)
    return lines


def test_no_module_goes_around_the_scope() -> None:
    root = Path(settings.BASE_DIR)
    backend = root / "psa/tenancy/postgresql"  # it is what applies the scope
    found = {
        path.relative_to(root).as_posix(): lines
        for app in APPS
        for path in (root / app).rglob("*.py")
        if backend not in path.parents and (lines := ways_around(path.read_text()))
    }
    assert found == {}


@pytest.mark.parametrize(
    "line", ["connection.connection.cursor()", "cursor.callproc('f')", "cursor.copy('COPY t FROM STDIN')"]
)
def test_a_way_around_is_seen(line: str) -> None:
    assert ways_around(line) == [1]


def test_djangos_own_cursor_is_not_one() -> None:
    assert ways_around("with connection.cursor() as cursor:\n    cursor.execute('SELECT 1')") == []
