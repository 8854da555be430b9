"""A company's own words for the states of a ticket (lifecycle spec, "Statuses")."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from psa.journal import journal
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Tenant
from tickets.models import Status

Words = Mapping[str, Mapping[str, str]]
LONGEST = 40


@transaction.atomic
def reword(words: Words, seen: Words, *, by: Actor) -> Tenant:
    """Say these words – state → language → word – instead of ours; where there is none, ours stand.

    `seen` is what the form showed. Raises Refused("settings_changed_meanwhile"), ("word_twice"), Denied."""
    by.require("tenant.settings")
    tenant = Tenant.objects.select_for_update(of=("self",), no_key=True).get(pk=scope.tenant_id())
    before = tenant.wording.get("status", {})
    if before != seen:
        raise Refused("settings_changed_meanwhile")
    wanted = {
        code: kept
        for code in Status.values
        if (kept := {language: word for language, word in words.get(code, {}).items() if word})
    }
    if wanted != before:
        _check(wanted)
        tenant.wording = {**tenant.wording, "status": wanted}
        tenant.save(update_fields=["wording"])
        journal.record(tenant, "tenant.reworded", by=by, old=before, new=wanted)
    return tenant


def _check(words: Words) -> None:
    """One word means one state: two states of the same name could not be told apart in a list."""
    taken: set[tuple[str, str]] = set()
    for said in words.values():
        for language, word in said.items():
            if (language, word.casefold()) in taken:
                raise Refused("word_twice", word=word)
            taken.add((language, word.casefold()))
