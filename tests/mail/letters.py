"""Letters as they come in: a plain one, and every odd kind that was ever met, made here byte by byte."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from email.header import Header

CLEO = "cleo@hansen.example"
DESK = "nordlicht@tandem.example.com"
HEAD = (
    f"From: Cleo Hansen <{CLEO}>\r\nTo: <{DESK}>\r\nSubject: Printer\r\nDate: Mon, 2 Mar 2026 09:30:00 +0100\r\n"
    "Message-ID: <one@hansen.example>\r\nMIME-Version: 1.0\r\n"
)


def letter(
    text: str = "It does not print.",
    *,
    to: str = DESK,
    sender: str = f"Cleo Hansen <{CLEO}>",
    subject: str = "Printer",
    message_id: str = "<one@hansen.example>",
    **headers: str,
) -> bytes:
    """A plain mail; further headers by name, `_` for `-`."""
    lines = [
        f"From: {sender}",
        f"To: <{to}>",
        f"Subject: {subject}",
        "Date: Mon, 2 Mar 2026 09:30:00 +0100",
        f"Message-ID: {message_id}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        text,
    ]
    return "\r\n".join(lines).encode()


def parted(*parts: bytes, kind: str = "multipart/mixed", head: str = HEAD) -> bytes:
    """A mail of several parts, each with its own headers."""
    between = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts)
    return f'{head}Content-Type: {kind}; boundary="edge"\r\n\r\n'.encode() + between + b"--edge--\r\n"


def part(kind: str, content: bytes, **headers: str) -> bytes:
    """One part; base64 unless its encoding is said."""
    encoding = headers.pop("Content_Transfer_Encoding", "base64")
    lines = [f"Content-Type: {kind}", f"Content-Transfer-Encoding: {encoding}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    body = base64.encodebytes(content) if encoding == "base64" else content
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


TEXT = part("text/plain; charset=utf-8", b"Es druckt nicht.")


def in_charset(text: str, charset: str, claimed: str = "") -> bytes:
    """A plain mail in a charset, called by the name it claims."""
    head = f"{HEAD}Content-Type: text/plain; charset={claimed or charset}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + base64.encodebytes(text.encode(charset))


def html(markup: str) -> bytes:
    """A mail of HTML alone."""
    return f"{HEAD}Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode() + (
        base64.encodebytes(markup.encode())
    )


def tnef(text: bytes = b"It does not print.", files: dict[str, bytes] | None = None) -> bytes:
    """A winmail.dat."""

    def attribute(level: int, kind: int, value: bytes) -> bytes:
        return struct.pack("<BII", level, kind, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)

    made = struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x0002800C, text + b"\0")
    for name, content in (files or {}).items():
        made += attribute(2, 0x00069002, b"\0" * 14) + attribute(2, 0x00018010, name.encode() + b"\0")
        made += attribute(2, 0x0006800F, content)
    return made


def report(about: str, status: str = "5.1.1", action: str = "failed", to: str = DESK, sender: str = "") -> bytes:
    """What a mail server writes about a mail it could not deliver."""
    head = (
        f"From: Mail Delivery System <{sender or 'mailer-daemon@mx.hansen.example'}>\r\nTo: <{to}>\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        f"Message-ID: <report{status}@mx.hansen.example>\r\n"
    )
    status_part = (
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.hansen.example\r\n\r\n"
        f"Final-Recipient: rfc822; {CLEO}\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 no such user\r\n"
    ).encode()
    returned = f"Content-Type: text/rfc822-headers\r\n\r\nSubject: x\r\nMessage-ID: {about}\r\n".encode()
    words = b"Content-Type: text/plain\r\n\r\nSorry.\r\n"
    return parted(words, status_part, returned, kind="multipart/report; report-type=delivery-status", head=head)


def nested(depth: int) -> bytes:
    """Parts in parts in parts."""
    made = HEAD.encode()
    for level in range(depth):
        made += f'Content-Type: multipart/mixed; boundary="b{level}"\r\n\r\n--b{level}\r\n'.encode()
    return made + b"Content-Type: text/plain\r\n\r\nIt does not print.\r\n"


def _bare(head: str, body: bytes = b"It does not print.") -> bytes:
    return head.encode("latin-1", "replace") + b"\r\n" + body


_FOLLOWED = "Content-Type: text/plain; charset=utf-8\r\n"
CALENDAR = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Meeting\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

# What becomes of it: on a ticket, or in quarantine.
ODD: dict[str, tuple[str, Callable[[], bytes]]] = {
    # Charsets
    "utf-8": ("taken", lambda: in_charset("Grüße – ķēde 🖨", "utf-8")),
    "latin-1": ("taken", lambda: in_charset("Grüße", "latin-1")),
    "windows-1257": ("taken", lambda: in_charset("Ķēde nestrādā", "cp1257", "windows-1257")),
    "iso-8859-13": ("taken", lambda: in_charset("Ķēde", "iso8859-13", "iso-8859-13")),
    "utf-16": ("taken", lambda: in_charset("Es druckt nicht.", "utf-16")),
    "utf-7": ("taken", lambda: in_charset("Grüße", "utf-7", "unicode-1-1-utf-7")),
    "koi8-r": ("taken", lambda: in_charset("Не печатает", "koi8-r")),
    "shift_jis": ("taken", lambda: in_charset("印刷できません", "shift_jis")),
    "unknown charset": ("taken", lambda: in_charset("It does not print.", "ascii", "klingon")),
    "charset that lies": ("taken", lambda: in_charset("Grüße", "latin-1", "utf-8")),
    "charset that is a codec": ("taken", lambda: in_charset("It does not print.", "ascii", "zlib")),
    "charset that is slow": ("taken", lambda: in_charset("x" * 50_000, "ascii", "idna")),
    "charset in quotes and tails": ("taken", lambda: in_charset("It does not print.", "ascii", "\"us-ascii'''\"")),
    "no charset and eight bits": ("taken", lambda: _bare(HEAD, "Es druckt nicht: Grüße".encode("cp1252"))),
    "NUL in the text": ("taken", lambda: _bare(HEAD + _FOLLOWED, b"It does\x00 not print.")),
    "surrogates": ("taken", lambda: _bare(HEAD + _FOLLOWED, b"It does \xed\xa0\x80 not print.")),
    # Headers
    "encoded subject": ("taken", lambda: letter(subject=Header("Störung – ķēde", "utf-8").encode())),
    "broken encoded subject": ("taken", lambda: letter(subject="=?utf-8?B?w7x=?= =?x?Q?=ZZ?=")),
    "subject in a slow charset": ("taken", lambda: letter(subject="=?punycode?Q?abc-def?=")),
    "subject with a folded line": ("taken", lambda: letter(subject="Printer\r\n and more")),
    "subject with hidden letters": ("taken", lambda: letter(subject="Printer \u202e gnp.exe")),
    "eight bits in the subject": ("taken", lambda: _bare(HEAD.replace("Printer", "Störung") + _FOLLOWED)),
    "no subject": ("taken", lambda: _bare(HEAD.replace("Subject: Printer\r\n", "") + _FOLLOWED)),
    "endless subject": ("taken", lambda: letter(subject="x" * 100_000)),
    "no date": ("taken", lambda: _bare(HEAD.replace("Date: Mon, 2 Mar 2026 09:30:00 +0100\r\n", "") + _FOLLOWED)),
    "a date that is none": ("taken", lambda: _bare(HEAD.replace("Mon, 2 Mar 2026", "Sometime") + _FOLLOWED)),
    "no Message-ID": ("taken", lambda: _bare(HEAD.replace("Message-ID: <one@hansen.example>\r\n", "") + _FOLLOWED)),
    "a Message-ID that is none": ("taken", lambda: letter(message_id="[]<>@@")),
    "endless references": ("taken", lambda: letter(References=" ".join(f"<{n}@x.example>" for n in range(20_000)))),
    "display name in an encoded word": ("taken", lambda: letter(sender=f"=?utf-8?Q?Cleo_H=C3=A4nsen?= <{CLEO}>")),
    "display name that is an address": ("taken", lambda: letter(sender=f'"boss@nordlicht.example" <{CLEO}>')),
    "display name that hides an address": (
        "quarantined",
        lambda: letter(sender=f"=?utf-8?Q?Cleo_=3C{CLEO.replace('@', '=40')}=3E?= <evil@evil.example>"),
    ),
    "several senders": ("quarantined", lambda: letter(sender=f"{CLEO}, evil@evil.example")),
    "two From lines": ("quarantined", lambda: f"From: evil@evil.example\r\n{HEAD}{_FOLLOWED}\r\nHi".encode()),
    "no sender": ("quarantined", lambda: _bare(HEAD.replace(f"From: Cleo Hansen <{CLEO}>\r\n", "") + _FOLLOWED)),
    "a sender that is none": ("quarantined", lambda: letter(sender="Cleo Hansen")),
    "an address in capitals": ("taken", lambda: letter(sender=CLEO.upper())),
    "brackets without end in the sender": ("quarantined", lambda: letter(sender="(" * 60_000)),
    "brackets without end in the recipient": ("taken", lambda: letter(to="(" * 60_000)),
    "brackets without end everywhere": (
        "quarantined",
        lambda: letter(sender="<" * 60_000, to='"' * 60_000, Cc="[" * 60_000, References="<" * 60_000),
    ),
    "thousands of headers": ("taken", lambda: letter(**{f"X_{n}": "x" for n in range(5000)})),
    "headers without a colon": ("quarantined", lambda: b"this is no mail at all\r\nnor is this\r\n" + HEAD.encode()),
    "line ends of a Mac": ("taken", lambda: letter().replace(b"\r\n", b"\r")),
    "line ends of Unix": ("taken", lambda: letter().replace(b"\r\n", b"\n")),
    "a mark of ours": ("ignored", lambda: letter(X_Loop="tandem@tandem.example.com")),
    # Parts
    "alternative": (
        "taken",
        lambda: parted(TEXT, part("text/html", b"<p>It <b>does not</b> print"), kind="multipart/alternative"),
    ),
    "HTML alone": ("taken", lambda: html("<p>It does not print.</p><script>alert(1)</script>")),
    "HTML that is broken": ("taken", lambda: html("<table><td><p>It <b>does <i>not</b> print<<<")),
    "HTML nested ten thousand times": ("taken", lambda: html("<p>It does not print.</p>" + "<div>" * 10_000)),
    "related pictures": (
        "taken",
        lambda: parted(
            part("text/html", b'<img src="cid:logo">It does not print.'),
            part("image/png", PICTURE, Content_ID="<logo>"),
            kind="multipart/related",
        ),
    ),
    "an attachment": ("taken", lambda: parted(TEXT, part("application/pdf; name=plan.pdf", b"%PDF-1.4"))),
    "an attachment with a bad name": (
        "taken",
        lambda: parted(
            TEXT, part("text/html", b"<script>", Content_Disposition='attachment; filename="../../x\r\n\ty"')
        ),
    ),
    "a name in RFC 2231": (
        "taken",
        lambda: parted(
            TEXT,
            part("application/pdf", b"%PDF-1.4", Content_Disposition="attachment; filename*=utf-8''%C4%B7%C4%93de.pdf"),
        ),
    ),
    "a name in RFC 2231 that is broken": (
        "taken",
        lambda: parted(
            TEXT, part("application/pdf", b"%PDF", Content_Disposition="attachment; filename*0*=x'y; filename*2=z")
        ),
    ),
    "an empty attachment": ("taken", lambda: parted(TEXT, part("application/pdf; name=plan.pdf", b""))),
    "300 attachments": (
        "taken",
        lambda: parted(TEXT, *(part(f"application/pdf; name={n}.pdf", b"%%PDF-1.4 %d" % n) for n in range(300))),
    ),
    "a thousand parts": ("quarantined", lambda: parted(*[TEXT] * 1000)),
    "no last boundary": ("taken", lambda: parted(TEXT).replace(b"--edge--", b"")),
    "no boundary at all": ("taken", lambda: parted(TEXT).replace(b'; boundary="edge"', b"")),
    "a part without an end": ("taken", lambda: parted(TEXT)[:-40]),
    "base64 that is none": (
        "taken",
        lambda: parted(part("text/plain", b"Es druckt nicht, sagt sie! ###", Content_Transfer_Encoding="base64 ")),
    ),
    "an encoding nobody knows": (
        "taken",
        lambda: parted(part("text/plain", b"It does not print.", Content_Transfer_Encoding="x-secret")),
    ),
    "quoted-printable that is none": (
        "taken",
        lambda: parted(
            part("text/plain", b"It does =ZZ not =\r\nprint=", Content_Transfer_Encoding="quoted-printable")
        ),
    ),
    "uuencoded": (
        "taken",
        lambda: parted(
            TEXT,
            part("text/plain; name=x", b"begin 644 x\r\n#0V%T\r\n`\r\nend", Content_Transfer_Encoding="x-uuencode"),
        ),
    ),
    "a content type that is none": (
        "taken",
        lambda: parted(part("text", b"It does not print.", Content_Transfer_Encoding="8bit")),
    ),
    "nested fifteen times": ("taken", lambda: nested(15)),
    "nested two hundred times": ("quarantined", lambda: nested(200)),
    "nested two thousand times": ("quarantined", lambda: nested(2000)),
    "a mail in the mail": (
        "taken",
        lambda: parted(TEXT, part("message/rfc822", letter("inside"), Content_Transfer_Encoding="8bit")),
    ),
    "a mail in a mail in a mail": (
        "taken",
        lambda: parted(
            TEXT,
            part(
                "message/rfc822",
                parted(part("message/rfc822", letter(), Content_Transfer_Encoding="8bit")).replace(b"edge", b"core"),
                Content_Transfer_Encoding="8bit",
            ),
        ),
    ),
    "TNEF": ("taken", lambda: parted(part("application/ms-tnef; name=winmail.dat", tnef(files={"plan.pdf": b"%PDF"})))),
    "TNEF that is broken": ("taken", lambda: parted(TEXT, part("application/ms-tnef", tnef()[:20]))),
    "TNEF that lies about its length": (
        "taken",
        lambda: parted(TEXT, part("application/ms-tnef", tnef()[:11] + b"\xff\xff\xff\xff" + tnef()[15:])),
    ),
    "a calendar invitation": (
        "taken",
        lambda: parted(TEXT, part("text/calendar; method=REQUEST", CALENDAR), kind="multipart/alternative"),
    ),
    "a calendar alone": ("taken", lambda: parted(part("text/calendar; method=REQUEST", CALENDAR))),
    "signed": (
        "taken",
        lambda: parted(TEXT, part("application/pgp-signature", b"-----BEGIN"), kind="multipart/signed"),
    ),
    "encrypted": (
        "taken",
        lambda: parted(part("application/pgp-encrypted", b"Version: 1"), part("application/octet-stream", b"\x00\x01")),
    ),
    "a partial message": ("taken", lambda: parted(part("message/partial; id=1; number=1; total=2", b"x"))),
    "an external body": ("taken", lambda: parted(TEXT, part("message/external-body; access-type=URL", b"x"))),
    # Amounts
    "empty body": ("taken", lambda: letter("")),
    "nothing at all": ("quarantined", lambda: b""),
    "a line end": ("quarantined", lambda: b"\r\n\r\n"),
    "binary": ("quarantined", lambda: bytes(range(256)) * 50),
    "one word of a megabyte": ("taken", lambda: letter("x" * 1_000_000)),
    "a million lines": ("taken", lambda: letter("x\r\n" * 200_000)),
    "quoted to no end": ("taken", lambda: letter("Yes.\r\n" + ">" * 5_000 + "\r\n" + "> x\r\n" * 20_000)),
    "larger than allowed": ("quarantined", lambda: letter("x\r\n" * 1_400_000)),
    "parts that are slow to read": ("quarantined", lambda: nested(120) + b"x\r\n" * 100_000),
    # Nobody's words
    "out of office in English": ("quarantined", lambda: letter(subject="Automatic reply: Printer")),
    "out of office in German": ("quarantined", lambda: letter(subject="Abwesenheitsnotiz: Drucker")),
    "out of office in Latvian": (
        "quarantined",
        lambda: letter(subject=Header("Automātiskā atbilde: Printeris", "utf-8").encode()),
    ),
    "Auto-Submitted": ("quarantined", lambda: letter(Auto_Submitted="auto-replied")),
    "Precedence bulk": ("quarantined", lambda: letter(Precedence="bulk")),
    "X-Autoreply": ("quarantined", lambda: letter(X_Autoreply="yes")),
    "OTRS": ("quarantined", lambda: letter(X_OTRS_Loop="true")),
    "a read receipt": (
        "quarantined",
        lambda: parted(
            TEXT,
            b"Content-Type: message/disposition-notification\r\n\r\nDisposition: automatic-action; displayed\r\n",
            kind="multipart/report; report-type=disposition-notification",
        ),
    ),
    "a report of nobody's mail": ("quarantined", lambda: report("<nobody@tandem.example.com>")),
    "a key that is none": ("quarantined", lambda: letter(to=f"reply+{'a' * 52}@tandem.example.com, {DESK}")),
    "a key in capitals that is none": (
        "quarantined",
        lambda: letter(to=f"REPLY+{'A' * 52}@TANDEM.example.com, {DESK}"),
    ),
    "from our own address": ("quarantined", lambda: letter(sender=DESK)),
}
