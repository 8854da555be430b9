"""The paper of a delivery or return note: drawn once from lines that stand still, kept with its hash, and never again.

It is drawn after the note was prepared, outside that transaction: by the worker, or by whoever asks for it first. Who
only looks in gets what is kept; before that, a drawing that is not kept. Once it is signed there is a second paper,
with the signature on a page of its own; the first stays as it was handed over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from billing.documents import invoices as documents
from billing.models import BillingSettings, DeliveryLine, DeliveryNote, DeliveryStatus
from billing.services import drafts, signatures
from psa.paper.document import (
    Block,
    Column,
    Document,
    Fact,
    Facts,
    Heading,
    Letterhead,
    NewPage,
    Picture,
    Row,
    Table,
    Text,
    WriteOn,
    pdf,
)
from psa.tenancy import scope
from psa.tenancy.errors import Refused
from psa.tenancy.models import Tenant
from psa.tenant_settings.services import logo_of
from psa.web.figures import moment, numbers_as, quantity
from tickets.models import StoredFile

PDF = "application/pdf"


# Keeping ------------------------------------------------------------------------------------------------------------
def paper_of(note: DeliveryNote) -> bytes:
    """The note's PDF as it was drawn. Raises Refused("delivery_note_has_no_number"), and Refused("paper_was_changed")
    where the bytes are not those of its hash."""
    if not note.number:
        raise Refused("delivery_note_has_no_number")
    if note.file_id is None and scope.is_reading():
        return drawn(note)
    if note.file_id is None:
        note = keep(note)
    return _read(note.file, note.sha256)


def signed_paper_of(note: DeliveryNote) -> bytes:
    """The same pages and the signature's. Raises Refused("delivery_note_is_not_signed"), ("paper_was_changed"), and
    ("papers_are_being_made") to who only looks in: what it names the fingerprint of is kept by somebody else."""
    if note.signed_at is None:
        raise Refused("delivery_note_is_not_signed")
    if note.signed_file_id is None and scope.is_reading():
        raise Refused("papers_are_being_made")
    if note.signed_file_id is None:
        note = keep_signed(note)
    return _read(note.signed_file, note.signed_sha256)


def keep(note: DeliveryNote) -> DeliveryNote:
    """Draw and keep the paper of a numbered note that has none. Of two who draw at once the first is kept."""
    return _keep(note, drawn(note), "file", "sha256")


def keep_signed(note: DeliveryNote) -> DeliveryNote:
    """Draw and keep the signed paper of a signed note; its fingerprint names the first."""
    if note.file_id is None:
        note = keep(note)
    return _keep(note, drawn(note, with_signature=True), "signed_file", "signed_sha256")


def store(content: bytes, content_type: str) -> StoredFile:
    """Bytes of ours under a name nobody can guess; outside the transaction that needs them."""
    sha256, path = signatures.named(content)
    where = default_storage.save(f"{scope.tenant_id()}/{path}", ContentFile(content))
    row: StoredFile = StoredFile.objects.create(path=where, size=len(content), sha256=sha256, content_type=content_type)
    return row


def _keep(note: DeliveryNote, content: bytes, file: str, sha256: str) -> DeliveryNote:
    stored = store(content, PDF)
    with transaction.atomic():
        row: Any = DeliveryNote.objects.select_for_update(of=("self",), no_key=True).get(pk=note.pk)
        is_first = getattr(row, f"{file}_id") is None
        if is_first:
            setattr(row, file, stored)
            setattr(row, sha256, stored.sha256)
            row.save(update_fields=[file, sha256])
    if not is_first:
        default_storage.delete(stored.path)
        stored.delete()
    return row


def _read(file: StoredFile | None, sha256: str) -> bytes:
    assert file is not None
    with default_storage.open(file.path) as opened:
        content = bytes(opened.read())
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Refused("paper_was_changed")
    return content


# Drawing ------------------------------------------------------------------------------------------------------------
def drawn(note: DeliveryNote, *, with_signature: bool = False) -> bytes:
    """The note as PDF, in the language of whoever gets it, in the company's time zone and its numbers."""
    tenant = note.tenant
    zone = ZoneInfo(tenant.time_zone)
    with translation.override(_language(note, tenant)), timezone.override(zone), numbers_as(tenant.number_format):
        blocks = [*_note(note, is_open=not with_signature), *(_signature(note) if with_signature else ())]
        language = translation.get_language() or "en"
        sender = _sender(tenant)
        head = _letterhead(note, sender)
        return pdf(
            Document(sender["name"], title_of(note), _subject(note), language, blocks, logo_of(tenant), letterhead=head)
        )


def title_of(note: DeliveryNote) -> str:
    """What the paper is called."""
    words = {"number": note.number}
    return _("Return note %(number)s") % words if note.is_return else _("Delivery note %(number)s") % words


def _language(note: DeliveryNote, tenant: Tenant) -> str:
    contact = note.ticket.contact if note.ticket else note.order.contact if note.order else None
    return (contact.language if contact else "") or note.company.language or tenant.language


def _sender(tenant: Tenant) -> dict[str, str]:
    """Who delivers, as on the company's invoices."""
    settings = BillingSettings.objects.first()
    found = drafts.seller_of(settings) if settings is not None else {}
    return found | {"name": found.get("name") or tenant.name}


def _letterhead(note: DeliveryNote, sender: dict[str, str]) -> Letterhead:
    """The same letter as an invoice is: to whom and where to in the window."""
    head = documents.letterhead(sender, {}, list(_facts(note)))
    address = [line for line in note.address.split("\n") if line.strip() and line != sender.get("country")]
    return replace(head, recipient=[note.recipient, *address])


def _subject(note: DeliveryNote) -> str:
    """What it was delivered for."""
    if note.corrects is not None:
        return _("Corrects delivery note %(number)s") % {"number": note.corrects.number}
    return note.order.title if note.order is not None else note.ticket.title if note.ticket is not None else ""


def _note(note: DeliveryNote, is_open: bool) -> Iterator[Block]:
    if note.reason and note.is_return:
        yield Heading(_("Reason"))
        yield Text(note.reason)
    columns = [
        Column(_("Pos."), 0.06),
        Column(_("Goods"), 0.58),
        Column(_("Article"), 0.18),
        Column(_("Quantity"), 0.18, True),
    ]
    lines = DeliveryLine.objects.filter(note=note).select_related("article").order_by("position")
    yield Table(columns, [_row(at, line) for at, line in enumerate(lines, start=1)])
    if note.note:
        yield Heading(_("Remark"))
        yield Text(note.note)
    if is_open and not note.is_return:
        yield WriteOn(_("Received in full and undamaged"), 0, [_("Place, date"), _("Name in capitals"), _("Signature")])


def _row(position: int, line: DeliveryLine) -> Row:
    said = []
    if line.serials:
        said.append(_("Serial numbers: %(numbers)s") % {"numbers": ", ".join(line.serials)})
    if not line.is_chargeable:
        said.append(_("Free of charge"))
    article = line.article.number if line.article else ""
    return Row([str(position), line.name, article, quantity(line.quantity, line.unit)], "\n".join(said))


def _facts(note: DeliveryNote) -> Iterator[Fact]:
    yield Fact(_("Number"), note.number)
    yield Fact(_("Date"), moment(_when(note.prepared_at)))
    yield Fact(_("Prepared by"), note.prepared_by_name)
    if note.company.number:
        yield Fact(_("Customer no."), note.company.number)
    if note.order is not None:
        yield Fact(pgettext("sales", "Order"), note.order.number)
        if note.order.customer_reference:
            yield Fact(_("Your order"), note.order.customer_reference)
    if note.ticket is not None:
        yield Fact(_("Ticket"), str(note.ticket.number))


def _signature(note: DeliveryNote) -> Iterator[Block]:
    yield NewPage()
    yield Heading(_("Signature"))
    yield Facts(
        [
            Fact(_("Signed by"), note.signed_by),
            Fact(_("Signed on"), moment(_when(note.signed_at))),
            Fact(_("Recipient"), note.recipient),
            Fact(_("Delivered to"), note.address or "–"),
        ]
    )
    if note.signature is not None:
        with default_storage.open(note.signature.path) as opened:
            yield Picture(bytes(opened.read()), _("Signature of %(name)s") % {"name": note.signed_by})
    else:
        yield Text(_("Signed by hand on the printed delivery note."))
    yield Text(
        _("Fingerprint of the paper that was handed over (SHA-256): %(hash)s") % {"hash": note.sha256}, is_quiet=True
    )


def _when(at: datetime | None) -> datetime:
    assert at is not None
    return timezone.localtime(at)


def is_kept(note: DeliveryNote) -> bool:
    """Whether there is a paper: of everything that has a number, a cancelled one too."""
    return bool(note.number) and note.status != DeliveryStatus.DRAFT
