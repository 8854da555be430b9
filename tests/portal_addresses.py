"""The customer portal's addresses as strangers meet them, for the table of tests/test_access.py.

A member is a stranger there; tests/workflows/portal/test_sight.py walks the same addresses as its own people.
"""

from __future__ import annotations

from typing import Any

from tests.access_stage import World

AT_THE_DOOR = {"sign_in": 200, "code": 303, "code_again": 405, "sign_out": 405, "logo": 404, "enter": 303}
POSTS = ("write", "share", "language", "estimate_accept", "estimate_decline", "estimate_give_back", "estimate_pass")
POSTS += ("approver_remove", "deputy_new", "deputy_end")
POSTS += ("review_accept", "review_reopen", "review_deploy", "review_until")
PAGES = ("home", "requests", "new_request", "request", "cancel", "file", "estimate", "estimate_paper", "review")
PAGES += ("profile", "people", "person", "approver_new", "approver")
OF_BILLING = ("invoices", "invoice", "invoice_paper", "invoice_xml", "notes", "note_paper")
OF_A_REQUEST = ("request", "cancel", "file", "write", "share", "review", "estimate")
KEY = "0b0b8f4e-54f5-4a5e-9d3f-1f8a9f6f7a10"
NAMED: dict[str, dict[str, Any]] = {
    **{name: {"approver": 1} for name in ("approver", "approver_remove", "deputy_new")},
    "deputy_end": {"approver": 1, "deputy": 1},
    "file": {"key": KEY},
    "person": {"pk": 1},
    "enter": {"key": "x"},
}


def customers_contact(w: World) -> dict[str, Any]:
    """The desk's page of a contact's access."""
    return {"company_pk": w.company.pk, "pk": w.reachable.pk}


def line(name: str) -> tuple[dict[str, Any], int, int]:
    """The arguments of an address, and what a stranger and a member get."""
    args: dict[str, Any] = {"desk": "nordlicht", **NAMED.get(name, {})}
    if name.startswith(OF_A_REQUEST) and name != "requests":
        args["number"] = 1
    status = AT_THE_DOOR.get(name, 405 if name in POSTS else 303)
    return args, status, status


def of_billing(name: str) -> tuple[dict[str, Any], int, int]:
    """The same of what a customer was billed; tests/billing/test_customer_pages.py walks these as its people."""
    args = {"desk": "nordlicht"} if name in {"invoices", "notes"} else {"desk": "nordlicht", "key": KEY}
    return args, 303, 303


PORTAL = {f"portal:{name}": line(name) for name in (*AT_THE_DOOR, *POSTS, *PAGES)}
PORTAL |= {f"billing:customer_{name}": of_billing(name) for name in OF_BILLING}
