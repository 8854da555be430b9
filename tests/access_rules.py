"""The lines of tests/test_access.py for rules and the mails' words."""

from __future__ import annotations

from typing import Any

from tests.access_path import POSTED, Path
from tests.access_stage import World


def ruled(w: World) -> dict[str, Any]:
    return {"pk": w.rule.pk}


def rule_form(w: World) -> dict[str, Any]:
    return {
        "name": "New words", "event": "ticket.created", "limit": "60", "match": "all", "version": 0, "do": "save",
        "conditions": "1", "c0-what": "queue", "c0-group": "0", "c0-op": "is", "c0-value": w.queue.pk,
        "steps": "2", "a0-kind": "assign", "a0-to": f"member:{w.colleague.pk}",
        "a1-kind": "checklist", "a1-template": w.template.pk,
    }  # fmt: skip


PATHS_OF_RULES: dict[str, Path] = {
    "workflows:rules": Path("rule.manage", technician=403),
    "workflows:new_rule": Path("rule.manage", technician=403, form=rule_form, ids=("c0-value", "a0-to", "a1-template")),
    "workflows:rule": Path(
        "rule.manage",
        ruled,
        technician=403,
        form=lambda w: {**rule_form(w), "version": w.rule.version},
        ids=("c0-value", "a0-to", "a1-template"),
    ),
    "workflows:try_rule": Path("rule.manage", ruled, technician=403),
    "workflows:switch_rule": Path("rule.manage", ruled, POSTED, POSTED, form=lambda w: {"on": "1"}),
    "workflows:shift_rule": Path("rule.manage", ruled, POSTED, POSTED),
    "workflows:duplicate_rule": Path("rule.manage", ruled, POSTED, POSTED, form=lambda w: {}),
    "workflows:delete_rule": Path("rule.manage", ruled, POSTED, POSTED, form=lambda w: {}),
    "workflows:restore_rule": Path(
        "rule.manage", lambda w: {"pk": w.deleted_rule.pk}, POSTED, POSTED, form=lambda w: {}
    ),
    "workflows:stop_rules": Path("rule.manage", lambda w: {}, POSTED, POSTED, form=lambda w: {"stop": "1"}),
    "workflows:keep_runs": Path("rule.manage", lambda w: {}, POSTED, POSTED, form=lambda w: {"days": "30"}),
    "workflows:runs": Path("rule.manage", technician=403),
    "workflows:run": Path("rule.manage", lambda w: {"pk": w.run.pk}, technician=403),
    "workflows:templates": Path("template.manage", technician=403),
    "workflows:new_template": Path(
        "template.manage",
        technician=403,
        form=lambda w: {
            "name": "New words",
            "subject_en": "New words",
            "text_en": "New words",
            "version": 0,
            "do": "save",
        },
    ),
    "workflows:template": Path(
        "template.manage",
        lambda w: {"code": w.own_mail.code},
        technician=403,
        form=lambda w: {
            "name": "New words",
            "subject_en": "New words",
            "text_en": "New words",
            "version": w.own_mail.version,
            "do": "save",
        },
    ),
    "workflows:reset_template": Path(
        "template.manage", lambda w: {"code": w.own_mail.code}, POSTED, POSTED, form=lambda w: {}
    ),
}
