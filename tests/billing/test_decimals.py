"""Decimals only (it-house spec, "Contracts, approve and post, invoices"): no number of billing is ever a float."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

BILLING = settings.BASE_DIR / "billing"
# What is counted, priced or rated is one of these; the rest are keys, days, texts and switches.
EXACT = (models.DecimalField, models.IntegerField, models.AutoField)
# How wide a column of a paper is, as a share of the page: no number of what it says.
DRAWN = {BILLING / "documents" / "invoices.py", BILLING / "services" / "delivery_papers.py"}


@pytest.mark.parametrize("path", sorted(BILLING.rglob("*.py")), ids=lambda path: str(path.relative_to(BILLING)))
def test_no_line_of_billing_writes_or_makes_a_float(path: Path) -> None:
    found = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Constant) and isinstance(node.value, float) and path not in DRAWN)
        or (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Attribute) and node.attr == "FloatField")
    ]
    assert found == []


@pytest.mark.parametrize("model", list(apps.get_app_config("billing").get_models()), ids=lambda model: model.__name__)
def test_no_column_of_billing_keeps_a_float(model: type[models.Model]) -> None:
    assert [field.name for field in model._meta.fields if isinstance(field, models.FloatField)] == []
    numbers = [field for field in model._meta.fields if field.get_internal_type().endswith(("IntegerField", "Number"))]
    assert all(isinstance(field, EXACT) for field in numbers)
