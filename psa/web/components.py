"""Components: templates with a main slot and named slots, declared by one Python function each.

    {% panel "Time" icon="clock" %}
        {% fill actions %}<a href="…">…</a>{% endfill %}
        what stands in the panel
    {% endpanel %}

The function says which arguments there are and gives back the context; the template gets `content` and every `fill` by
its name. An argument that was not declared is a TemplateSyntaxError when the template is compiled, no silent nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from inspect import getfullargspec
from types import NoneType
from typing import Any

from django.template import Context, Library, Node, NodeList, Template
from django.template.base import Parser, Token
from django.template.exceptions import TemplateSyntaxError
from django.template.library import parse_bits
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe

from psa.web.reading import KEPT, TOKEN, setting

FILLS = "__fills__"
PASSED_ON = ("csrf_token", "request", "page")
PLAIN = (str, int, Promise, NoneType)


class FillNode(Node):
    """A named slot. It is kept for the component around it and writes nothing where it stands."""

    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name = name
        self.nodelist = nodelist

    def render(self, context: Context) -> str:
        fills = context.get(FILLS)
        if fills is None:
            raise TemplateSyntaxError(f"{{% fill {self.name} %}} stands outside a component.")
        fills[self.name] = mark_safe(self.nodelist.render(context))
        return ""


class ComponentNode(Node):
    """One use of a component."""

    def __init__(
        self, template: str, declare: Callable[..., dict], args: list, kwargs: dict, nodelist: NodeList
    ) -> None:
        self.template = template
        self.declare = declare
        self.args = args
        self.kwargs = kwargs
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        fills: dict[str, SafeString] = {}
        args = [argument.resolve(context) for argument in self.args]
        kwargs = {name: argument.resolve(context) for name, argument in self.kwargs.items()}
        with context.push(**{FILLS: fills}):
            content = mark_safe(self.nodelist.render(context).strip())
        values, slots = self.declare(*args, **kwargs), {**fills, "content": content}
        assert context.template is not None
        template = context.template.engine.get_template(self.template)
        if all(isinstance(value, PLAIN) for value in values.values()):
            return _filled(template, values, slots, str(context.get("csrf_token", "")))
        values |= slots
        for name in PASSED_ON:
            values.setdefault(name, context.get(name))
        return template.render(context.new(values))


def _filled(template: Template, values: dict[str, Any], slots: dict[str, SafeString], token: str) -> SafeString:
    """What a component draws around its slots depends on its arguments alone: it is kept, with a hole for each slot."""
    full = tuple([name for name, text in slots.items() if text])
    given = tuple(values.values())
    text = _frame(template, setting(), tuple(values), given, tuple([type(one) for one in given]), full)
    for name in full:
        text = text.replace(f"\0{name}\0", slots[name])
    return mark_safe(text.replace(TOKEN, token))


@lru_cache(maxsize=KEPT)
def _frame(
    template: Template,
    _setting: tuple[Any, ...],
    names: tuple[str, ...],
    values: tuple[Any, ...],
    _kinds: tuple[type, ...],
    full: tuple[str, ...],
) -> str:
    holes = {name: mark_safe(f"\0{name}\0") for name in full}
    return str(template.render(Context({**dict(zip(names, values, strict=True)), **holes, "csrf_token": TOKEN})))


def register_fill(library: Library) -> None:
    """Give a tag library `{% fill name %}…{% endfill %}`."""

    @library.tag("fill")
    def fill(parser: Parser, token: Token) -> FillNode:
        bits = token.split_contents()
        if len(bits) != 2:
            raise TemplateSyntaxError("{% fill %} takes one name.")
        nodelist = parser.parse(("endfill",))
        parser.delete_first_token()
        return FillNode(bits[1].strip("\"'"), nodelist)


def register(library: Library, template: str) -> Callable[[Callable[..., dict]], Callable[..., dict]]:
    """Declare a component: the function's arguments are the tag's, its answer is the template's context."""

    def declare(function: Callable[..., dict]) -> Callable[..., dict]:
        name = function.__name__
        params, varargs, varkw, defaults, kwonly, kwonly_defaults, _ = getfullargspec(function)

        def compiled(parser: Parser, token: Token) -> ComponentNode:
            bits = token.split_contents()[1:]
            nodelist = parser.parse((f"end{name}",))
            parser.delete_first_token()
            declared = (params, varargs, varkw, defaults, kwonly, kwonly_defaults, False, name)
            args, kwargs = parse_bits(parser, bits, *declared)  # type: ignore[call-arg, arg-type]
            return ComponentNode(template, function, args, kwargs, nodelist)

        library.tag(name, compiled)
        return function

    return declare
