"""The table of tests/test_access.py, continued: a line for each address of estimates and the rules of requests."""

from __future__ import annotations

from typing import Any

from tests.access_path import POSTED, Path, number, pk
from tests.access_stage import World


def approving(w: World) -> dict[str, Any]:
    return {"pk": w.company.pk, "approver": w.approver.pk}


REQUESTS: dict[str, Path] = {
    "workflows:estimate": Path("estimate.send", number),
    "workflows:record_decision": Path(
        "ticket.override",
        lambda w: {"number": w.estimated.number},
        technician=403,
        form=lambda w: {"contact": w.contact.pk, "decision": "returned", "proof": "call", "text": "New words"},
        ids=("contact",),
    ),
    "workflows:estimate_paper": Path(
        "price.view", lambda w: {"number": w.estimated.number, "version": 1}, technician=403
    ),
    "workflows:approvers": Path("company.view", pk),
    "workflows:add_approver": Path(
        "company.manage",
        pk,
        technician=403,
        form=lambda w: {"contact": w.deputy.contact_id, "limit": "100", "currency": "EUR", "position": 2},
        ids=("contact",),
    ),
    "workflows:approval_mode": Path("company.manage", pk, POSTED, POSTED, form=lambda w: {"mode": "all"}),
    "workflows:edit_approver": Path(
        "company.manage",
        approving,
        technician=403,
        form=lambda w: {"limit": "100", "currency": "EUR", "position": 2},
    ),
    "workflows:remove_approver": Path("company.manage", approving, POSTED, POSTED),
    "workflows:appoint_deputy": Path(
        "company.manage",
        approving,
        technician=403,
        form=lambda w: {
            "contact": w.deputy.contact_id,
            "starts_on": "2100-01-01",
            "ends_on": "2100-01-02",
        },
        ids=("contact",),
    ),
    "workflows:dismiss_deputy": Path(
        "company.manage", lambda w: {**approving(w), "deputy": w.deputy.pk}, POSTED, POSTED
    ),
    "workflows:policies": Path("rule.manage", technician=403),
    "workflows:policy_of_all": Path("tenant.manage", technician=403, form=lambda w: {"tolerance": "20"}),
    "workflows:policy_of_category": Path(
        "rule.manage", lambda w: {"pk": w.category.pk}, technician=403, form=lambda w: {"tolerance": "20"}
    ),
    "workflows:policy_of_company": Path("rule.manage", pk, technician=403, form=lambda w: {"tolerance": "20"}),
    "workflows:policy_of_contract": Path(
        "rule.manage", lambda w: {"pk": w.contract.pk}, technician=403, form=lambda w: {"tolerance": "20"}
    ),
}
