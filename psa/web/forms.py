"""How Django draws forms: every field through the one component, so that `{{ form }}` looks like a hand-made page."""

from __future__ import annotations

from typing import Any

from django.forms.renderers import TemplatesSetting

from psa.web.templatetags.fields import field_parts

FIELD = "components/field.html"


class Renderer(TemplatesSetting):
    """The renderer named by FORM_RENDERER."""

    form_template_name = "components/form_fields.html"
    field_template_name = FIELD

    def render(self, template_name: str, context: Any, request: Any = None) -> str:
        if template_name == FIELD:
            context = {**context, **field_parts(context["field"])}
        return super().render(template_name, context, request)
