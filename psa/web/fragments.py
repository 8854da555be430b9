"""Fragments that depend on a few plain values and on nothing else: drawn once, kept in the process.

    {% kept name=page.tenant.name language=page.language %}
        <p>{{ name }}</p>
    {% endkept %}

The body sees the values it names and nothing of the page around it, so what is kept can never be somebody else's: the
same values, in the same language, time zone and way to write numbers, are the same markup. There is nothing to clear.
A value is text, a number, a date, nothing, or a tuple of such (a NamedTuple gives them names); a model or a list is a
TypeError. Whoever has a form in the body writes {% csrf_token %} as ever: the token is put in afterwards.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.template import Context, Library, Node, NodeList, Template
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.template.exceptions import TemplateSyntaxError
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeData, SafeString, mark_safe

from psa.web.reading import KEPT, TOKEN, setting

PLAIN = (str, int, Decimal, float, date, datetime, timedelta, UUID, type(None))


class KeptNode(Node):
    """One fragment of one template."""

    def __init__(self, values: dict[str, FilterExpression], nodelist: NodeList) -> None:
        self.names = tuple(values)
        self.expressions = tuple(values.values())
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        values = tuple([one.resolve(context) for one in self.expressions])
        # Safe text equals unsafe text, and 1 equals True: what is equal is not yet the same.
        kinds = tuple([tuple(map(type, one)) if isinstance(one, tuple) else type(one) for one in values])
        assert context.template is not None
        text = _drawn(self, context.template, setting(), values, kinds)
        if TOKEN in text:
            text = mark_safe(text.replace(TOKEN, str(context.get("csrf_token", ""))))
        return text


@lru_cache(maxsize=KEPT)
def _drawn(
    node: KeptNode, template: Template, _setting: tuple[Any, ...], values: tuple[Any, ...], kinds: tuple[Any, ...]
) -> SafeString:
    given = {name: _plain(value, name) for name, value in zip(node.names, values, strict=True)}
    context = Context({**given, "csrf_token": TOKEN})
    with context.bind_template(template), context.render_context.push_state(template):
        return mark_safe(node.nodelist.render(context))


def _plain(value: Any, name: str, depth: int = 0) -> Any:
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, tuple):
        found = [_plain(one, name, depth + 1) for one in value]
        return type(value)(*found) if hasattr(value, "_fields") else tuple(found)
    if not isinstance(value, PLAIN) or (depth > 1 and isinstance(value, SafeData)):
        raise TypeError(f"{{% kept {name}=… %}} takes plain values, not {type(value).__name__}.")
    return value


def drawn(template: str, name: str, values: tuple[Any, ...]) -> SafeString:
    """A template of its own that needs one NamedTuple of plain values, called `name`: the same as {% kept %} around it,
    for pages that draw many."""
    return _rendered(template, name, setting(), values, tuple(map(type, values)))


@lru_cache(maxsize=KEPT)
def _rendered(
    template: str, name: str, _setting: tuple[Any, ...], values: tuple[Any, ...], _kinds: tuple[type, ...]
) -> SafeString:
    return mark_safe(render_to_string(template, {name: _plain(values, name)}))


def forget() -> None:
    """Draw everything anew (tests that count what is drawn)."""
    _drawn.cache_clear()
    _rendered.cache_clear()


def register(library: Library) -> None:
    """Give a tag library `{% kept name=value … %}…{% endkept %}`."""

    @library.tag("kept")
    def kept(parser: Parser, token: Token) -> KeptNode:
        bits = token.split_contents()[1:]
        values = token_kwargs(bits, parser)
        if bits:
            raise TemplateSyntaxError("{% kept %} takes name=value pairs alone.")
        nodelist = parser.parse(("endkept",))
        parser.delete_first_token()
        return KeptNode(values, nodelist)
