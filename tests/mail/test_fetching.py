"""Fetching mail from a mailbox, over a real socket, and from a folder: every mail once, whatever happens in between."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from psa.directory.models import Contact
from psa.mail.inbound import fetching, taking, working
from psa.mail.models import IncomingMail
from psa.tenancy import scope
from psa.tenancy.models import Tenant
from tests.mail.fakes import Crash
from tests.mail.imap_server import FLAGGED, SEEN, Box, Server, self_signed
from tests.mail.letters import CLEO, DESK, letter
from tickets.models import Queue, Ticket

NOBODYS = letter(to="nobody@elsewhere.example", message_id="<nobody@x.example>")


@pytest.fixture(autouse=True)
def stage(settings: Any, nordlicht: Tenant, queue: Queue, cleo: Contact) -> None:
    """Cleo has an address; nobody is in any tenant."""
    settings.MAIL_IN = True
    with scope.tenant(nordlicht):
        Contact.objects.filter(pk=cleo.pk).update(email=CLEO)


def kept(tenant: Tenant) -> list[tuple[str, str]]:
    with scope.tenant(tenant):
        return list(IncomingMail.objects.order_by("pk").values_list("door", "at_address"))


def numbered(number: int, **headers: str) -> bytes:
    return letter(message_id=f"<{number}@x.example>", **headers)


# A mailbox ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def box() -> Box:
    """A list's mail that is ours by `to`, one of ours, one that is far too large."""
    mails = {7: numbered(7, to="someone@lists.example"), 8: numbered(8), 30: numbered(30)}
    return Box(mails, claims={30: 10**9})


@pytest.fixture
def server(box: Box, settings: Any) -> Iterator[Server]:
    with Server(box) as running:
        settings.MAIL_IMAP = [address(running)]
        yield running


def address(server: Server, scheme: str = "imap", to: str = f"?to={DESK}", password: str = "p%40ss%20word") -> str:
    return f"{scheme}://desk%40example.com:{password}@127.0.0.1:{server.port}/Support%2FIn{to}"


def test_a_mailbox_is_read_and_each_mail_marked(nordlicht: Tenant, box: Box, server: Server) -> None:
    assert fetching.fetch() == 2
    assert kept(nordlicht) == [("imap", DESK), ("imap", DESK)]
    assert (box.flags[7], box.flags[8], box.flags[30]) == ({SEEN}, {SEEN}, {SEEN, FLAGGED})
    assert box.said[-1] == "LOGOUT" and not any("30 (BODY" in command for command in box.said)
    assert fetching.fetch() == 0 and len(kept(nordlicht)) == 2
    working.take_in()
    with scope.tenant(nordlicht):
        assert Ticket.objects.count() == 2


@pytest.mark.parametrize("command", ["UID STORE", "UID FETCH 8", "UID SEARCH", "SELECT", "LOGIN"])
def test_a_connection_that_breaks_loses_nothing_and_takes_nothing_twice(
    nordlicht: Tenant, box: Box, server: Server, command: str
) -> None:
    """Between the mail that is kept and its mark, too: it is brought again and kept once."""
    box.hangs_up_before = command
    assert fetching.fetch() == 0
    if command == "UID STORE":
        assert kept(nordlicht) == [("imap", DESK)] and box.flags[7] == set()
    box.hangs_up_before = ""
    fetching.fetch()
    assert kept(nordlicht) == [("imap", DESK), ("imap", DESK)]
    assert (box.flags[7], box.flags[8]) == ({SEEN}, {SEEN})
    working.take_in()
    with scope.tenant(nordlicht):
        assert Ticket.objects.count() == 2


def test_a_worker_that_dies_between_fetch_and_flag_takes_the_mail_once(
    nordlicht: Tenant, box: Box, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    _dies_after_taking(monkeypatch)
    with pytest.raises(Crash):
        fetching.fetch()
    assert kept(nordlicht) == [("imap", DESK)] and box.flags[7] == set()
    monkeypatch.undo()
    fetching.fetch()
    assert kept(nordlicht) == [("imap", DESK), ("imap", DESK)] and box.flags[7] == {SEEN}


def _dies_after_taking(monkeypatch: pytest.MonkeyPatch) -> None:
    take = taking.take

    def taken_and_gone(*args: Any, **kwargs: Any) -> Any:
        take(*args, **kwargs)
        raise Crash

    monkeypatch.setattr(fetching.taking, "take", taken_and_gone)


def test_mail_that_is_nobodys_is_flagged_once_and_keeps_nothing_behind_it_waiting(
    nordlicht: Tenant, box: Box, server: Server, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MOST", 2)
    settings.MAIL_IMAP = [address(server, to="")]
    box.mails = {1: NOBODYS, 2: NOBODYS, 3: numbered(3)}
    fetching.fetch()
    assert (box.flags[1], box.flags[2]) == ({FLAGGED}, {FLAGGED}) and kept(nordlicht) == []
    fetching.fetch()
    assert kept(nordlicht) == [("imap", DESK)] and box.flags[3] == {SEEN}
    before = len(box.said)
    assert fetching.fetch() == 0
    assert not any("BODY" in command for command in box.said[before:]), "it is not brought again every minute"


def test_a_wrong_password_or_folder_stops_no_other_mailbox(
    nordlicht: Tenant, box: Box, server: Server, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = address(server, password="secret-of-ours")
    elsewhere = address(server).replace("Support%2FIn", "Nowhere")
    settings.MAIL_IMAP = ["imaps://u:p@[::1]:1/INBOX", wrong, elsewhere, address(server)]
    assert fetching.fetch() == 2
    assert len(kept(nordlicht)) == 2
    assert "secret-of-ours" not in caplog.text and "127.0.0.1" in caplog.text


def test_a_server_nobody_vouches_for_does_not_get_the_password(
    nordlicht: Tenant, box: Box, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = self_signed(tmp_path)
    with Server(box, certificate) as running:
        settings.MAIL_IMAP = [address(running, "imaps")]
        assert fetching.fetch() == 0
        assert (box.said, kept(nordlicht)) == ([], [])
        trusting = ssl.create_default_context(cafile=str(certificate))
        monkeypatch.setattr(ssl, "create_default_context", lambda: trusting)
        assert fetching.fetch() == 2 and len(kept(nordlicht)) == 2


# A folder -------------------------------------------------------------------------------------------------------------
@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    settings.MAIL_DIRECTORY = str(tmp_path)
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_a_maildir_is_emptied_into_rows(nordlicht: Tenant, folder: Path) -> None:
    (folder / "new" / "1.a").write_bytes(letter())
    (folder / "new" / "2.b").write_bytes(letter(to="nobody@elsewhere.example"))
    assert fetching.fetch() == 2
    assert fetching.fetch() == 0
    assert kept(nordlicht) == [("maildir", DESK)]
    assert names(folder / "cur") == ["1.a:2,S", "2.b:2,F"] and names(folder / "new") == []


def test_a_worker_that_dies_between_a_file_and_its_mark_takes_it_once(
    nordlicht: Tenant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "new" / "1.a").write_bytes(letter())
    _dies_after_taking(monkeypatch)
    with pytest.raises(Crash):
        fetching.fetch()
    assert (kept(nordlicht), names(folder / "new")) == ([("maildir", DESK)], ["1.a"])
    monkeypatch.undo()
    assert fetching.fetch() == 1
    assert (kept(nordlicht), names(folder / "cur")) == ([("maildir", DESK)], ["1.a:2,S"])


def test_what_was_taken_before_keeps_nothing_new_waiting(
    nordlicht: Tenant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MOST", 2)
    for number in range(5):
        (folder / "cur" / f"{number}.a:2,S").write_bytes(numbered(number))
    for number in range(5, 8):
        (folder / "new" / f"{number}.b").write_bytes(numbered(number))
    assert [fetching.fetch(), fetching.fetch(), fetching.fetch()] == [2, 1, 0]
    assert len(kept(nordlicht)) == 3 and names(folder / "new") == []


def test_another_worker_that_fetches_is_left_alone(nordlicht: Tenant, folder: Path) -> None:
    (folder / "new" / "1.a").write_bytes(letter())
    fetching.cache.add("mail:fetching", 1, 60)
    assert (fetching.fetch(), kept(nordlicht)) == (0, [])
