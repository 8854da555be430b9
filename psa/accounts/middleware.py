"""The rules of psa.accounts.rules, as answers at a company's door."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponseRedirect

from psa.accounts import rules
from psa.tenancy import entrance
from psa.tenancy.models import Membership


def ask(request: Any, member: Membership) -> HttpResponseRedirect | None:
    """Nothing there for a session that another company's provider vouched for (hostile test B15); else what is missing
    comes first."""
    assert member.tenant_id is not None  # it was read
    if not entrance.opens(request, member.tenant_id):
        raise Http404
    url = rules.way_out(request, member)
    return HttpResponseRedirect(url) if url else None
