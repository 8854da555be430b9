"""Fragments and functions that are kept: by their values, for each way to read, and seeing nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from django.template import Context, Template
from django.utils import timezone, translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from psa.web import fragments, reading
from psa.web.reading import once


class Named(NamedTuple):
    name: str
    at: datetime


@pytest.fixture(autouse=True)
def fresh():
    fragments.forget()


def draw(source: str, **context) -> str:
    return Template(source).render(Context(context))


def test_a_fragment_is_drawn_once_for_the_same_values(monkeypatch):
    drawn = []
    monkeypatch.setattr("django.template.base.VariableNode.render", lambda self, context: drawn.append(1) or "x")
    page = Template("{% kept name=name %}{{ name }}{% endkept %}")
    for name in ("Ada", "Ada", "Max"):
        page.render(Context({"name": name}))
    assert len(drawn) == 2


def test_a_fragment_sees_the_values_it_names_and_nothing_of_the_page():
    assert draw("{% kept a=a %}{{ a }}{{ secret }}{{ request.user }}{% endkept %}", a="A", secret="S") == "A"


def test_x1_safe_and_unsafe_text_are_kept_apart():
    page = "{% kept a=a %}{{ a }}{% endkept %}"
    template = Template(page)
    evil = "<b>x</b>"
    assert template.render(Context({"a": mark_safe(evil)})) == evil
    assert template.render(Context({"a": evil})) == "&lt;b&gt;x&lt;/b&gt;"
    inside = Template("{% kept a=a %}{{ a.0 }}{% endkept %}")
    assert inside.render(Context({"a": (mark_safe(evil),)})) == evil
    assert inside.render(Context({"a": (evil,)})) == "&lt;b&gt;x&lt;/b&gt;"
    deep = Template("{% kept a=a %}{{ a.0.0 }}{% endkept %}")
    with pytest.raises(TypeError):
        deep.render(Context({"a": ((mark_safe(evil),),)}))


def test_a_fragment_is_kept_for_each_language_zone_and_way_to_write_numbers():
    page = Template("{% kept at=at word=word %}{{ at|date:'H:i' }} {{ word }}{% endkept %}")
    context = {"at": datetime(2026, 1, 5, 12, 0, tzinfo=UTC), "word": gettext_lazy("Save")}
    with timezone.override("Europe/Berlin"), translation.override("de"):
        assert page.render(Context(context)) == "13:00 Speichern"
    with timezone.override("Europe/Riga"), translation.override("lv"):
        assert page.render(Context(context)) == "14:00 Saglabāt"
    with timezone.override("UTC"), translation.override("en"):
        assert page.render(Context(context)) == "12:00 Save"
    told = once(lambda value: (value, reading.numbers.get()))
    token = reading.numbers.set("lv")
    assert told(1) == (1, "lv")
    reading.numbers.reset(token)
    assert told(1) == (1, "")


@pytest.mark.parametrize(
    "value", [["a list"], {"a": 1}, object(), (object(),)], ids=["list", "dict", "object", "inside"]
)
def test_what_is_not_a_plain_value_is_refused(value):
    with pytest.raises(TypeError):
        draw("{% kept a=a %}{{ a }}{% endkept %}", a=value)


def test_named_values_keep_their_names():
    at = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
    assert draw("{% kept a=a %}{{ a.name }} {{ a.at.year }}{% endkept %}", a=Named("Ada", at)) == "Ada 2026"


def test_b4_each_reader_gets_their_own_token():
    page = Template("{% kept a=a %}<form>{% csrf_token %}</form>{% endkept %}")
    first = page.render(Context({"a": 1, "csrf_token": "of-ada"}))
    second = page.render(Context({"a": 1, "csrf_token": "of-max"}))
    assert "of-ada" in first and "of-max" in second and "of-ada" not in second
