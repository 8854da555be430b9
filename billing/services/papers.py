"""The papers of issued invoices: drawn by the worker, kept once and for ever, sent to the customer.

A row of `PaperWanted` stands until they are made. Made twice they are the same row: the first that is kept counts.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone, translation

from billing import electronic
from billing.documents import invoices as documents
from billing.models import EInvoiceFormat, Invoice, InvoiceLine, InvoiceStatus, InvoiceVat, PaperWanted
from billing.services import issuing, recipients
from psa import leases
from psa.journal import journal
from psa.mail import mail
from psa.mail.models import OutgoingMail
from psa.paper.document import pdf
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenant_settings.services import logo_of
from psa.web import figures
from tickets.models import StoredFile
from tickets.services.files import bytes_of

PDF, XML = "application/pdf", "application/xml"


def work() -> int:
    """Make what is wanted. The worker's task."""
    return leases.sweep(PaperWanted, _make, limit=10)


def _make(wanted: PaperWanted) -> None:
    """Draw, write the bytes, keep them with the invoice and send them, in this order; a crash between begins anew."""
    row = Invoice.objects.select_related("company", "corrects", "tenant").get(pk=wanted.invoice_id)
    kept: list[StoredFile] = []
    if row.file_id is None:
        leases.hold(wanted)
        drawn, written = files(row)
        kept = [_stored(drawn, PDF), *([_stored(written, XML)] if written else [])]
    try:
        with transaction.atomic():
            _keep(row.pk, kept, wanted.is_mailed)
            leases.settle(wanted)
    except BaseException:
        for one in kept:
            default_storage.delete(one.path)
        raise


def files(row: Invoice) -> tuple[bytes, bytes]:
    """The PDF, with the XML in it where the format is that, and the XML (b"" without one)."""
    lines = list(InvoiceLine.objects.filter(invoice=row).order_by("position"))
    vats = list(InvoiceVat.objects.filter(invoice=row).order_by("pk"))
    with written_for(row):
        drawn = pdf(documents.invoice(row, lines, vats, logo_of(row.tenant)))
        if not issuing.needs_xml(row) or not row.number:
            return drawn, b""
        for one in vats:
            one.reason = documents.reason_words(one.reason, str(row.seller.get("country", ""))) if one.reason else ""
        written = electronic.xml(row, lines, vats)
    if row.format == EInvoiceFormat.ZUGFERD:
        drawn = electronic.in_pdf(drawn, written, row.language)
    return drawn, written


def preview(row: Invoice) -> tuple[bytes, bytes]:
    """How a draft would look: parties as of now, no number."""
    issuing.freeze(row)
    return files(row)


@contextmanager
def written_for(row: Invoice) -> Iterator[None]:
    """The customer's language, the tenant's zone and its way to write numbers."""
    tenant = row.tenant
    with ExitStack() as reading:
        reading.enter_context(translation.override(row.language or tenant.language))
        reading.enter_context(timezone.override(ZoneInfo(tenant.time_zone)))
        reading.enter_context(figures.numbers_as(tenant.number_format))
        yield


def _stored(content: bytes, kind: str) -> StoredFile:
    """The bytes under a name nobody can guess; the row is not saved yet."""
    key = uuid.uuid4().hex
    path = default_storage.save(f"{scope.tenant_id()}/{key[:2]}/{key}", ContentFile(content))
    return StoredFile(path=path, size=len(content), sha256=hashlib.sha256(content).hexdigest(), content_type=kind)


def _keep(pk: int, kept: list[StoredFile], is_mailed: bool) -> None:
    row = Invoice.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    if kept:
        if row.file_id is not None:
            raise leases.Overtaken
        for one in kept:
            one.save(force_insert=True)
        row.file, row.sha256 = kept[0], kept[0].sha256
        row.xml = kept[1] if len(kept) > 1 else None
        row.save(update_fields=["file", "xml", "sha256"])
        by = Actor.system("worker")
        journal.record(row, "invoice.papers_made", by=by, number=row.number, sha256=row.sha256)
    if is_mailed:
        _send(row)


@transaction.atomic
def send_again(invoice: Invoice, *, by: Actor) -> None:
    """Send the papers once more. Raises Denied, Refused("papers_are_being_made"), ("invoice_has_no_address")."""
    by.require("invoice.manage")
    row = Invoice.objects.select_for_update(of=("self",), no_key=True).get(pk=invoice.pk)
    if row.file_id is None:
        raise Refused("papers_are_being_made")
    if not row.buyer.get("email"):
        raise Refused("invoice_has_no_address")
    _send(row)
    journal.record(row, "invoice.sent_again", by=by, number=row.number, to=row.buyer["email"])


def _send(row: Invoice) -> list[OutgoingMail]:
    """The mail with the papers, in the transaction that keeps them; nothing where no address is known."""
    if not row.buyer.get("email"):
        return []
    facts = {"due_on": row.due_on} if row.due_on else {}
    written = mail.post(
        "invoice_sent", [recipients.recipient(row)], row, number=row.number, is_credit=row.kind == "credit_note",
        due=row.due, currency=row.currency, **facts,
    )  # fmt: skip
    enclose(written, row)
    return written


def enclose(written: list[OutgoingMail], row: Invoice) -> None:
    """Let the papers of an invoice go along with mails just written."""
    for kept, ending, kind in ((row.file, "pdf", PDF), (row.xml, "xml", XML)):
        if kept is not None:
            mail.enclose(written, name(row, ending), bytes_of(kept), kind)


def name(row: Any, ending: str) -> str:
    """What a paper's file is called: its number, without what no file name has."""
    return f"{_plain(row.number)}.{ending}"


def draft_name(row: Invoice, ending: str) -> str:
    """What the file of a draft is called, in the active language: that it is one, and for whom."""
    return f"{_plain(str(InvoiceStatus.DRAFT.label))}-{_plain(row.company.name)}.{ending}"


def _plain(words: str) -> str:
    """Letters of any language and digits stay; what no file name has becomes one hyphen."""
    return re.sub(r"[^\w.-]+", "-", words).strip("-.") or "-"
