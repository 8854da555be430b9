"""A mail server that speaks as much IMAP (RFC 3501) over a real socket as somebody needs who fetches mail: it keeps
flags between visits, gives literals, marks as read what is not peeked at, and can hang up in the middle."""

from __future__ import annotations

import re
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SEEN, FLAGGED = "\\Seen", "\\Flagged"


@dataclass
class Box:
    """One mailbox: its mails by UID, their flags, and how it behaves."""

    mails: dict[int, bytes]
    user: str = "desk@example.com"
    password: str = "p@ss word"
    folder: str = "Support/In"
    flags: dict[int, set[str]] = field(default_factory=dict)
    # Sizes it claims where it does not tell the truth, and before which command it hangs up.
    claims: dict[int, int] = field(default_factory=dict)
    hangs_up_before: str = ""
    said: list[str] = field(default_factory=list)

    def marked(self, uid: int) -> set[str]:
        return self.flags.setdefault(uid, set())


class _Visit(socketserver.StreamRequestHandler):
    """One connection."""

    def handle(self) -> None:
        box: Box = self.server.box  # type: ignore[attr-defined]
        self.wfile.write(b"* OK ready\r\n")
        while line := self.rfile.readline():
            tag, _, command = line.decode().strip().partition(" ")
            box.said.append(command)
            if box.hangs_up_before and box.hangs_up_before in command:
                return
            answers, end = _answer(box, command)
            for answer in answers:
                self.wfile.write(answer + b"\r\n")
            self.wfile.write(f"{tag} {end} done\r\n".encode())
            if command == "LOGOUT":
                return


def _answer(box: Box, command: str) -> tuple[list[bytes], str]:
    """The untagged answers, and how the command ended."""
    verb = command.split(" ", 1)[0].upper()
    if verb == "CAPABILITY":
        return [b"* CAPABILITY IMAP4rev1"], "OK"
    if verb == "LOGIN":
        quoted = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', command.split(" ", 1)[1])
        given = tuple(left or right for left, right in quoted)
        return [], "OK" if given == (box.user, box.password) else "NO [AUTHENTICATIONFAILED] who?"
    if verb == "SELECT":
        is_there = command.split(" ", 1)[1].strip('"') == box.folder
        return [f"* {len(box.mails)} EXISTS".encode()], "OK [READ-WRITE]" if is_there else "NO no such folder"
    if verb == "LOGOUT":
        return [b"* BYE"], "OK"
    if verb == "UID":
        return _by_uid(box, command.split(" ", 1)[1])
    return [], "BAD unknown"


def _by_uid(box: Box, command: str) -> tuple[list[bytes], str]:
    if command.startswith("SEARCH"):
        without = {"UNSEEN": SEEN, "UNFLAGGED": FLAGGED}
        wanted = {without[word] for word in command.split()[1:]}
        found = [str(uid) for uid in sorted(box.mails) if not wanted & box.marked(uid)]
        return [" ".join(["* SEARCH", *found]).encode()], "OK"
    verb, uid_said, rest = command.split(" ", 2)
    uid = int(uid_said)
    place = sorted(box.mails).index(uid) + 1
    if verb == "STORE":
        flags = set(re.findall(r"\\\w+", rest))
        assert rest.startswith("+FLAGS") and flags
        box.marked(uid).update(flags)
        return [f"* {place} FETCH (UID {uid} FLAGS ({' '.join(sorted(box.marked(uid)))}))".encode()], "OK"
    raw = box.mails[uid]
    if "RFC822.SIZE" in rest:
        return [f"* {place} FETCH (UID {uid} RFC822.SIZE {box.claims.get(uid, len(raw))})".encode()], "OK"
    if "BODY.PEEK[]" not in rest:
        box.marked(uid).add(SEEN)
    return [f"* {place} FETCH (UID {uid} BODY[] {{{len(raw)}}}\r\n".encode() + raw + b")"], "OK"


class Server(socketserver.ThreadingTCPServer):
    """The box on a port of its own for as long as a test lasts; with a certificate it speaks TLS at once."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, box: Box, certificate: Path | None = None) -> None:
        self.box, self.tls = box, None
        if certificate is not None:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificate)
        super().__init__(("127.0.0.1", 0), _Visit)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def get_request(self) -> Any:
        connection, address = super().get_request()
        return (self.tls.wrap_socket(connection, server_side=True), address) if self.tls else (connection, address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hangs up on us is no error of ours."""

    def __enter__(self) -> Server:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self.shutdown()
        self.server_close()


def self_signed(folder: Path) -> Path:
    """A certificate for this machine that nobody vouches for, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, plain) + made.public_bytes(serialization.Encoding.PEM)
    )
    return path
