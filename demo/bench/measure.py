"""Measuring: gunicorn with two workers, one signed-in browser, the pages of each company and of the floor in turn."""

from __future__ import annotations

import http.client
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.core.management import CommandError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from demo.bench.seed import COMMON, RARE, Firm
from psa.tenancy import doors, scope
from psa.tenancy.models import Membership
from tickets.models import Ticket
from tickets.readers import readers

WARM = 10


@dataclass(frozen=True, slots=True)
class Page:
    """One line of the table: our address, the floor's, what is posted, and the bound the specification sets."""

    title: str
    path: str
    floor: str = ""
    bound: float = 0
    most: int = 0
    form: Callable[[Firm], dict[str, str]] | None = None


def _new(firm: Firm) -> dict[str, str]:
    with scope.tenant(firm.member.tenant):
        like = Ticket.objects.get(number=firm.shown)
    return {
        "title": "Measured",
        "company": str(like.company_id),
        "queue": str(like.queue_id),
        "priority": "3",
        "source": "phone",
    }


def _note(firm: Firm) -> dict[str, str]:
    with scope.tenant(firm.member.tenant):
        internal = readers(Ticket.objects.get(number=firm.shown))[0]
    return {"reader": internal.value, "kind_of": "note", "text": "Measured."}


PAGES = (
    Page("list, 25 rows", "tickets/", "list", 1.5, 12),
    Page("ticket with its conversation", "tickets/{shown}/", "page", 1.5, 20),
    Page("search, rare word", f"tickets/search/?q={RARE}", f"search:{RARE}", 1.5, 8),
    Page("search, common word", f"tickets/search/?q={COMMON}", f"search:{COMMON}", 1.5, 8),
    Page("counts of the views", "tickets/counts/"),
    Page("counts of the sidebar", "counts/"),
    Page("board", "tickets/board/"),
    Page("week", "tickets/week/"),
    Page("create ticket (POST)", "tickets/new/", "create", 2, 0, _new),
    Page("add a note (POST)", "tickets/{shown}/notes/add/", "note", 2, 0, _note),
)


# Where it runs --------------------------------------------------------------------------------------------------------
@contextmanager
def database(name: str, keep: bool, tell: Callable[[str], None]) -> Iterator[bool]:
    """A database of its own, migrated; gives whether it is empty. Dropped at the end unless it is to be kept."""
    old = connection.settings_dict["NAME"]
    connection.settings_dict["OPTIONS"].pop("pool", None)
    connection.settings_dict["TEST"]["NAME"] = name
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [name])
        is_new = not (keep and cursor.fetchone()[0])
    tell("Creating the database …" if is_new else "Using the database that is there …")
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False, keepdb=not is_new)
    try:
        yield is_new
    finally:
        connection.close()
        connection.creation.destroy_test_db(old, verbosity=0, keepdb=keep)


def firms(tickets: Sequence[int]) -> list[Firm]:
    """The companies of an earlier run."""
    found = []
    for number in tickets:
        tenant = doors.tenant_named(f"firm-{number}")
        if tenant is None:
            raise CommandError(f"No company with {number} tickets: run once without --keep.")
        with scope.tenant(tenant):
            member = Membership.objects.get(email=f"max@firm-{number}.example")
        member.tenant = tenant
        found.append(Firm(f"firm-{number}", member, number, number + 1))
    return found


@dataclass(frozen=True, slots=True)
class Server:
    """gunicorn: where it listens, and its process."""

    port: int
    pid: int


@contextmanager
def server() -> Iterator[Server]:
    """Two workers as in production, bound by row-level security; stopped at the end by their own handle."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = int(taken.getsockname()[1])
    url = urlsplit(settings.DATABASE_URL)
    path = "/" + connection.settings_dict["NAME"]
    env = os.environ | {"DATABASE_URL": urlunsplit(url._replace(path=path)), "SITE_URL": f"http://127.0.0.1:{port}"}
    command = [sys.executable, "-m", "gunicorn", "-c", "psa/gunicorn.conf.py", "-b", f"127.0.0.1:{port}"]
    process = subprocess.Popen([*command, "demo.bench.wsgi:application"], env=env, cwd=settings.BASE_DIR)
    try:
        _wait(port)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("gunicorn does not listen.")


# One browser ----------------------------------------------------------------------------------------------------------
class Browser:
    """Somebody of one company, signed in, on one connection that stays open."""

    def __init__(self, firm: Firm, server: Server) -> None:
        self.firm = firm
        self.inside = Client(SERVER_NAME="127.0.0.1")
        with scope.platform("bench: sign in"):
            self.inside.force_login(firm.member.user)
        self.inside.get(f"/{firm.slug}/tickets/")
        self.cookies = {name: morsel.value for name, morsel in self.inside.cookies.items()}
        self.line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

    def ask(self, path: str, form: dict[str, str] | None = None) -> float:
        """Milliseconds from the question to the last byte of the answer."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), "Host": "127.0.0.1"}
        body = None
        if form is not None:
            body = urlencode({**form, "csrfmiddlewaretoken": self.cookies[settings.CSRF_COOKIE_NAME]})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        self.line.request("POST" if form is not None else "GET", path, body, headers)
        answer = self.line.getresponse()
        answer.read()
        taken = (time.perf_counter() - began) * 1000
        if answer.status not in ((200,) if form is None else (302, 303)):
            raise RuntimeError(f"{path} answered {answer.status}.")
        return taken

    def ours(self, page: Page) -> tuple[str, dict[str, str] | None]:
        """The address of a page at this company, and what is posted there."""
        path = f"/{self.firm.slug}/{page.path.format(shown=self.firm.shown)}"
        return path, page.form(self.firm) if page.form else None

    def floor(self, page: Page) -> tuple[str, dict[str, str] | None]:
        """The floor's address for the same."""
        name, _colon, words = page.floor.partition(":")
        member = self.firm.member
        given = {"firm": member.tenant_id, "number": self.firm.shown, "member": member.pk, "q": words}
        return f"/floor/{name}/?{urlencode(given)}", {} if page.form else None

    def statements(self, page: Page) -> int:
        """How many statements the page takes once it is warm; transactions' own words are not counted."""
        path, form = self.ours(page)
        for _time in range(2):
            with CaptureQueriesContext(connection) as found:
                self.inside.post(path, form) if form is not None else self.inside.get(path)
        words = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SET ", "SELECT set_config")
        return len([one for one in found.captured_queries if not one["sql"].startswith(words)])


# The table ------------------------------------------------------------------------------------------------------------
def report(firms: list[Firm], server: Server, rounds: int, times: int) -> Iterator[str]:
    """The table as Markdown, line by line: the companies' milliseconds, the floor's, ratio, growth, statements."""
    browsers = [Browser(firm, server) for firm in firms]
    sizes = " | ".join(f"{firm.tickets:,}" for firm in firms)
    yield f"| page | {sizes} | floor | ratio | at most | growth | statements |"
    yield "|---" * (len(firms) + 6) + "|"
    for page in PAGES:
        yield _line(page, browsers, rounds, times)
    yield f"Memory of two workers and their parent: {_memory(server.pid):.0f} MB PSS."


def _line(page: Page, browsers: list[Browser], rounds: int, times: int) -> str:
    taken: list[list[float]] = [[] for _one in browsers]
    floor: list[float] = []
    last = browsers[-1]
    for number in range(rounds + 1):
        is_warming = number == 0
        for at, browser in enumerate(browsers):
            path, form = browser.ours(page)
            found = [browser.ask(path, form) for _time in range(WARM if is_warming else times)]
            taken[at] += [] if is_warming else found
        if page.floor:
            path, form = last.floor(page)
            found = [last.ask(path, form) for _time in range(WARM if is_warming else times)]
            floor += [] if is_warming else found
    ours = [statistics.median(one) for one in taken]
    bare = statistics.median(floor) if floor else 0
    return " | ".join(
        [
            f"| {page.title}",
            *(f"{one:.1f}" for one in ours),
            f"{bare:.1f}" if bare else "",
            f"{ours[-1] / bare:.2f}" if bare else "",
            f"{page.bound:g} ×" if page.bound else "",
            f"{ours[-1] / ours[0]:.2f}",
            f"{last.statements(page)}" + (f" (≤ {page.most})" if page.most else "") + " |",
        ]
    )


def _memory(pid: int) -> float:
    """Proportional memory of a process and its children, in MB; 0 where the system does not tell."""
    pids = [pid]
    for one in pids:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            pids += [int(child) for child in task.read_text().split()]
    total = 0
    for one in pids:
        lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        total += next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return total / 1024
