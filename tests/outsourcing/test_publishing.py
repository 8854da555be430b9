"""The operator publishes the agreement from the command line; companies are asked again."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from outsourcing.models import Agreement
from outsourcing.services import agreement
from psa.tenancy.models import Membership
from tests.conftest import acting

pytestmark = pytest.mark.django_db


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "agreement.en.txt"
    path.write_text("Outsourcing agreement\n\n1. Be fair to each other.\n", encoding="utf-8")
    return path


def test_a_version_has_a_text_a_title_and_a_hash_in_each_language(text: Path) -> None:
    call_command("publish_agreement", f"en={text}", f"de={text}", verbosity=0)
    found = Agreement.objects.order_by("language")
    assert [(row.version, row.language, row.title) for row in found] == [
        (1, "de", "Outsourcing agreement"),
        (1, "en", "Outsourcing agreement"),
    ]
    assert all(len(row.sha256) == 64 and row.text.startswith("1. Be fair") for row in found)


def test_the_next_version_asks_again(max: Membership, text: Path) -> None:
    call_command("publish_agreement", f"en={text}", verbosity=0)
    with acting(max) as by:
        first = agreement.present("de")
        assert first is not None
        agreement.accept(first, by=by)
        assert agreement.accepted()
        call_command("publish_agreement", f"en={text}", verbosity=0)
        assert agreement.accepted() is None
        assert agreement.ever_accepted()


@pytest.mark.parametrize("argument", ["agreement.txt", "xx=agreement.txt", "en=nowhere.txt"])
def test_a_wrong_argument_gets_a_plain_sentence(argument: str) -> None:
    with pytest.raises(CommandError):
        call_command("publish_agreement", argument)
    assert not Agreement.objects.exists()


def test_a_title_alone_is_no_agreement(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Outsourcing agreement", encoding="utf-8")
    with pytest.raises(CommandError):
        call_command("publish_agreement", f"en={tmp_path / 'a.txt'}")
