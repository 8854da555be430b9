"""Two pages for machines: is the process alive, and may it be sent visitors. No tenant, no secrets, no session."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

# Once applied they stay applied for this process's code; reading them all again costs a tenth of a second.
_migrations_seen_applied = False


@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """The process answers. Touches nothing else, so that a database that is away does not get the portal restarted."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when database, migrations and broker are there, else 503; says which, never why."""
    parts = {name: _holds(probe) for name, probe in PROBES.items()}
    return JsonResponse(parts, status=200 if all(parts.values()) else 503)


def database_answers() -> bool:
    connection = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    return connection.is_usable()


def migrations_are_applied() -> bool:
    global _migrations_seen_applied
    if not _migrations_seen_applied:
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        _migrations_seen_applied = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrations_seen_applied


def broker_answers() -> bool:
    """Embedded, the broker is this process's memory. Redis is asked once: its client would go on trying for seconds."""
    if settings.REDIS_URL:
        once = Retry(NoBackoff(), 0)
        with Redis.from_url(settings.REDIS_URL, retry=once, socket_connect_timeout=1, socket_timeout=2) as broker:
            return bool(broker.ping())
    return True


PROBES: dict[str, Callable[[], bool]] = {
    "database": database_answers,
    "migrations": migrations_are_applied,
    "broker": broker_answers,
}


def _holds(probe: Callable[[], bool]) -> bool:
    # Whatever goes wrong means "not ready"; the reason is for the log, not for the visitor.
    try:
        return probe()
    except Exception as failure:
        logger.warning("Not ready, %s: %s", probe.__name__, failure)
        return False
