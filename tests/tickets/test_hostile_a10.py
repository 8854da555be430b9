"""A10: mass assignment. Every form of tests/access_table.py is sent twice, once with columns it does not show: the rows
afterwards are the same to the last value. A new form takes part with its line."""

from __future__ import annotations

import re
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client

from psa.tenancy import scope
from psa.tenancy.models import Membership, Tenant
from tests.access_stage import World, a_desk, with_a_partner
from tests.access_table import Path
from tests.conftest import sign_in
from tests.test_access import address, everything, lines, walk

# What somebody would like to write, in every spelling a form might take; no form of the desk shows one of them under
# this name unless its own value stands against it.
WANTED: dict[str, Any] = {
    "tenant": 2, "tenant_id": 2, "owner": 2, "owner_id": 2, "created_by": 2, "created_by_id": 2, "author": 2,
    "author_id": 2, "author_name": "Somebody else", "status": "closed", "state": "done", "resume_to": "closed",
    "resolution": "done", "is_open": "", "closed_at": "2020-01-01", "created_at": "2020-01-01T00:00",
    "made_at": "2020-01-01T00:00", "edited_at": "2020-01-01T00:00", "received_at": "2020-01-01T00:00",
    "deleted_at": "2020-01-01T00:00", "removed_at": "2020-01-01T00:00", "removal": "deleted", "merged_into": 1,
    "merged_into_id": 1, "billing_state": "posted", "is_billed": "on", "posted_at": "2020-01-01", "invoice": 1,
    "approved_by": 2, "approved_by_id": 2, "is_staff": "on", "is_superuser": "on", "is_administrator": "on",
    "outsourcing_level": "all", "capabilities": "all", "amount_limit": "999999", "share_class": "partner",
    "audience": "customer", "handover": "00000000-0000-4000-8000-00000000000a", "id": 99, "pk": 99,
    "next_deadline": "2020-01-01T00:00", "last_activity": "2020-01-01T00:00", "checklist_done": 9,
    "checklist_total": 9, "search_text": "x", "acted_by": "Somebody else", "settled_at": "2020-01-01",
    "made_from": 1, "sha256": "0" * 64, "path": "/etc/passwd", "content_type": "text/html", "seconds": 9999,
    "running_since": "2020-01-01T00:00", "first_started_at": "2020-01-01T00:00", "company__tenant": 2,
}  # fmt: skip
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@pytest.fixture
def nord(max: Membership, baltic: Tenant) -> World:
    return with_a_partner(a_desk(max, "CanaryNord", 6), baltic)


FAR = 100_000
NUMBERED = re.compile(r"(': )(\d+)\b")


def plainly(rows: Any) -> str:
    """Rows as text: chance is taken out, and the numbers of what is new, which PostgreSQL does not give back."""
    found = UUID.sub("key", re.sub(r"UUID\('[^']*'\)", "key", repr(rows)))
    return NUMBERED.sub(lambda hit: hit[0] if int(hit[2]) < FAR else f"{hit[1]}new", found)


def number_from_afar() -> None:
    """What is made from now on has numbers no row has yet; SQLite gives the same ones again after a rollback."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT schemaname || '.' || sequencename FROM pg_sequences")
            for (name,) in cursor.fetchall():
                cursor.execute("SELECT max(nextval(%s::regclass)) FROM generate_series(1, %s)", [name, FAR])


def left_by(browser: Client, name: str, path: Path, nord: World, extra: dict[str, Any]) -> tuple[int, str]:
    """What the form leaves in the rows."""
    assert path.form is not None
    point = transaction.savepoint()
    answer = browser.post(address(name, path, nord), {**extra, **path.form(nord)})
    with scope.tenant(nord.tenant):
        found = plainly(everything())
    transaction.savepoint_rollback(point)
    return answer.status_code, found


def test_a10_no_form_takes_a_column_it_does_not_show(nord: World) -> None:
    browser = sign_in(nord.max)
    number_from_afar()
    forms = [one for one in lines() if one[2].form]
    assert len(forms) > 30
    with scope.tenant(nord.tenant):
        untouched = plainly(everything())

    def ignored(name: str, path: Path) -> None:
        plain = left_by(browser, name, path, nord, {})
        assert plain[0] == 302 and plain[1] != untouched, "the form is one that passes"
        status, rows = left_by(browser, name, path, nord, WANTED)
        assert status in {302, 400, 422}, status
        assert rows == (plain[1] if status == 302 else untouched), "something of it was written"

    with time_machine.travel("2026-03-04T12:00:00Z", tick=False), mock.patch("secrets.token_urlsafe", lambda *a: "t"):
        walk(ignored, forms)


def test_a10_a_forged_column_is_not_taken_from_the_address_or_from_json(nord: World) -> None:
    """The same names as a query string, and as a body no form ever sends."""
    browser = sign_in(nord.max)
    url = f"/nordlicht/tickets/{nord.ticket.number}/notes/add/"
    form = {"reader": nord.ours.value, "text": "Words"}
    assert browser.post(f"{url}?status=closed&author_name=Somebody&tenant=2", form).status_code == 302
    for body in ('{"status": "closed", "tenant": 2}', "[" * 5000 + "]" * 5000):
        assert browser.post(url, body, content_type="application/json").status_code in {400, 422}
    with scope.tenant(nord.tenant):
        note = type(nord.note).objects.latest("pk")
        assert (note.author_name, note.text, note.tenant_id) == ("Max Petersen", "Words", nord.tenant)
        nord.ticket.refresh_from_db()
        assert nord.ticket.status == "new"
