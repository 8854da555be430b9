"""How long is kept where people came from."""

from __future__ import annotations

from psa.accounts import signins
from psa.journal import origins
from psa.tenancy import doors


def forget() -> int:
    """Remove what is older than each company keeps it, and sign-ins older than a year. Returns how many rows."""
    done = signins.forget()
    for tenant_id in doors.tenant_ids():
        with doors.at(tenant_id):
            done += origins.forget()
    return done
