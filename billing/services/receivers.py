"""To which role the office's work goes where a company has cut its roles its own way."""

from __future__ import annotations

from psa.tenancy import granting
from psa.tenancy.capabilities import ADMINISTRATOR


def role_for(capability: str, usual: str) -> str:
    """Who does it: the usual role where somebody of it may, else whoever may, else the administrators."""
    able = granting.holders(lambda actor: actor.can(capability) == "all")
    codes = [member.role.code for member in able if member.role.code != ADMINISTRATOR]
    return usual if usual in codes else codes[0] if codes else ADMINISTRATOR
