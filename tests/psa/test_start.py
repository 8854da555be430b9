"""The first second of a start: which environment, which files, which port."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from psa import bootstrap, embedded


def test_the_demo_is_embedded_whatever_the_environment_says(monkeypatch, tmp_path: Path) -> None:
    for name in bootstrap.NOT_FOR_THE_DEMO:
        monkeypatch.setenv(name, "x")
    for name in ("TANDEM_DEMO", "TANDEM_SQLITE", "MEDIA_ROOT", "MALLOC_ARENA_MAX"):
        monkeypatch.setenv(name, "x")  # so that they are put back
    monkeypatch.delenv("SITE_URL", raising=False)
    monkeypatch.setenv("TANDEM_VAR", str(tmp_path))
    bootstrap.prepare_environment("demo", ["--reset", "--port=8123"])
    assert not set(bootstrap.NOT_FOR_THE_DEMO) & set(bootstrap.os.environ)
    assert bootstrap.os.environ["TANDEM_DEMO"] == "1"
    assert bootstrap.os.environ["TANDEM_SQLITE"] == str(tmp_path / "demo.sqlite3")
    assert bootstrap.os.environ["SITE_URL"] == "http://127.0.0.1:8123"
    monkeypatch.delenv("SITE_URL")


def test_a_server_without_demo_data_keeps_its_environment(monkeypatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/tandem")
    monkeypatch.setenv("SITE_URL", "https://tandem.example.com")
    monkeypatch.setenv("MALLOC_ARENA_MAX", "2")
    monkeypatch.delenv("TANDEM_DEMO", raising=False)
    bootstrap.prepare_environment("serve", [])
    assert bootstrap.os.environ["DATABASE_URL"] == "postgresql://somewhere/tandem"
    assert bootstrap.os.environ["SITE_URL"] == "https://tandem.example.com"
    assert "TANDEM_DEMO" not in bootstrap.os.environ


def test_another_lock_means_another_environment(monkeypatch, tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("django==5.2\n")
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", Path(sys.executable))
    assert not bootstrap.is_current(lock)
    bootstrap.stamp(lock).write_text(bootstrap.fingerprint(lock))
    assert bootstrap.is_current(lock)
    lock.write_text("django==5.3\n")
    assert not bootstrap.is_current(lock)
    lock.write_text("django==5.2\n")
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", tmp_path / "gone")
    assert not bootstrap.is_current(lock)


def test_the_first_step_needs_the_standard_library_alone() -> None:
    """-S and -I: no site-packages, no environment."""
    code = f"import runpy; runpy.run_path({str(bootstrap.ROOT / 'psa' / 'bootstrap.py')!r})"
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)


def test_a_busy_port_is_one_sentence() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(embedded.CannotListen, match=rf"Port {port} .* in use already.*--port {port + 1}"):
            embedded.listen("127.0.0.1", port)


@pytest.mark.parametrize("port", [-1, 0, 65536, 80000])
def test_what_is_no_port_is_not_tried(port: int) -> None:
    with pytest.raises(embedded.CannotListen, match="is no port number"):
        embedded.listen("127.0.0.1", port)


def test_visitors_who_come_early_wait() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with embedded.listen("127.0.0.1", port), socket.create_connection(("127.0.0.1", port), timeout=1):
        pass
