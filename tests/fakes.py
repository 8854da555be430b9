"""Stand-ins that answer: a desk at the far end of a lane, a cache in a server that others use too."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.cache.backends.redis import RedisCache

from psa.directory.models import Company
from psa.lanes.models import Event
from psa.tenancy import scope


class FarDesk:
    """What a lane's events do at the receiver: each leaves a company there, so that a rollback is seen.

    `trouble` maps a payload's name to what is raised for it; `calls` counts every try, rolled back or not.
    """

    def __init__(self) -> None:
        self.trouble: dict[str, Exception] = {}
        self.calls: Counter[str] = Counter()

    def __call__(self, event: Event) -> None:
        name = event.payload["name"]
        self.calls[name] += 1
        Company.objects.create(name=name, number=str(event.seq))
        if name in self.trouble:
            raise self.trouble[name]

    @staticmethod
    def names(tenant: Any) -> list[str]:
        """What arrived, in the order in which it did."""
        with scope.tenant(tenant):
            return list(Company.objects.order_by("pk").values_list("name", flat=True))


class OwnRedisCache(RedisCache):
    """Redis that forgets its own keys alone: the tests beside these keep theirs in the same one."""

    def clear(self) -> bool:
        """Forget what was kept under this cache's prefix."""
        server = self._cache.get_client(None, write=True)
        if keys := list(server.scan_iter(match=f"{self.key_prefix}:*", count=1000)):
            server.delete(*keys)
        return True
