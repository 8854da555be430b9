"""gunicorn in production. More workers or threads: GUNICORN_CMD_ARGS="--workers 4", or more replicas."""

import gc
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.db import connections
from django.urls import get_resolver
from django.utils import translation

bind = "0.0.0.0:8000"
worker_class = "gthread"
workers = 2
threads = 8
# Tandem is loaded once and shared: a worker's own memory is what it keeps for its pages.
preload_app = True
timeout = 60
graceful_timeout = 30
keepalive = 75
# A worker is replaced now and then, not all at once.
max_requests = 10000
max_requests_jitter = 1000
worker_tmp_dir = "/dev/shm"
accesslog = None
errorlog = "-"


def when_ready(server: Any) -> None:
    """Loaded, nothing forked yet: let go of the connections the start took, read what every worker would read for
    itself, and keep the collector off it, so that it stays shared."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        if connection.vendor == "postgresql":
            connection.close_pool()  # type: ignore[attr-defined]
    caches.close_all()
    get_resolver().url_patterns  # noqa: B018  (worked out when it is asked for)
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            translation.gettext("Save")
    gc.collect()
    gc.freeze()
