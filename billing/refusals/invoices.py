"""What the refusals about invoices, payments and the settings of billing say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.models import BillingProfile, BillingSettings
from psa.web.figures import money
from psa.web.refusals import register as say


def _names(model: Any, names: Any) -> str:
    return ", ".join(str(model._meta.get_field(name).verbose_name) for name in names)


def _seller(p: Mapping[str, Any]) -> str:
    said = {"missing": _names(BillingSettings, p["missing"])}
    return _("Your own data is not complete: %(missing)s. Add it under “Billing settings”.") % said


def _buyer(p: Mapping[str, Any]) -> str:
    said = {"company": p["company"], "missing": _names(BillingProfile, p["missing"])}
    return _("What is missing of %(company)s: %(missing)s. Add it under “Billing” on the customer's page.") % said


def _electronic(p: Mapping[str, Any]) -> str:
    """Which party lacks what, as the library of the format asks for it."""
    found = []
    for place in p["missing"]:
        party, name = place if isinstance(place, list | tuple) else str(place).split(".", 1)
        model = BillingSettings if party == "seller" else BillingProfile
        column = "legal_name" if (party, name) == ("seller", "name") else name
        known = {field.name for field in model._meta.get_fields()}
        label = _names(model, [column]) if column in known else name
        who = _("your own data") if party == "seller" else _("the customer")
        found.append(f"{who}: {label}")
    return _("The electronic invoice needs more: %(missing)s.") % {"missing": "; ".join(found)}


def _too_much(p: Mapping[str, Any]) -> str:
    said = {"open": money(Decimal(p["open"]), p["currency"])}
    return _("Only %(open)s is open. Record that much here, and the rest where it belongs.") % said


def _no_letter(p: Mapping[str, Any]) -> str:
    if not p.get("day"):
        return _("No letter is due: it is paid, the last one was sent, or the customer is never dunned.")
    said = {"day": date_format(date.fromisoformat(p["day"]), "SHORT_DATE_FORMAT")}
    return _("The next letter can go out from %(day)s: what the last one gives time for has not passed.") % said


def register() -> None:
    """Give every code its sentence."""
    say("number_pattern_wrong", lambda p: _("Write {number} once, {year} if you like, and letters, digits, / . - _"))
    say("item_is_not_free", lambda p: _("Some of it is on an invoice already, or was changed. Look at the list again."))
    say("invoice_too_long", lambda p: _("An invoice has %(most)s lines at most. Draw a second one.") % p)
    say("invoice_moved_on", lambda p: _("Somebody changed this meanwhile. Nothing was saved; look at it as it is now."))
    say("nothing_is_ticked", lambda p: _("Tick at least one item."))
    say("invoice_is_empty", lambda p: _("There is no line on this draft yet."))
    say("seller_incomplete", _seller)
    say("buyer_incomplete", _buyer)
    say("einvoice_incomplete", _electronic)
    say("invoice_sums_changed", lambda p: _("VAT or sums are others by now. Reckon again, look at it, then issue it."))
    say("invoice_sums_differ", lambda p: _("The sums are not those of the lines. Reckon the draft again."))
    say("invoice_is_negative", lambda p: _("This would come to less than nothing. Write a credit note instead."))
    say("vat_rates_unknown", lambda p: _("The VAT rates of your country are not known. Put them in first."))
    say(
        "outside_vat_stands_alone",
        lambda p: _("Services that are not subject to VAT go on an invoice of their own. Take the other lines off."),
    )
    say("line_is_credited", lambda p: _("One of these lines was credited already. Nothing was changed."))
    say(
        "datev_numbers_missing",
        lambda p: _("DATEV asks who sends this: enter adviser number and client number in the billing settings first."),
    )
    say("payment_is_nothing", lambda p: _("A payment is more than nothing."))
    say("payment_too_much", _too_much)
    say("payment_is_reversed", lambda p: _("This payment was taken back already."))
    say("papers_are_being_made", lambda p: _("The papers are still being made. Try again in a moment."))
    say(
        "invoice_has_no_address",
        lambda p: _("No address for invoices is known of this customer. Send the file yourself."),
    )
    say("not_to_be_dunned", _no_letter)
    say("nothing_to_export", lambda p: _("No invoice was issued in these days."))
    say("export_too_long", lambda p: _("These are more than %(most)s invoices. Choose fewer days.") % p)
    say("company_is_gone", lambda p: _("You may not see this customer any more."))
    # What a line of a run says though nothing was refused.
    say("nothing_was_due", lambda p: _("Nothing was due any more."))
    say("draft_was_drawn", lambda p: _("Draft drawn: %(sums)s") % p)
