"""One lane from Nordlicht to Baltic, and the desk at its far end."""

from __future__ import annotations

import pytest

from psa.lanes import delivery, lanes
from psa.lanes.models import Lane
from psa.tenancy import scope
from tests.fakes import FarDesk


@pytest.fixture
def desk(monkeypatch) -> FarDesk:
    monkeypatch.setattr(delivery, "_handlers", {})
    far = FarDesk()
    delivery.on("note", far)
    return far


@pytest.fixture
def lane(nordlicht, baltic) -> Lane:
    with scope.tenant(nordlicht):
        return lanes.open_lane("handover:1", nordlicht.pk, baltic.pk)
