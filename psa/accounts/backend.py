"""Who signs in with address and password, and who a session's person is: asked on every page."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend

from psa.tenancy.models import User
from psa.tenancy.prepared import Prepared

_PERSON = Prepared(lambda pk: User.objects.filter(pk=pk))


class Backend(AuthenticationBackend):
    """allauth's, with the person of a session read in one prepared query."""

    def get_user(self, user_id: int) -> User | None:
        """The person, if they may still sign in."""
        found = _PERSON(pk=user_id)
        return found[0] if found and self.user_can_authenticate(found[0]) else None
