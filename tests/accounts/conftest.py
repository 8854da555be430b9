"""People who have a password, and a provider that vouches for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from psa.tenancy import scope
from psa.tenancy.models import Membership
from tests.accounts import provider as fake

PASSWORD = "a-secret-of-some-length"


@pytest.fixture
def provider() -> Iterator[fake.Provider]:
    """Somebody's identity provider, running."""
    with fake.running() as made:
        yield made


def with_password(member: Membership, password: str = PASSWORD) -> Membership:
    """The same member, who signs in with a password."""
    with scope.platform("test: a password"):
        member.user.set_password(password)
        member.user.save()
    return member


def enter(member: Membership, password: str = PASSWORD, client: Client | None = None, **extra: str) -> Client:
    """A browser in which this person typed their password."""
    client = client or Client()
    client.post("/accounts/login/", {"login": member.user.email, "password": password}, **extra)
    return client
