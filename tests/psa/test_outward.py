"""Hostile test B8: what the server calls because somebody else named it."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from psa import outward

PUBLIC = "93.184.216.34"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What each name leads to, one answer after the other; the last one stays."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def look_up(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in known:
            return real(host, port, *args, **kwargs)
        answer = known[host][0]
        known[host][:] = known[host][1:] or [answer]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in answer.split()]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Where a connection was tried; none is made."""
    tried: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], *args: Any, **kwargs: Any) -> Any:
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    return tried


Serve = Callable[[Callable[[socket.socket], None]], int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A server that does with each connection what it is told; its port."""
    listening: list[socket.socket] = []

    def start(answer: Callable[[socket.socket], None]) -> int:
        server = socket.create_server(("127.0.0.1", 0))
        listening.append(server)

        def accept() -> None:
            while True:
                try:
                    wire, _peer = server.accept()
                except OSError:
                    return
                with wire:
                    try:
                        wire.recv(65536)
                        answer(wire)
                    except OSError:
                        pass  # the caller hung up, as it should

        threading.Thread(target=accept, daemon=True).start()
        return int(server.getsockname()[1])

    yield start
    for one in listening:
        one.close()


def refused(url: str, **options: Any) -> str:
    with pytest.raises(outward.Unreachable) as error:
        outward.call("GET", url, **options)
    return error.value.code


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1", "https://localhost", "https://10.0.0.1", "https://192.168.1.1", "https://172.16.0.1",
        "https://169.254.169.254/latest/meta-data/", "https://100.64.0.1", "https://0.0.0.0", "https://224.0.0.1",
        "https://255.255.255.255", "https://[::1]", "https://[::]", "https://[fe80::1]", "https://[fd00::1]",
        "https://[fec0::1]", "https://[::ffff:10.0.0.1]", "https://[::ffff:169.254.169.254]", "https://[::127.0.0.1]",
        "https://[64:ff9b::a00:1]", "https://[2002:0a00:0001::1]", "https://[2002:7f00:0001::1]",
        "https://2130706433", "https://0x7f.1", "https://0x7f000001", "https://0177.0.0.1", "https://127.1",
        "https://017700000001",
    ],
)  # fmt: skip
def test_b8_no_private_address_is_called_however_it_is_written(address: str, calls: list[Any]) -> None:
    assert refused(address) == "private_address"
    assert calls == []


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://example.com", "not_https"), ("file:///etc/passwd", "not_https"), ("gopher://example.com", "not_https"),
        ("https://user@example.com", "not_https"), ("https://:secret@example.com", "not_https"),
        ("https://", "not_https"), ("//example.com", "not_https"), ("", "not_https"), ("https://[::1", "unreachable"),
        ("https://example.com:22", "port"), ("https://example.com:25", "port"), ("https://example.com:6379", "port"),
        ("https://example.com:80", "port"), ("https://example.com:99999", "unreachable"),
        ("https://93.184.216.34/a b", "unreachable"), ("https://93.184.216.34/\r\nX-Evil: 1", "unreachable"),
        ("https://93.184.216.34/ü", "unreachable"), ("https://" + "a" * 300 + ".example", "unreachable"),
    ],
)  # fmt: skip
def test_b8_only_https_on_a_port_of_the_list_and_nothing_smuggled(address: str, code: str, calls: list[Any]) -> None:
    assert refused(address) == code
    assert calls == []


def test_b8_one_private_address_among_public_ones_is_one_too_many(names: Any, calls: list[Any]) -> None:
    names["mixed.example"] = [f"{PUBLIC} 10.0.0.1"]
    assert refused("https://mixed.example") == "private_address" and calls == []


def test_b8_the_address_that_was_judged_is_the_one_that_is_called(names: Any, calls: list[Any]) -> None:
    """DNS rebinding: the second answer would be this machine."""
    names["rebound.example"] = [PUBLIC, "127.0.0.1"]
    assert refused("https://rebound.example/keys") == "unreachable"
    assert calls == [(PUBLIC, 443)]


def test_b8_a_redirect_is_not_followed(serve: Serve) -> None:
    asked: list[int] = []
    port = serve(
        lambda wire: (
            asked.append(1),
            wire.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"),
        )[-1]
    )
    assert outward.call("GET", f"http://127.0.0.1:{port}/", anywhere=True).status == 302
    assert asked == [1]


def page(head: bytes, body: bytes = b"") -> Callable[[socket.socket], None]:
    return lambda wire: wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + head + b"\r\n" + body)


@pytest.mark.parametrize(
    ("head", "body", "code"),
    [
        (b"Content-Length: 2000\r\n", b"x" * 2000, "too_large"),
        (b"", b"x" * 2000, "too_large"),
        (b"Transfer-Encoding: chunked\r\n", b"7d0\r\n" + b"x" * 2000 + b"\r\n0\r\n\r\n", "too_large"),
        (b"Content-Length: 500\r\n", b"short", "unreachable"),
        (b"Content-Encoding: gzip\r\nContent-Length: 1\r\n", b"x", "unreachable"),
        (b"X: " + b"x" * 70000 + b"\r\n", b"", "unreachable"),
        (b"X: y\r\n" * 200, b"", "unreachable"),
    ],
    ids=["long", "endless", "chunked", "cut short", "packed", "long head", "many heads"],
)
def test_b8_an_answer_has_its_weight(serve: Serve, head: bytes, body: bytes, code: str) -> None:
    port = serve(page(head, body))
    assert refused(f"http://127.0.0.1:{port}/", anywhere=True, most_bytes=1000) == code


@pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_b8_an_answer_has_its_time_however_it_drips(serve: Serve, begin: bytes) -> None:
    def drip(wire: socket.socket) -> None:
        wire.sendall(begin)
        for _ in range(100):
            wire.sendall(b"1")
            time.sleep(0.1)

    port, start = serve(drip), time.monotonic()
    assert refused(f"http://127.0.0.1:{port}/", anywhere=True, seconds=0.5) == "unreachable"
    assert time.monotonic() - start < 3


def test_what_is_sent_and_what_comes_back(serve: Serve) -> None:
    port = serve(page(b"Content-Length: 4\r\n", b"true"))
    answer = outward.call("POST", f"http://127.0.0.1:{port}/token?x=1", form={"code": "ä"}, anywhere=True)
    assert answer == outward.Answer(200, "application/json", b"true")


# Certificates ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def certificate(tmp_path: Path, settings: Any) -> Path:
    """One for login.example, which we trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "login.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("login.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    settings.CA_BUNDLE = str(path)
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[tuple[int, list[bytes]]]:
    """An https server of login.example: its port, and what it was asked."""
    trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trust.load_cert_chain(certificate)
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    wire, _peer = server.accept()
                    with trust.wrap_socket(wire, server_side=True) as safe:
                        asked.append(safe.recv(65536))
                        safe.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                except OSError:
                    if server.fileno() < 0:
                        return

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1], asked


def test_b8_the_certificate_is_the_names_and_not_the_addresss(names: Any, secure: tuple[int, list[bytes]]) -> None:
    port, asked = secure
    names["login.example"] = names["evil.example"] = ["127.0.0.1"]
    assert outward.call("GET", f"https://login.example:{port}/", anywhere=True).body == b"{}"
    assert f"Host: login.example:{port}".encode() in asked[0]
    for other in (f"https://evil.example:{port}/", f"https://127.0.0.1:{port}/"):
        assert refused(other, anywhere=True) == "unreachable"
    assert len(asked) == 1


def test_b8_a_certificate_nobody_signed_is_refused(names: Any, secure: tuple[int, list[bytes]], settings: Any) -> None:
    settings.CA_BUNDLE = ""
    names["login.example"] = ["127.0.0.1"]
    assert refused(f"https://login.example:{secure[0]}/", anywhere=True) == "unreachable" and secure[1] == []


def test_b8_every_address_of_the_special_registries_is_refused() -> None:
    for network in ("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16", "fc00::/7", "fe80::/10"):
        found = ipaddress.ip_network(network)
        for one in (found.network_address, found.network_address + 77, found.broadcast_address):
            assert not outward.is_public(str(one)), one
    assert outward.is_public(PUBLIC) and outward.is_public("2606:4700::1111") and outward.is_public("::ffff:8.8.8.8")
    assert not outward.is_public("nothing") and not outward.is_public("fe80::1%eth0")
