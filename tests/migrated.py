"""An empty, migrated database: made once for a state of the code, and copied wherever a test begins with one.

A copy takes no time to speak of. The copied one is made by tests/tables.py, and made anew as soon as any line of the
apps or any package is another.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

try:
    import fcntl
except ImportError:  # Windows: there two that begin at once may both make it
    fcntl = None  # type: ignore[assignment]

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("psa", "tickets", "outsourcing", "workflows", "billing", "demo")
# Where settings would send a migration elsewhere than told.
ELSEWHERE = {"DATABASE_URL", "MIGRATE_DATABASE_URL", "REDIS_URL", "TANDEM_SQLITE", "TANDEM_PRODUCTION", "TANDEM_DEMO"}
OTHERS = """SELECT usename, backend_start::text, left(query, 60) FROM pg_stat_activity
    WHERE datname = %s AND backend_type = 'client backend'"""


def fingerprint() -> str:
    """What a migrated database depends on: the apps' code and the locked packages."""
    found = hashlib.sha256()
    for path in sorted([*(one for name in PACKAGES for one in (ROOT / name).rglob("*.py")), ROOT / "requirements.txt"]):
        found.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return found.hexdigest()[:12]


def _make_tables(**env: str) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    done = subprocess.run(
        [sys.executable, "-m", "tests.tables"],
        cwd=ROOT,
        env={**kept, "PSA_NO_BOOTSTRAP": "1", "DJANGO_SETTINGS_MODULE": "psa.settings", **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout


# SQLite ---------------------------------------------------------------------------------------------------------------
def copy_file(var: Path, to: Path) -> None:
    """Put an empty, migrated SQLite database at `to`; what it is copied from is kept in the folder `var`."""
    pattern = var / f"migrated-{fingerprint()}.sqlite3"
    with (var / "migrating.lock").open("w") as one_by_one:
        if fcntl:
            fcntl.flock(one_by_one, fcntl.LOCK_EX)
        if not pattern.exists():
            with tempfile.TemporaryDirectory(dir=var, prefix="migrating-") as folder:
                made = Path(folder, "made.sqlite3")
                _make_tables(TANDEM_SQLITE=str(made))
                for old in var.glob("migrated-*.sqlite3"):
                    old.unlink(missing_ok=True)
                made.replace(pattern)
        shutil.copyfile(pattern, to)


# PostgreSQL -----------------------------------------------------------------------------------------------------------
def copy_database(owner: str, name: str, prefix: str) -> None:
    """Make the database `name` anew, empty and migrated, on the server of the owner's URL; what it is copied from
    stays there as `<prefix>_migrated_…`."""
    with _server(owner) as server:
        pattern = f"{prefix}_migrated_{fingerprint()}"
        # One after another: a database is not copied while somebody makes it.
        server.execute("SELECT pg_advisory_lock(hashtext(%s))", [pattern])
        there = {row[0] for row in server.execute("SELECT datname FROM pg_database").fetchall()}
        if pattern not in there:
            for old in there:
                if old.startswith(f"{prefix}_migrat"):
                    _drop(server, old)
            making = f"{prefix}_migrating"
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(making)))
            url = urlsplit(owner)._replace(path=f"/{making}").geturl()
            _make_tables(DATABASE_URL=url, MIGRATE_DATABASE_URL=url)
            server.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(making), sql.Identifier(pattern))
            )
        _drop(server, name)
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(pattern)))


def connected(owner: str, name: str) -> list[tuple[str, str, str]]:
    """Who is at work in this database: their role, since when, and what they asked last."""
    with _server(owner) as server:
        found: list[tuple[str, str, str]] = server.execute(OTHERS, [name]).fetchall()
    return found


def drop_database(owner: str, name: str) -> None:
    """Take a test's database away again."""
    with _server(owner) as server, contextlib.suppress(psycopg.OperationalError):
        _drop(server, name)


@contextmanager
def _server(owner: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(urlsplit(owner)._replace(path="/postgres").geturl(), autocommit=True) as server:
        yield server


def _drop(server: psycopg.Connection, name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
