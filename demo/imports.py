"""Two files of an administrator's: customers of a system that was switched off, with rows that could not come in, and a
list of their people that is checked and waits."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path

from django.utils import translation

from demo.desk import Desk
from demo.history import History
from psa.batches import batches
from psa.batches.models import Batch
from psa.imports import services, subjects

TEXTS = Path(__file__).parent / "texts"
# Per desk: the names of the two files; both are read in the company's language.
FILES = {
    "nordlicht": ("kunden-altsystem.csv", "ansprechpartner-altsystem.csv"),
    "baltic": ("klienti-veca-sistema.csv", "kontaktpersonas-veca-sistema.csv"),
}


def plan(history: History, desks: dict[str, Desk]) -> None:
    """The first was brought in two days ago, the second checked this morning."""
    for slug, (companies, people) in FILES.items():
        desk = desks[slug]
        history.at(history.now - timedelta(days=2, hours=1), slug, partial(_import, desk, "companies", companies, True))
        history.at(history.now - timedelta(hours=6), slug, partial(_import, desk, "contacts", people, False))


def _import(desk: Desk, code: str, name: str, is_run: bool) -> None:
    by, subject = desk.history.manager(desk.slug), subjects.named(code)
    assert subject is not None
    with translation.override(desk.firm.language):
        found = services.take(subject, name, (TEXTS / f"{code}.{desk.firm.language}.csv").read_bytes(), by=by)
        _finish(services.check(found, found.columns, by=by))
        if is_run:
            _finish(services.run(found, by=by))


def _finish(batch: Batch) -> None:
    """All of it at once; the worker that would do it does not run yet."""
    while batches.step(batch.pk):
        pass
