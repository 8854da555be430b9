"""The tests' tables are made from the models at once (tests/tables.py): the migrations end in the same ones."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests import migrated, stack

pytestmark = pytest.mark.stack

Shape = set[tuple[str, ...]]
# In one table of Django's own the numbers are of another width, as its migrations run.
PARTS = """
    SELECT 'column', table_name, column_name, data_type || coalesce(character_maximum_length::text, ''),
        is_nullable || coalesce(column_default, '') || is_identity
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'auth_group_permissions'
    UNION SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated::text
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION SELECT 'index', tablename, indexname, indexdef, '' FROM pg_indexes WHERE schemaname = 'public'
    UNION SELECT 'policy', tablename, policyname, qual, coalesce(with_check, '') FROM pg_policies
    UNION SELECT 'migration', app, name, '', '' FROM django_migrations"""


def pieces(statement: str) -> Iterator[str]:
    """What stands between the outermost brackets of a CREATE TABLE, comma by comma."""
    depth, quoted, piece = 0, "", ""
    for letter in statement[statement.index("(") + 1 : statement.rindex(")")]:
        if quoted:
            quoted = "" if letter == quoted else quoted
        elif letter in "'\"":
            quoted = letter
        depth += 0 if quoted else {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and not depth and not quoted:
            yield piece.strip()
            piece = ""
        else:
            piece += letter
    yield piece.strip()


def in_file(path: Path) -> Shape:
    """The tables, indexes, triggers and migrations of a SQLite database, in no order."""
    found: Shape = set()
    with sqlite3.connect(path) as database:
        for kind, name, statement in database.execute("SELECT type, name, sql FROM sqlite_master WHERE sql <> ''"):
            whole = kind != "table" or statement.startswith("CREATE VIRTUAL")
            found |= {(kind, name, re.sub(r"\s+", " ", one)) for one in ([statement] if whole else pieces(statement))}
        found |= set(database.execute("SELECT 'migration', app, name FROM django_migrations"))
    return found


def on_server(url: str) -> Shape:
    """The same of a PostgreSQL database, and its policies."""
    with psycopg.connect(url) as database:
        return set(database.execute(PARTS).fetchall())


def migrate(env: dict[str, str]) -> None:
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=migrated.ROOT, env=env, check=True)


def test_the_migrations_end_in_the_tables_the_tests_run_on(tmp_path: Path) -> None:
    env = stack.environment(tmp_path, 1)
    stack.fresh_database(env)
    if stack.KIND == "production":
        owner = env["MIGRATE_DATABASE_URL"]
        ours = on_server(owner)
        name = urlsplit(owner).path.lstrip("/")
        with psycopg.connect(urlsplit(owner)._replace(path="/postgres").geturl(), autocommit=True) as server:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            server.execute(f'CREATE DATABASE "{name}"')
        migrate(env)
        theirs = on_server(owner)
    else:
        made = tmp_path / "tandem.sqlite3"
        ours = in_file(made)
        made.unlink()
        migrate(env)
        theirs = in_file(made)
    assert len(ours) > 1000
    assert ours == theirs
