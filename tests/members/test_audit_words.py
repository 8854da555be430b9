"""Every kind of entry that the code records has its words in the audit, in three languages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from types import MappingProxyType
from typing import Any

import pytest
from django.utils import translation

from psa.members import audit, history
from tests.test_house_rules import calls, code

ITEMS = ("note", "timeentry", "charge", "attachment")
DESK = ("queue", "category", "ticket_type")
BOOK = ("company", "contact", "location", "contract", "rate")
# Kinds that are put together where they are recorded: as they stand there, and what they become.
MADE: dict[str, tuple[str, ...]] = {
    "tickets/services/items.py {}.added": tuple(f"{one}.added" for one in ITEMS),
    "tickets/services/items.py {}.edited": tuple(f"{one}.edited" for one in ITEMS),
    "tickets/services/items.py {}.removed": tuple(f"{one}.removed" for one in ITEMS),
    "tickets/services/copies.py {}.received": tuple(f"{one}.received" for one in ITEMS),
    "tickets/services/copies.py {}.changed_by_partner": tuple(f"{one}.changed_by_partner" for one in ITEMS),
    "tickets/services/copies.py {}.withdrawn": tuple(f"{one}.withdrawn" for one in ITEMS),
    "tickets/services/merging.py {}.moved": tuple(f"{one}.moved" for one in ITEMS),
    "tickets/services/linking.py ticket.{}": ("ticket.linked", "ticket.unlinked"),
    "tickets/services/desk.py {}.added": tuple(f"{one}.added" for one in DESK),
    "tickets/services/desk.py {}.changed": tuple(f"{one}.changed" for one in DESK),
    "tickets/services/desk.py {}.retired": tuple(f"{one}.retired" for one in DESK),
    "tickets/services/desk.py {}.restored": tuple(f"{one}.restored" for one in DESK),
    "tickets/services/text_modules.py kind": ("text_module.retired", "text_module.restored"),
    "tickets/services/checklists.py checklistitem.{}": tuple(
        f"checklistitem.{verb}" for verb in ("ticked", "skipped", "unticked")
    ),
    "tickets/services/checklist_templates.py checklisttemplate.{}": (
        "checklisttemplate.retired", "checklisttemplate.restored",
    ),
    "tickets/services/reserved.py told": ("ticket.defect_found", "ticket.objected"),
    "tickets/services/hand_offs.py kind": tuple(
        f"handoff.{verb}" for verb in ("sent", "accepted", "returned", "sent_again", "finished", "cancelled")
    ),
    "billing/services/delivery_locks.py kind": (),  # its callers name theirs
    "billing/services/delivery_lines.py kind": tuple(
        f"deliverynote.{fact}" for fact in ("line_added", "line_edited", "line_removed", "taken_from_order")
    ),
    "billing/services/goods_requests.py kind": tuple(
        f"goodsrequest.{fact}" for fact in ("asked", "booked", "returned", "asked_again", "cancelled", "settled")
    ),
    "billing/services/stock.py kind": ("stockplace.added", "stockplace.renamed"),
    "tickets/services/quarantine.py kind": ("mail.put_on_ticket", "mail.made_ticket"),
    "tickets/services/clocks.py kind": ("ticket.clock_warned", "ticket.clock_breached"),
    "billing/services/promises.py of_order": tuple(
        f"order.promise_{verb}" for verb in ("agreed", "changed", "withdrawn")
    ),
    "billing/services/promises.py of_ticket": tuple(
        f"ticket.promise_{verb}" for verb in ("agreed", "changed", "withdrawn")
    ),
    "billing/services/articles.py {}.{}": tuple(
        f"{noun}.{verb}" for noun in ("article", "servicetemplate") for verb in ("retired", "restored")
    ),
    "psa/calendars/services.py kind": ("calendar.edited", "calendar.day_put", "calendar.day_dropped"),
    "psa/directory/services.py {}.added": tuple(f"{one}.added" for one in BOOK),
    "psa/directory/services.py {}.edited": tuple(f"{one}.edited" for one in BOOK),
    "psa/tenant_settings/services.py fact": ("tenant.changed", "tenant.rules_changed"),
    "psa/support/services.py kind": ("support.looked", "support.fetched", "support.refused"),
    "billing/services/contracts.py {}.added": ("hourblock.added", "surcharge.added", "contractline.added"),
    "billing/services/contracts.py {}.edited": ("hourblock.edited", "surcharge.edited", "contractline.edited"),
    "outsourcing/services/history.py handover.{}": (),  # its callers are read below
    "outsourcing/services/passing.py handover.{}": ("handover.published", "handover.passed_on"),
    "outsourcing/services/partners.py partnership.{}": ("partnership.paused", "partnership.resumed"),
    "outsourcing/inbox.py partnership.{}": ("partnership.paused", "partnership.resumed", "partnership.ended"),
    "outsourcing/services/referring.py referral.{}": ("referral.completed", "referral.canceled"),
    "tickets/services/appointments.py kind": tuple(
        f"appointment.{verb}" for verb in ("planned", "moved", "edited", "started", "finished", "cancelled")
    ),
    "billing/services/licences.py kind": tuple(
        f"licence.{verb}" for verb in ("reported", "accepted", "returned", "reported_again", "cancelled")
    ),
    "outsourcing/services/keeping.py kind": (
        "partnership.noted", "partnership.terms_set", "partnership.set_up",
    ),
}  # fmt: skip
HISTORY = {"moved", "news", "told"}


def recorded() -> Iterator[tuple[str, str]]:
    """Every kind the code records: where, and what it is or how it is put together."""
    for name, module in code():
        for call, on, called in calls(module):
            if called == "record" and on in {"journal", ""} and len(call.args) > 1:
                yield from ((name, kind) for kind in _written(name, call.args[1]))
            elif called in HISTORY and on == "history" and isinstance(call.args[1], ast.Constant | ast.IfExp):
                yield from ((name, f"handover.{kind}") for kind in _written(name, call.args[1]))


def _written(name: str, node: ast.expr) -> list[str]:
    match node:
        case ast.Constant(value=str(value)):
            return [value]
        case ast.JoinedStr(values=parts):
            return ["".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in parts)]
        case ast.IfExp(body=one, orelse=other):
            return [*_written(name, one), *_written(name, other)]
        case ast.Name(id=named) if named.isupper():
            return [getattr(import_module(name.removesuffix(".py").replace("/", ".")), named)]
        case _:
            return [ast.unparse(node)]


def kinds() -> list[str]:
    found: set[str] = set()
    for name, kind in recorded():
        plain = "." in kind and "{}" not in kind
        found |= {kind} if plain else set(MADE.get(f"{name} {kind}", ()))
    return sorted(found)


def test_every_kind_that_is_put_together_is_in_the_table() -> None:
    made = {f"{name} {kind}" for name, kind in recorded() if "." not in kind or "{}" in kind}
    assert made == MADE.keys()


def told(kind: str, data: Any = MappingProxyType({})) -> bool:
    """Whether somebody has a sentence of its own for this kind; what is missing in `data` is not the question."""
    if kind in history.kinds():
        return True
    for tell in audit._tellers:
        try:
            if tell(kind, data) is not None:
                return True
        except (KeyError, TypeError, ValueError, AttributeError):
            return True
    return False


def test_every_kind_has_its_words() -> None:
    found = kinds()
    assert {"stopwatch.started", "ticket.created", "handover.sent", "support.looked", "tenant.logo_changed"} <= set(
        found
    )
    without = [kind for kind in found if not told(kind) and kind.partition(".")[2] not in audit.VERBS]
    assert without == []


def test_a_kind_without_a_sentence_says_of_what() -> None:
    without = (
        {kind.partition(".")[0] for kind in kinds() if not told(kind)} - audit.SUBJECTS.keys() - audit.NOUNS.keys()
    )
    assert without == set()


def said() -> dict[str, str]:
    tables = (*audit.VERBS.items(), *audit.SUBJECTS.items(), *audit.NOUNS.items())
    return {name: str(label) for name, label in tables}


@pytest.mark.parametrize("language", ["de", "lv"])
def test_in_every_language(language: str) -> None:
    with translation.override("en"):
        english = said()
    with translation.override(language):
        here = said()
        labels = {kind: str(label) for kind, (label, _say) in history.kinds().items()}
    alike = {"Name", "Ticket", "Import", "Checklist", "Partner", "Outsourcing"}
    assert [code for code in english if here[code] == english[code] and english[code] not in alike] == []
    assert all(labels.values())
