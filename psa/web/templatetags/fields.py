"""A form's fields and what is wrong with them; a builtin like the components (psa/web/templatetags/ui.py)."""

from __future__ import annotations

from typing import Any

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from psa.web.once import FIELD, key_for

register = template.Library()


@register.inclusion_tag("components/field.html", name="field")
def field_parts(
    field: BoundField,
    label: Any = None,
    help: Any = None,
    css: str = "",
    prefix: Any = "",
    suffix: Any = "",
    wide: bool = False,
    hide_label: bool = False,
) -> dict:
    """A form's field: label, control, help and errors, tied together for screen readers. `prefix` and `suffix` stand
    at the control (a currency, "h"). The form renderer draws the same."""
    is_check = isinstance(field.field.widget, CheckboxInput)
    classes = ["field", "is-check" if is_check else "", "is-wide" if wide else "", css, field.css_classes()]
    return {
        "field": field,
        "label": field.label if label is None else label,
        "help": field.help_text if help is None else help,
        "css": " ".join(filter(None, classes)),
        "prefix": prefix,
        "suffix": suffix,
        "is_check": is_check,
        "is_group": field.use_fieldset and not is_check,
        "needed": field.field.required and not is_check and field.field.widget.use_required_attribute(field.initial),
        "hide_label": hide_label,
    }


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: BaseForm) -> dict:
    """What is wrong with a form, in one place at its top, each with a link to its field."""
    found = []
    for name, errors in form.errors.items() if form is not None and form.is_bound else ():
        if name in form.fields:
            bound = form[name]
            found += [(bound.id_for_label or bound.auto_id, bound.label, error) for error in errors]
        else:
            found += [("", "", error) for error in errors]
    return {"errors": found}


@register.simple_tag(takes_context=True)
def once(context: Context) -> SafeString:
    """The key of a form that adds something; the view that takes it `counts_once` (psa.web.once)."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, key_for(context["request"]))
