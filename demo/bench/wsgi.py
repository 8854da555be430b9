"""The portal and the floor in the same processes, for the benchmark alone: never served to anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application
from django.db import connections, reset_queries

portal = get_wsgi_application()

from demo.bench.floor import floor  # noqa: E402  (models are there once the portal is)

# Owner of the tables by name, the application's role by rights: row-level security binds the pages that are measured.
if connections["default"].vendor == "postgresql":
    connections["default"].settings_dict["OPTIONS"]["options"] = f"-c role={settings.APP_ROLE}"


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """What begins with /floor/ goes to the bare view, everything else to the portal."""
    if not environ["PATH_INFO"].startswith("/floor/"):
        return portal(environ, start_response)
    reset_queries()
    try:
        answer = floor(WSGIRequest(environ))
        start_response(f"{answer.status_code} {answer.reason_phrase}", list(answer.items()))
        return [answer.content]
    finally:
        connections.close_all()
