"""The invoices of a portal company: a list, a page for each settlement, and its own data (outsourcing spec §10)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms.portal_invoices import BuyerForm, CreditForm, SellerForm
from billing.lists import portal_invoices as lists
from billing.lists.invoices import standing
from billing.models import Invoice
from billing.services import billing_settings, papers, partner_billing, partner_money, portal_invoices
from billing.views.fetching import discarded_already, issued_already
from outsourcing.models import Handover
from outsourcing.views.fetching import handover_of, linked
from outsourcing.views.portal import for_portals
from psa.directory.models import Company
from psa.tenancy.errors import Refused
from psa.web import htmx, refusals, throttle
from psa.web.access import needs
from tickets.models import Ticket
from tickets.services.files import bytes_of


@require_safe
@needs("invoice.view")
@for_portals
def invoices(request: Any) -> HttpResponseBase:
    """What was invoiced, and the settlements that wait for it."""
    return lists.invoices(request).answer("billing/portal/list.html", {"waiting": portal_invoices.waiting()})


@require_safe
@needs("invoice.view")
@for_portals
def invoice(request: Any, key: Any) -> HttpResponse:
    """The invoices of one settlement: what is to be drawn, the draft, what was issued."""
    found, _ticket, company = _received(request, key)
    rows = list(portal_invoices.of_handover(found.key))
    draft = next((row for row in rows if row.status == "draft"), None)
    ours, theirs = portal_invoices.missing(company)
    context: dict[str, Any] = {"handover": found, "company": company, "draft": draft, "form": CreditForm()}
    context |= {"papers": [(row, standing(row)) for row in rows if row.status != "draft"]}
    context |= {"statement": partner_billing.statement_of(found), "lacks_ours": ours, "lacks_theirs": theirs}
    context["is_to_draw"] = draft is None and portal_invoices.is_to_draw(found)
    if draft is not None:
        context["lines"], context["vats"] = portal_invoices.lines_of(draft)
    return render(request, "billing/portal/invoice.html", context)


@require_POST
@needs("invoice.manage")
@for_portals
def draw(request: Any, key: Any) -> HttpResponse:
    """A draft from the settlement."""
    found, ticket, _company = _received(request, key)
    portal_invoices.draw(ticket, found, by=request.actor)
    messages.success(request, _("The draft is made. Look at it, then issue it."))
    return _to(request, key)


@require_POST
@needs("invoice.manage")
@for_portals
def issue(request: Any, key: Any) -> HttpResponse:
    """The draft gets its number; what an invoice must say and does not is asked for first."""
    row = _draft(request, key)
    if row is None:
        return _too_late(request, key)
    ours, theirs = portal_invoices.missing(row.company)
    if ours or theirs:
        page = reverse("billing:portal_seller", args=[request.tenant.slug])
        messages.warning(request, _("Something an invoice must say is missing. Enter it, then issue the invoice."))
        return htmx.go(request, page if ours else _address(request, "portal_buyer", key))
    made = portal_invoices.issue(row, version=_version(request, row), by=request.actor)
    messages.success(request, _("Invoice %(number)s is issued.") % {"number": made.number})
    return _to(request, key)


@require_POST
@needs("invoice.manage")
@for_portals
def discard(request: Any, key: Any) -> HttpResponse:
    """Throw the draft away."""
    row = _draft(request, key)
    if row is None:
        return _too_late(request, key)
    portal_invoices.discard(row, version=_version(request, row), by=request.actor)
    messages.success(request, _("The draft was discarded."))
    return _to(request, key)


@require_POST
@needs("invoice.manage")
@for_portals
def credit(request: Any, key: Any, number: str) -> HttpResponse:
    """Take an issued invoice back by a credit note."""
    _received(request, key)
    row = get_object_or_404(portal_invoices.of_handover(key).filter(kind="invoice"), number=number)
    form = CreditForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why the invoice is taken back."))
        return _to(request, key)
    note = portal_invoices.credit(row, form.cleaned_data["reason"], by=request.actor)
    messages.success(request, _("Credit note %(number)s takes it back.") % {"number": note.number})
    return _to(request, key)


@require_safe
@needs("invoice.view")
@for_portals
@throttle.limited("export")
def paper(request: Any, key: Any, number: str) -> HttpResponse:
    """The PDF of an issued invoice or credit note; 404 until the worker has made it."""
    _received(request, key)
    row = get_object_or_404(portal_invoices.of_handover(key), number=number, file__isnull=False)
    assert row.file is not None  # asked for
    response = HttpResponse(bytes_of(row.file), content_type=papers.PDF)
    response["Content-Disposition"] = f'inline; filename="{papers.name(row, "pdf")}"'
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@needs("tenant.settings")
@for_portals
def seller(request: Any) -> HttpResponse:
    """What stands on our invoices of ourselves."""
    settings = billing_settings.of_tenant()
    form = SellerForm(settings, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            billing_settings.settle(form.values(), version=settings.version, by=request.actor)
            messages.success(request, _("Saved."))
            return htmx.go(request, reverse("billing:portal_invoices", args=[request.tenant.slug]))
        except Refused as refused:
            form.add_error(None, refusals.explain(refused))
    return render(request, "billing/portal/seller.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("invoice.manage")
@for_portals
def buyer(request: Any, key: Any) -> HttpResponse:
    """The lead partner as it stands on our invoices."""
    found, _ticket, company = _received(request, key)
    form = BuyerForm(company, billing_settings.profile_of(company), request.POST or None)
    if request.method == "POST" and form.is_valid():
        portal_invoices.agree(company, form.values(), form.cleaned_data["vat_id"], by=request.actor)
        messages.success(request, _("Saved."))
        return _to(request, key)
    context = {"form": form, "company": company, "handover": found}
    return render(request, "billing/portal/buyer.html", context, status=422 if form.errors else 200)


def _received(request: Any, key: Any) -> tuple[Handover, Ticket, Company]:
    """A handover we received, our ticket of it, and who pays for it."""
    found, ticket = handover_of(request, key)
    if ticket is None:
        raise Http404
    ticket, link = linked(found, ticket)
    if link.is_lead:
        raise Http404
    return found, ticket, get_object_or_404(Company, pk=partner_money.payer(link.service_side))


def _draft(request: Any, key: Any) -> Invoice | None:
    """The draft of this settlement; None where there is none any more."""
    _received(request, key)
    return portal_invoices.of_handover(key).filter(status="draft").first()


def _version(request: Any, row: Invoice) -> int:
    """The draft as its reader saw it; nothing where that was another one, drawn before."""
    seen, version = request.POST.get("draft", ""), request.POST.get("version", "")
    return int(version) if version.isdecimal() and seen == str(row.pk) else 0


def _too_late(request: Any, key: Any) -> HttpResponse:
    """The draft of this settlement was issued or discarded meanwhile: what became of it, and the way there."""
    issued = portal_invoices.of_handover(key).filter(kind="invoice").exclude(status="credited").last()
    if issued is None:
        return discarded_already(request, "billing:portal_invoices")
    return issued_already(request, issued, _address(request, "portal_invoice", key))


def _address(request: Any, name: str, key: Any) -> str:
    return reverse(f"billing:{name}", args=[request.tenant.slug, key])


def _to(request: Any, key: Any) -> HttpResponse:
    return htmx.go(request, _address(request, "portal_invoice", key))
