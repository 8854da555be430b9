"""What mail templates are made of: details, links to act on, moments and amounts in the recipient's language."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal
from django import template
from django.conf import settings
from django.template.defaultfilters import linebreaksbr
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from psa.web import figures

register = template.Library()

LOCALES = {"en": "en_GB", "de": "de_DE", "lv": "lv_LV"}


def _locale() -> str:
    return LOCALES.get(get_language() or "", "en_GB")


def absolute(path: str) -> str:
    """A link into the portal: the configured address and a path, whatever host a request came by (hostile test B1)."""
    if not path.startswith("/") or path.startswith("//"):
        raise ValueError("A mail links into the portal only, by a path.")
    return settings.SITE_URL + path


@register.simple_tag
def detail(label: Any, value: Any) -> SafeString:
    """One line of the list of facts; nothing where there is no value."""
    if value is None or value == "":
        return mark_safe("")
    return format_html(
        '<tr><td class="label quiet" style="padding:4px 16px 4px 0;color:#56616b;vertical-align:top">'
        '{}</td><td class="ink" style="padding:4px 0;color:#1c252c;vertical-align:top">{}</td></tr>',
        label,
        value,
    )


@register.simple_tag
def action(label: Any, path: str) -> SafeString:
    """The button: what the recipient most likely does next."""
    return format_html(
        '<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:24px 0 8px">'
        '<tr><td class="button" bgcolor="#0f6570" style="border-radius:6px;background-color:#0f6570">'
        '<a href="{}" style="display:inline-block;padding:10px 20px;color:#ffffff;font-weight:600;'
        'text-decoration:none">{}</a></td></tr></table>',
        absolute(path),
        label,
    )


@register.simple_tag
def also(label: Any, path: str) -> SafeString:
    """A second, quieter link."""
    return format_html(
        '<p style="margin:8px 0"><a class="link" href="{}" style="color:#0f6570">{}</a></p>', absolute(path), label
    )


@register.simple_tag
def change_link(path: str) -> SafeString:
    """Behind the reason line: where its reader changes what they get."""
    return format_html(
        ' <a class="link" href="{}" style="color:#0f6570">{}</a>', absolute(path), _("Change what you get by mail")
    )


@register.simple_tag
def became(change: dict[str, Any]) -> str:
    """A changed value as its reader writes it: `5 h → 8 h`; the new one alone where there was none."""
    old, new = (_written(change, change[which]) for which in ("old", "new"))
    return f"{old or '–'} → {new or '–'}" if old or not new else new


def _written(change: dict[str, Any], value: Any) -> str:
    if value == "" or value is None:
        return ""
    if change["kind"] == "hours":
        return hours(value)
    if change["kind"] == "amount":
        return amount(value, change["in"])
    if change["kind"] == "per_cent":
        return per_cent(value)
    return moment(value) if change["kind"] == "moment" else str(value)


@register.filter
def quote(text: Any) -> SafeString:
    """Somebody's own words, set apart, their line breaks kept."""
    if not text:
        return mark_safe("")
    return format_html(
        '<blockquote class="quoted ink" style="margin:12px 0 16px;padding:4px 16px;border-left:3px solid #c5ced4;'
        'color:#1c252c">{}</blockquote>',
        linebreaksbr(str(text)),
    )


@register.filter
def counted(item: dict[str, Any]) -> str:
    """An item's words with what it counts: `2,50 m Kabel`, or the day and the hours above the text."""
    text = item["text"]
    if item.get("quantity"):
        count = item["quantity"]
        pattern = "#,##0" if count == count.to_integral_value() else "#,##0.00"
        return f"{format_decimal(count, format=pattern, locale=figures.of_numbers())} {item['unit'] or '×'} {text}"
    counts = [moment(item.get("worked_on")), hours(item["minutes"]) if item.get("minutes") else ""]
    return "\n".join(part for part in (" · ".join(part for part in counts if part), text) if part)


@register.filter
def moment(at: Any) -> str:
    """`21 November 2025, 18:00 (CET)`, in the time zone of the tenant that writes."""
    if isinstance(at, datetime):
        local = timezone.localtime(at)
        shown = format_time(local, "short", locale=_locale(), tzinfo=local.tzinfo)
        return f"{format_date(local, 'long', locale=_locale())}, {shown} ({local.tzname()})"
    return format_date(at, "long", locale=_locale()) if isinstance(at, date) else ""


@register.filter
def amount(value: Any, currency: str = "EUR") -> str:
    """`1.234,50 €`; nothing for nothing."""
    if not isinstance(value, int | Decimal):
        return ""
    return format_currency(value, currency or "EUR", locale=figures.of_numbers())


@register.filter
def per_cent(value: Any) -> str:
    """`19 %`; nothing for nothing."""
    if not isinstance(value, int | Decimal):
        return ""
    return format_decimal(value, format="#,##0.##", locale=figures.of_numbers()) + "\u00a0%"


@register.filter
def hours(minutes: Any) -> str:
    """Minutes as hours: `4.25 h`, `4,25 h`; nothing for nothing."""
    if not isinstance(minutes, int | Decimal):
        return ""
    return format_decimal(Decimal(minutes) / 60, format="#,##0.##", locale=figures.of_numbers()) + " h"
