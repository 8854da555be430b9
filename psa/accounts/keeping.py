"""How long is kept where people came from, and which forms they sent."""

from __future__ import annotations

from psa.accounts import signins
from psa.journal import origins
from psa.tenancy import doors
from psa.web import once


def forget() -> int:
    """Remove what is older than each company keeps it, sign-ins older than a year, and the keys of forms sent more than
    a week ago. Returns how many rows."""
    done = signins.forget()
    for tenant_id in doors.tenant_ids():
        with doors.at(tenant_id):
            done += origins.forget() + once.forget()
    return done
