"""The two pages for machines."""

import json
import time

import pytest
from django.test import RequestFactory
from redis.exceptions import ConnectionError

from psa.web import health


def test_alive_asks_nobody() -> None:
    response = health.alive(RequestFactory().get("/healthz"))
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_ready_when_database_migrations_and_broker_are_there(monkeypatch) -> None:
    monkeypatch.setattr(health, "_migrations_seen_applied", False)
    response = health.ready(RequestFactory().get("/readyz"))
    assert response.status_code == 200, response.content
    assert json.loads(response.content) == {"database": True, "migrations": True, "broker": True}


def test_not_ready_says_which_and_never_why(monkeypatch) -> None:
    def broken() -> bool:
        raise OSError("no route to 10.0.0.7, password hunter2")

    monkeypatch.setattr(health, "PROBES", {"database": broken, "broker": lambda: True})
    response = health.ready(RequestFactory().get("/readyz"))
    assert response.status_code == 503
    assert json.loads(response.content) == {"database": False, "broker": True}


def test_a_broker_that_is_away_is_noticed_quickly(settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    began = time.monotonic()
    with pytest.raises(ConnectionError):
        health.broker_answers()
    assert time.monotonic() - began < 2


def test_only_reading_is_allowed() -> None:
    assert health.ready(RequestFactory().post("/readyz")).status_code == 405
