"""Calling an address that somebody else chose: an identity provider's, a webhook's, a picture's (hostile test B8).

The name is looked up once, what it leads to is judged, and that very address is connected to: a name that answers
differently the second time (DNS rebinding) changes nothing. Certificates are checked against the name. No redirect is
followed, no proxy, cookie or password of this machine is used, and both the time of the whole call and the weight of
the answer have an end. What comes back is for the program; pages do not show it.

    answer = outward.call("GET", "https://login.example/.well-known/openid-configuration")
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import certifi
from django.conf import settings

PORTS = frozenset({443, 8443})
SECONDS = 8
MOST_BYTES = 256 * 1024
AGENT = "Tandem"
# IPv6 networks whose last 32 bits are an IPv4 address: who looks at the outside lets 10.0.0.1 pass as 64:ff9b::a00:1.
CARRIERS = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))


class Unreachable(Exception):
    """It was not called, or nothing usable came back; `code` says why: "not_https", "private_address", "port",
    "unreachable", "too_large"."""

    def __init__(self, code: str = "unreachable") -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. A redirect is an answer like any other."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Target:
    """Where a call goes: the name it is for, the addresses it may be made to, and what is asked for there."""

    scheme: str
    host: str
    addresses: tuple[str, ...]
    port: int
    path: str


def look_up(url: str, *, anywhere: bool = False) -> Target:
    """Judge an address the server is asked to call: https without a user in it, an allowed port, and a name of which
    every address is public. `anywhere` lets private networks, other ports and http pass, for trying out.

    Raises Unreachable("not_https"), ("port"), ("private_address"), ("unreachable").
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (80 if parts.scheme == "http" else 443)
        host = (parts.hostname or "").encode("idna").decode() if not _is_literal(parts.hostname) else parts.hostname
    except ValueError as error:
        raise Unreachable from error
    if parts.scheme not in ({"http", "https"} if anywhere else {"https"}) or not host or "@" in parts.netloc:
        raise Unreachable("not_https")
    if port not in PORTS and not anywhere:
        raise Unreachable("port")
    try:
        found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise Unreachable from error
    if not found or not (anywhere or all(map(is_public, found))):
        raise Unreachable("private_address")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if any(sign <= " " or sign > "~" for sign in path):
        raise Unreachable
    return Target(parts.scheme, host, tuple(dict.fromkeys(found)), port, path)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet: not of a private network, this machine, a link, a cloud's metadata
    service, a group; nor an IPv6 address that carries one of those."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if found.is_site_local or not all(is_public(str(one)) for one in _carried(found)):
            return False
    return found.is_global and not found.is_multicast


def _carried(address: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    last = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    found = [last] if any(address in network for network in CARRIERS) else []
    return found + ([address.sixtofour] if address.sixtofour else []) + list(address.teredo or ())


def call(
    method: str,
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    anywhere: bool = False,
    seconds: float = SECONDS,
    most_bytes: int = MOST_BYTES,
) -> Answer:
    """One request to `url`, with `form` as its body. Raises Unreachable.

    `seconds` is the time of the whole call, from the connection to the last byte, however slowly it drips.
    """
    target = look_up(url, anywhere=anywhere)
    sent = {"Accept-Encoding": "identity", "User-Agent": AGENT, **(headers or {})}
    body = None
    if form is not None:
        body = urlencode(form)
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    end = _End(seconds)
    try:
        with end:
            connection = _connect(target, end)
            try:
                connection.request(method, target.path, body, sent)
                answer = connection.getresponse()
                read = answer.read(most_bytes + 1)
            finally:
                connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable from error
    if len(read) > most_bytes:
        raise Unreachable("too_large")
    if end.is_over or answer.length or answer.headers.get("Content-Encoding", "identity") != "identity":
        raise Unreachable
    return Answer(answer.status, answer.headers.get_content_type(), read)


class _End:
    """The time of one call. When it is over, whoever waits for the next byte gets the end of the stream instead."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.is_over = False
        self.wire: socket.socket | None = None
        self.timer = threading.Timer(seconds, self._come)
        self.timer.daemon = True

    def __enter__(self) -> None:
        self.timer.start()

    def __exit__(self, *error: Any) -> None:
        self.timer.cancel()

    def _come(self) -> None:
        self.is_over = True
        if self.wire is not None:
            with suppress(OSError):
                self.wire.shutdown(socket.SHUT_RDWR)


def _connect(target: Target, end: _End) -> http.client.HTTPConnection:
    """To the first of the judged addresses that answers; http.client finds the connection made already."""
    wire = _reach(target, end)
    connection = http.client.HTTPConnection(target.host, target.port)
    try:
        if target.scheme == "https":
            connection.default_port = 443
            trust = _trust(settings.CA_BUNDLE)
            end.wire = wire = trust.wrap_socket(wire, server_hostname=target.host, do_handshake_on_connect=False)
            wire.do_handshake()
    except BaseException:
        wire.close()
        raise
    connection.sock = wire
    return connection


def _reach(target: Target, end: _End) -> socket.socket:
    error: OSError | None = None
    for address in target.addresses:
        if end.is_over:
            break
        try:
            end.wire = socket.create_connection((address, target.port), timeout=end.seconds / 2)
            return end.wire
        except OSError as failed:
            error = failed
    raise error or TimeoutError


def _is_literal(host: str | None) -> bool:
    try:
        ipaddress.ip_address((host or "").partition("%")[0])
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4)
def _trust(bundle: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=bundle or certifi.where())
