"""The components: their arguments, their slots, and that they escape what they are given."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError
from django.utils import timezone, translation

from psa.web import figures, labels, own_words
from psa.web.labels import Label

EVIL = "<script>alert(1)</script>\"'>"


def draw(source: str, **context) -> str:
    return Template(source).render(Context(context))


@pytest.mark.parametrize(
    "source",
    [
        "{% panel evil count=evil %}{{ evil }}{% fill actions %}{{ evil }}{% endfill %}{% endpanel %}",
        "{% panel evil fold=True %}{{ evil }}{% endpanel %}",
        "{% card evil %}{{ evil }}{% endcard %}",
        "{% banner evil %}{{ evil }}{% endbanner %}",
        "{% infobar evil status=evil %}{{ evil }}{% endinfobar %}",
        "{% empty evil %}{{ evil }}{% endempty %}",
        '{% dialog "d" evil %}{{ evil }}{% fill foot %}{{ evil }}{% endfill %}{% enddialog %}',
        "{% menu evil %}{% menu_item evil href=evil title=evil %}{% menu_item evil name=evil %}{% endmenu %}",
        "{% button evil href=evil title=evil %}{% button evil name=evil value=evil %}",
        "{% tabs evil %}{% tab evil evil count=evil %}{% endtabs %}",
        "{% table evil %}{{ evil }}{% endtable %}",
        "{% facts %}{% fact evil %}{{ evil }}{% endfact %}{% fact evil wide=True %}{% endfact %}{% endfacts %}",
        "{% breadcrumb evil evil evil %}",
        "{% badge evil evil evil title=evil %}{% avatar evil %}{% person evil 'here' evil %}",
        "{% audience 'partner' evil %}",
        "{% stat evil evil href=evil note=evil %}{% meter 1 2 evil %}{% file evil evil 3 %}",
        "{% icon evil label=evil %}",
        "{% timeline_item author=evil company=evil audience='internal' reader=evil label=evil %}{% endtimeline_item %}",
        "{% timeline_item author=evil line=True %}{{ evil }}{% endtimeline_item %}",
    ],
)
def test_x1_a_component_escapes_what_it_is_given(source):
    made = draw(source, evil=EVIL)
    assert "<script" not in made
    assert made.count("&lt;script&gt;") >= 1
    assert '""' not in made.replace('class=""', "").replace('data-label=""', "")


def test_slots_may_stand_in_conditions_and_components_in_components():
    made = draw(
        '{% panel "Outer" %}{% if yes %}{% fill actions %}OUTER{% endfill %}{% endif %}'
        '{% panel "Inner" %}{% fill actions %}INNER{% endfill %}in{% endpanel %}{% endpanel %}',
        yes=True,
    )
    assert made.index("OUTER") < made.index("Inner") < made.index("INNER")
    assert made.count("panel-actions") == 2
    assert "OUTER" not in draw(
        '{% panel "X" %}{% if yes %}{% fill actions %}OUTER{% endfill %}{% endif %}{% endpanel %}'
    )


@pytest.mark.parametrize(
    "source",
    ['{% panel "x" colour="red" %}{% endpanel %}', "{% dialog %}{% enddialog %}", "{% fill a b %}{% endfill %}"],
)
def test_an_argument_nobody_declared_is_an_error_when_the_template_is_read(source):
    with pytest.raises(TemplateSyntaxError):
        Template(source)


def test_a_slot_outside_a_component_is_an_error():
    with pytest.raises(TemplateSyntaxError):
        draw("{% fill actions %}{% endfill %}")


class Form(forms.Form):
    name = forms.CharField(help_text="As it stands on the invoice")
    kind = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect)
    agree = forms.BooleanField()
    hidden = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self):
        raise forms.ValidationError("Both at once is not possible")


@pytest.mark.parametrize(
    "source", ["{{ form }}", "{% field form.name %}{% field form.kind %}{% field form.agree %}{{ form.hidden }}"]
)
def test_a_field_is_tied_to_its_help_and_its_errors(source):
    made = draw(source, form=Form({"name": ""}))
    assert 'aria-describedby="id_name_helptext id_name_error"' in made
    assert 'id="id_name_helptext"' in made
    assert 'id="id_name_error"' in made
    assert 'aria-invalid="true"' in made
    assert '<label for="id_name">' in made
    assert "<legend>" in made
    assert 'type="hidden" name="hidden"' in made


def test_a_form_says_at_its_top_what_is_wrong_and_where():
    made = draw(
        "{% form form %}{% fill actions %}{% button 'Save' %}{% endfill %}{% endform %}", form=Form({"name": ""})
    )
    assert '<a href="#id_name">Name</a>' in made
    assert "Both at once is not possible" in made
    assert "form_errors" not in made
    assert 'name="csrfmiddlewaretoken"' in made
    assert made.count("data-once") == 1
    assert 'role="alert"' not in draw("{% form form %}{% endform %}", form=Form())


def test_a_refused_button_stays_reachable_and_does_nothing():
    made = draw(
        '{% button "Close" disabled=True title="Two items are open" %}{% button "Go" href="/x" disabled=True %}'
    )
    assert 'aria-disabled="true"' in made
    assert 'type="button"' in made
    assert "/x" not in made


@pytest.mark.parametrize(
    ("language", "money", "hours"),
    [("en", "€1,234.50", "−1:05 h"), ("de", "1.234,50\xa0€", "−1:05 h"), ("lv", "1\xa0234,50\xa0€", "−1:05 h")],
)
def test_figures_are_written_in_the_readers_language(language, money, hours):
    with translation.override(language):
        assert figures.money("1234.5", "EUR") == money
        assert figures.hours(-65).replace("\xa0", " ") == hours
    assert figures.money(None) == figures.hours(None) == figures.money("abc") == ""
    assert [figures.size(n) for n in (0, 999, 1500, 15_000_000)] == ["0 B", "999 B", "1.5 kB", "15 MB"]


def test_a_deadline_says_how_near_it_is():
    now = timezone.now()
    assert figures.left(now - timedelta(hours=3), now)[1] == "late"
    assert figures.left(now + timedelta(hours=2), now) == ("in 2 h", "soon")
    assert figures.left(now + timedelta(days=3), now) == ("in 3 days", "")
    assert figures.ago(now - timedelta(minutes=12), now) == "12 min ago"
    assert figures.ago(now, now) == "just now"
    assert "circle-alert" in draw("{% deadline at %}", at=now - timedelta(hours=3))
    assert "circle-alert" not in draw("{% deadline at done=True %}", at=now - timedelta(hours=3))
    assert draw("{% deadline at %}{% ago at %}", at=None) == ""


def test_a_label_is_made_once_for_each_language():
    table = labels.Table({"a": Label(translation.gettext_lazy("Yes"), "green", "check")})
    assert table.badge("a") is table.badge("a")
    with translation.override("de"):
        assert "Ja" in table.badge("a")
    assert "Yes" in table.badge("a")
    assert table.text("gone") == "gone"
    assert table.of_group("") == ["a"]


def test_a_companys_own_word_is_said_in_its_pages_alone():
    table = labels.Table({"a": Label("Yes")}, "status")
    with own_words.spoken_as({"status": {"a": {"en": "Ours"}}}):
        assert "Ours" in table.badge("a") and table.text("a") == "Ours"
        assert [str(label) for _code, label in table.choices()] == ["Ours"]
    with own_words.spoken_as({"status": {"a": {"en": "Theirs", "de": "Ihres"}}}):
        assert "Theirs" in table.badge("a")
        with translation.override("de"):
            assert "Ihres" in table.badge("a")
    assert "Yes" in table.badge("a")
