"""What the parser understands of a letter: its words apart from what was quoted, its files, signs and reports."""

from __future__ import annotations

import re

import pytest

from psa.mail.inbound import parsing, quoting, reports, signs
from psa.mail.inbound.parsing import Letter, Limits, Reading
from psa.mail.inbound.signs import Machine, Verdict
from tests.mail.letters import ODD, TEXT, html, in_charset, letter, part, parted, report, tnef

READING = Reading(Limits(), "tandem.example.com", "mx.tandem.example", "tandem@tandem.example.com")


def read(raw: bytes) -> Letter:
    return parsing.parse(raw, READING)


@pytest.mark.parametrize(
    ("text", "said", "quoted"),
    [
        ("Ja.\n\nAm Mo., 2. März 2026 um 09:30 schrieb Nordlicht <a@b.de>:\n> Hallo", "Ja.", "Am Mo."),
        ("Yes\n\nOn Mon, Mar 2, 2026 at 9:30 AM Nordlicht IT\n<a@b.example> wrote:\n\n> x", "Yes", "On Mon"),
        ("Jā\n\nPirmd., 2026. g. 2. marts plkst. 09:30 Nordlicht <a@b.lv> rakstīja:\n> x", "Jā", "Pirmd."),
        ("Ok\n\n-----Ursprüngliche Nachricht-----\nVon: A\nGesendet: Montag", "Ok", "-----Urs"),
        ("Labi\n\n-----Sākotnējais ziņojums-----\nNo: A\nNosūtīts: x", "Labi", "-----Sāk"),
        ("Ok\n________________________________\nFrom: A\nSent: Monday\nTo: B\nSubject: x", "Ok", "____"),
        ("Ok\n\nVon: A <a@b.de>\nGesendet: Montag\nAn: B\nBetreff: x\n\nalt", "Ok", "Von: A"),
        ("Answer\n\n> ##- Please write your answer above this line -##\n> Old", "Answer", "> ##-"),
        ("Answer\nOn 2 March A <a@b.example> wrote:\n##- Bitte oben -##\nOld", "Answer", "On 2 March"),
        ("> asked one\nanswer one\n> asked two\nanswer two", "> asked one\nanswer one\n> asked two\nanswer two", ""),
        ("On 2 March A <a@b.example> wrote:\n> old\n\nAnswer below", "Answer below", "On 2 March"),
        ("From: here on it is fine\nTo: me it is not", "From: here on it is fine\nTo: me it is not", ""),
        ("On we go\nas if nothing happened", "On we go\nas if nothing happened", ""),
        ("> all quoted", "", "> all quoted"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_what_was_said_is_parted_from_what_was_quoted(text: str, said: str, quoted: str) -> None:
    folded = quoting.fold(text)
    assert folded.said == said and folded.quoted.startswith(quoted) and bool(folded.quoted) == bool(quoted)
    words = re.findall(r"\w+", text)
    assert sorted(words) == sorted(re.findall(r"\w+", f"{folded.said}\n{folded.quoted}")), "nothing is dropped"


def test_charsets_and_headers_come_out_right() -> None:
    assert read(in_charset("Ķēde nestrādā", "cp1257", "windows-1257")).text == "Ķēde nestrādā"
    assert read(in_charset("印刷できません", "shift_jis")).text == "印刷できません"
    assert read(in_charset("Grüße", "latin-1", "utf-8")).text == "Grüße"
    assert read(ODD["encoded subject"][1]()).subject == "Störung – ķēde"
    assert read(ODD["display name in an encoded word"][1]()).sender.name == "Cleo Hänsen"
    assert read(ODD["subject with hidden letters"][1]()).subject == "Printer gnp.exe"


def test_files_come_out_of_parts_and_out_of_what_outlook_wraps() -> None:
    wrapped = read(
        parted(part("application/ms-tnef; name=winmail.dat", tnef(files={"plan.pdf": b"%PDF", "b.txt": b"x"})))
    )
    assert wrapped.text == "It does not print."
    assert [(one.name, one.content) for one in wrapped.files] == [("plan.pdf", b"%PDF"), ("b.txt", b"x")]
    broken = read(ODD["TNEF that lies about its length"][1]())
    assert [one.name for one in broken.files] == ["winmail.dat"]
    assert [one.name for one in read(ODD["a name in RFC 2231"][1]()).files] == ["ķēde.pdf"]
    assert [one.name for one in read(ODD["a calendar invitation"][1]()).files] == ["invitation.ics"]
    many = read(ODD["300 attachments"][1]())
    assert (len(many.files), many.files_left, many.trouble) == (50, 250, "")
    inner = read(ODD["a mail in the mail"][1]()).files[0]
    assert inner.name == "mail.eml" and b"inside" in inner.content


def test_html_alone_is_read_with_its_quotations() -> None:
    said = read(html("<p>Yes.<br>Please</p><script>no()</script><ul><li>one<li>two</ul><blockquote>Old</blockquote>"))
    assert said.text == "Yes.\nPlease\n\n- one\n- two" and said.quoted == "> Old"


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        ("mx.tandem.example; dmarc=pass header.from=hansen.example", Verdict.PASSED),
        ("mx.tandem.example; dkim=pass header.d=hansen.example", Verdict.PASSED),
        ("mx.tandem.example; dkim=pass header.d=mailer.example", Verdict.UNKNOWN),
        ("mx.tandem.example; spf=pass smtp.mailfrom=bounce@hansen.example", Verdict.PASSED),
        ("mx.tandem.example; spf=pass smtp.mailfrom=evil.example", Verdict.UNKNOWN),
        ("mx.tandem.example; spf=softfail smtp.mailfrom=x@evil.example", Verdict.FAILED),
        ("mx.tandem.example; dmarc=fail; spf=pass smtp.mailfrom=hansen.example", Verdict.FAILED),
        ("mx.evil.example; dmarc=pass", Verdict.UNKNOWN),
        ("mx.tandem.example.evil.example; dmarc=pass", Verdict.UNKNOWN),
        ("anybody; dmarc=fail", Verdict.FAILED),
        ("", Verdict.UNKNOWN),
    ],
)
def test_m2_only_our_own_server_proves_a_sender(results: str, verdict: Verdict) -> None:
    assert signs.verdict({"authentication-results": [results]}, "cleo@hansen.example", "mx.tandem.example") == verdict


def test_m6_a_mail_of_ours_is_known_by_its_number_or_its_mark() -> None:
    own = f"<{'a' * 32}@tandem.example.com>"
    assert read(letter(message_id=own)).machine == Machine.OURS
    assert read(letter(X_Loop="tandem@tandem.example.com")).machine == Machine.OURS
    assert read(letter(message_id="<CAF123@tandem.example.com>")).machine == Machine.NO  # a person's at that domain


def test_reports_are_read_whatever_their_form() -> None:
    own = f"<{'b' * 32}@tandem.example.com>"
    said = read(report(own)).report
    assert said is not None and (said.code, said.about) == ("dsn_5.1.1", (own,))
    late = read(report(own, "4.4.7", "delayed")).report
    assert late is not None and late.code == ""
    loose = read(letter(f"550 5.1.1 no such user\n\nMessage-ID: {own}", sender="MAILER-DAEMON@mx.example")).report
    assert loose is not None and (loose.code, loose.about) == ("dsn_5.1.1", (own,))
    assert read(letter("No number here", sender="postmaster@mx.example")).report is None
    assert reports.loose("nothing", parsing.own_ids("tandem.example.com")) is None


def test_a_plain_part_beside_files_is_the_text() -> None:
    found = read(
        parted(TEXT, part("text/plain; name=log.txt", b"08:00 offline"), part("text/html; name=a.html", b"<b>"))
    )
    assert found.text == "Es druckt nicht." and [one.name for one in found.files] == ["log.txt", "a.html"]
