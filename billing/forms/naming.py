"""An article as it is typed: by its number or name, searched for while one types (`billing:find_articles`). Where the
words fit several, the form comes back with those to choose from and everything else as it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Article
from billing.services import articles

# Before words that are to stay as they are though articles have them.
KEPT = "="


@dataclass(frozen=True, slots=True)
class Named:
    """What was typed means this article, or none; `offers` are those it may mean, where somebody has to choose."""

    article: Article | None = None
    offers: list[tuple[str, str]] = field(default_factory=list)


def read(words: str, meant: str, rows: Any, *, keeps_words: bool = False) -> Named:
    """The article these words mean among `rows`; `meant` is what was chosen among the offers. `keeps_words` lets words
    stand for themselves. Who chose and then typed something else chooses anew."""
    if not (words := words.strip()) or (keeps_words and meant == f"{KEPT}{words}"):
        return Named()
    if (found := articles.named(words, rows)) is not None:
        return Named(found)
    fitting = articles.find(words, rows)
    if chosen := [one for one in fitting if one.number == meant]:
        return Named(chosen[0])
    offers = [(one.number, articles.written(one)) for one in fitting]
    if offers and keeps_words:
        offers.append((f"{KEPT}{words}", _("None of them: “%(words)s”") % {"words": words}))
    return Named(None, offers)


def choice() -> forms.CharField:
    """The field of the choice; it is drawn once there is something to choose."""
    label = gettext_lazy("Which article is meant")
    return forms.CharField(label=label, required=False, max_length=220, widget=forms.HiddenInput)


def offer(form: Any, found: Named) -> None:
    """Let the form's field `meant` offer the articles."""
    form.fields["meant"].widget = forms.Select(choices=[("", "–"), *found.offers])


def ask(form: Any, found: Named) -> None:
    """Let the form, which was sent, come back with the articles to choose from."""
    offer(form, found)
    form.add_error("meant", _("Choose the article you mean; nothing was saved yet."))
