"""The components and figures of every page; a builtin, so no template loads it. When to use which: docs/design.md."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any
from zlib import crc32

from django import template
from django.forms import BaseForm
from django.template.defaultfilters import slugify
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from psa.web import components, figures, fragments, keys
from psa.web.audience import AUDIENCES
from psa.web.reading import once

register = template.Library()
components.register_fill(register)
fragments.register(register)

AVATAR_TONES = ("blue", "teal", "green", "amber", "orange", "violet")


# Keys ----------------------------------------------------------------------------------------------------------------
@register.simple_tag
def hotkey(name: str) -> SafeString:
    """The attribute that makes something answer to its key (psa.web.keys)."""
    return format_html('data-key="{}"', keys.letter(name))


@register.simple_tag
def hotkey_letter(name: str) -> str:
    """The letter itself, for the list of keys."""
    return keys.letter(name)


@register.simple_tag
def hotkeys() -> list[keys.Key]:
    """The keys of a ticket with what they do."""
    return keys.listed()


# Icons and small marks -----------------------------------------------------------------------------------------------
@lru_cache(maxsize=1024)
def _icon(name: str, size: str, label: str) -> SafeString:
    css = f"icon icon-{size}" if size else "icon"
    said = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="{}" {}><use href="{}#{}"/></svg>', css, said, static("icons.svg"), name)


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """An icon of the sprite. `size`: s, l, xl. Decoration unless it has a `label`."""
    return _icon(str(name), str(size), str(label)) if name else mark_safe("")


@register.simple_tag
@once
def badge(label: Any, colour: str = "gray", icon: str = "", plain: bool = False, title: str = "") -> SafeString:
    """A state in words with a tone and an icon. `plain` for rows: no box."""
    return format_html(
        '<span class="badge tone-{}{}"{}>{}{}</span>',
        colour or "gray",
        " is-plain" if plain else "",
        format_html(' title="{}"', title) if title else "",
        _icon(icon, "", "") if icon else "",
        label,
    )


@register.simple_tag
@once
def dot(colour: str = "gray") -> SafeString:
    """A coloured dot. Never the only sign of anything."""
    return format_html('<span class="dot tone-{}" aria-hidden="true"></span>', colour)


@register.simple_tag
def audience(code: str, name: str = "", plain: bool = False) -> SafeString:
    """Who reads an item: "internal", "partner" or "customer", by label, icon and colour. `name` says which partner."""
    look = AUDIENCES[code]
    return badge(look.text(name), look.colour, look.icon, plain)


def initials(name: str) -> str:
    """At most two letters of a name."""
    words = [word for word in str(name).split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"


@register.simple_tag
@once
def avatar(name: str, presence: str = "", size: str = "") -> SafeString:
    """A person's initials in a tone of its own. `presence`: here, away, off. `size`: l."""
    said = {"here": _("online"), "away": _("away"), "off": _("offline")}.get(presence, "")
    mark = (
        format_html('<span class="presence is-{}"></span><span class="unseen">{}</span>', presence, said)
        if said
        else ""
    )
    tone = AVATAR_TONES[crc32(str(name).encode()) % len(AVATAR_TONES)]
    return format_html(
        '<span class="avatar{} tone-{}"><span aria-hidden="true">{}</span>{}</span>',
        " is-large" if size == "l" else "",
        tone,
        initials(name),
        mark,
    )


@register.simple_tag
@once
def person(name: str, presence: str = "", company: str = "") -> SafeString:
    """Avatar and name, "Name (Company)" for somebody of another company."""
    shown = f"{name} ({company})" if company else name
    return format_html('<span class="person">{}<span class="clip">{}</span></span>', avatar(name, presence), shown)


# Figures -------------------------------------------------------------------------------------------------------------
@register.simple_tag
def money(value: Any, currency: str = "EUR") -> str:
    """An amount in the reader's language."""
    return figures.money(value, currency)


@register.simple_tag
def hours(minutes: Any) -> str:
    """Minutes as `1:30 h`."""
    return figures.hours(minutes)


@register.simple_tag
def filesize(count: Any) -> str:
    """Bytes in words."""
    return figures.size(count)


@register.simple_tag
def ago(at: datetime | None) -> SafeString:
    """How long since, as <time> that app.js keeps fresh; the title has the full moment."""
    if at is None:
        return mark_safe("")
    return _ago(at, figures.ago(at))


@once
def _ago(at: datetime, words: str) -> SafeString:
    return format_html('<time datetime="{}" title="{}" data-ago>{}</time>', at.isoformat(), figures.moment(at), words)


@register.simple_tag
def deadline(at: datetime | None, done: bool = False) -> SafeString:
    """What is due: words, and an icon and colour once it is near or late. `done` keeps it quiet."""
    if at is None:
        return mark_safe("")
    words, near = ("", "") if done else figures.left(at)
    return _deadline(at, words or figures.day(at), near)


@once
def _deadline(at: datetime, words: str, near: str) -> SafeString:
    look = {"late": ("ink-red", "circle-alert"), "soon": ("ink-amber", "clock")}.get(near)
    shown = format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), figures.moment(at), words)
    if look is None:
        return shown
    return format_html('<span class="row gap-1 nowrap {}">{}{}</span>', look[0], _icon(look[1], "s", ""), shown)


@register.simple_tag
def meter(part: Any, whole: Any, label: Any = "", colour: str = "") -> SafeString:
    """So much of so much as a bar with its words: hours of those authorised, steps of a checklist.

    The colour warns at 80 and 100 per cent unless one is given."""
    share = min(1.0, max(0.0, float(part or 0) / float(whole))) if whole else 0.0
    over = bool(whole) and float(part or 0) > float(whole)
    tone = colour or ("red" if over else "amber" if share >= 0.8 else "teal")
    return format_html(
        '<span class="meter tone-{}"><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="10"/></svg><span>{}</span></span>',
        tone,
        round(share * 100),
        label or f"{part}/{whole}",
    )


# Buttons and links ---------------------------------------------------------------------------------------------------
@register.simple_tag
@once
def button(
    label: Any = "",
    icon: str = "",
    variant: str = "",
    href: str = "",
    type: str = "submit",
    name: str = "",
    value: str = "",
    small: bool = False,
    wide: bool = False,
    hide_label: bool = False,
    disabled: bool = False,
    form: str = "",
    dialog: str = "",
    formaction: str = "",
    id: str = "",
    key: str = "",
    title: str = "",
) -> SafeString:
    """A button, or a link that looks like one when it has an `href`.

    `variant`: primary, danger, quiet, link. `dialog` opens the dialog of that id. `key` names its key (psa.web.keys).
    `hide_label` shows the icon alone and says the label to screen readers. A refused move is `disabled` with a `title`
    saying why: it stays reachable by keyboard."""
    css = ["button"]
    css += [f"is-{variant}"] if variant else []
    css += ["is-small"] if small else []
    css += ["is-wide"] if wide else []
    css += ["is-icon"] if hide_label else []
    attributes = {
        "class": " ".join(css),
        "id": id,
        "title": title or (label if hide_label else ""),
        "data-key": keys.letter(key) if key else "",
        "data-dialog": dialog,
    }
    if href or dialog:
        attributes["href"] = href or f"#{dialog}"
    else:
        attributes |= {"type": type, "name": name, "value": value, "form": form, "formaction": formaction}
    if disabled:
        attributes["aria-disabled"] = "true"
        attributes.pop("href", None)
        if "type" in attributes:
            attributes["type"] = "button"
    tag = mark_safe("a" if href or dialog else "button")
    return format_html(
        "<{}{}{}>{}{}</{}>",
        tag,
        format_html_join("", ' {}="{}"', [(k, v) for k, v in attributes.items() if v != ""]),
        mark_safe(' role="link"') if disabled and tag == "a" else "",
        _icon(icon, "", "") if icon else "",
        format_html('<span class="unseen">{}</span>', label) if hide_label else label,
        tag,
    )


@register.simple_tag
@once
def menu_item(
    label: Any,
    href: str = "",
    icon: str = "",
    name: str = "",
    value: str = "",
    danger: bool = False,
    key: str = "",
    dialog: str = "",
    disabled: bool = False,
    title: str = "",
    form: str = "",
    formaction: str = "",
) -> SafeString:
    """One entry of a menu: a link, or a submit button of the form around it."""
    link = bool(href or dialog)
    attributes = {
        "class": "menu-item is-danger" if danger else "menu-item",
        "title": title,
        "data-dialog": dialog,
        "data-key": keys.letter(key) if key else "",
        **(
            {"href": href or f"#{dialog}"}
            if link
            else {"type": "submit", "name": name, "value": value, "form": form, "formaction": formaction}
        ),
    }
    if disabled:
        attributes |= {"aria-disabled": "true"}
        attributes.pop("href", None)
        attributes |= {"role": "link"} if link else {"type": "button"}
    tag = mark_safe("a" if link else "button")
    return format_html(
        "<{}{}>{}<span>{}</span>{}</{}>",
        tag,
        format_html_join("", ' {}="{}"', [(k, v) for k, v in attributes.items() if v != ""]),
        _icon(icon or "", "", "") if icon else "",
        label,
        format_html("<kbd>{}</kbd>", keys.letter(key)) if key else "",
        tag,
    )


@register.simple_tag
def menu_line() -> SafeString:
    """A line between groups of a menu."""
    return mark_safe('<hr class="menu-line">')


# Components with slots -----------------------------------------------------------------------------------------------
@components.register(register, "components/card.html")
def card(title: str = "", icon: str = "", level: int = 2, css: str = "", id: str = "") -> dict:
    """A box for one thing among several. Slots: actions."""
    return locals()


@components.register(register, "components/panel.html")
def panel(
    title: str = "",
    icon: str = "",
    level: int = 2,
    flush: bool = False,
    fold: bool = False,
    open: bool = True,
    count: Any = "",
    css: str = "",
    id: str = "",
) -> dict:
    """A titled section. `flush` for tables, `fold` lets it be closed. Slots: actions, foot."""
    heading = id or f"panel-{slugify(title)}"
    return locals()


@components.register(register, "components/dialog.html")
def dialog(id: str, title: str, wide: bool = False, icon: str = "") -> dict:
    """A modal dialog, opened by `{% button … dialog=id %}`; without scripts it opens as #id. Slots: foot."""
    return locals()


@components.register(register, "components/menu.html")
def menu(
    label: Any,
    icon: str = "",
    variant: str = "",
    small: bool = False,
    hide_label: bool = False,
    end: bool = False,
    key: str = "",
    css: str = "",
    id: str = "",
) -> dict:
    """A menu of links and buttons in a details element. `end` aligns it to the right. Slots: summary."""
    return locals()


@components.register(register, "components/banner.html")
def banner(title: str = "", colour: str = "blue", icon: str = "", role: str = "") -> dict:
    """One thing to say about the page. `role="alert"` only for an error of this request. Slots: actions."""
    icon = icon or {"red": "circle-alert", "amber": "triangle-alert", "green": "circle-check"}.get(colour, "info")
    return locals()


@components.register(register, "components/infobar.html")
def infobar(title: Any, icon: str = "arrow-left-right", colour: str = "violet", status: Any = "") -> dict:
    """The handover's line on a ticket: title, status badge, facts (the content), moves. Slots: actions."""
    return locals()


@components.register(register, "components/empty.html")
def empty(title: str, icon: str = "inbox") -> dict:
    """Nothing here, and what to do next. Slots: actions."""
    return locals()


@components.register(register, "components/tabs.html")
def tabs(label: str) -> dict:
    """Links between pages of one thing; `label` names them for screen readers. Holds {% tab %}."""
    return locals()


@register.simple_tag
def tab(label: Any, href: str, active: bool = False, count: Any = "", icon: str = "") -> SafeString:
    """One tab."""
    return format_html(
        '<a class="tab" href="{}"{}>{}<span>{}</span>{}</a>',
        href,
        mark_safe(' aria-current="page"') if active else "",
        _icon(icon, "", "") if icon else "",
        label,
        format_html('<span class="count">{}</span>', count) if count != "" else "",
    )


@components.register(register, "components/table.html")
def table(caption: str, css: str = "", id: str = "") -> dict:
    """A table in a region that scrolls sideways on its own. The caption is for screen readers."""
    return locals()


@components.register(register, "components/facts.html")
def facts(wide: bool = False) -> dict:
    """Names and values. Holds {% fact %}."""
    return locals()


@register.simple_block_tag
def fact(content: SafeString, name: Any, wide: bool = False) -> SafeString:
    """One name with its value; `wide` inside wide facts."""
    pair = format_html("<dt>{}</dt><dd>{}</dd>", name, mark_safe(content.strip()) or "–")
    return format_html("<div>{}</div>", pair) if wide else pair


@components.register(register, "components/timeline_item.html")
def timeline_item(
    author: Any = "",
    at: datetime | None = None,
    audience: str = "",
    reader: str = "",
    icon: str = "",
    colour: str = "",
    id: str = "",
    company: str = "",
    held: bool = False,
    withdrawn: bool = False,
    line: bool = False,
    label: str = "",
    received: datetime | None = None,
) -> dict:
    """One entry of a timeline.

    With an `audience` it is a card with that band; `reader` names the partner. `line` is one line for something
    that happened. `label` says what the card is where it is no note. Slots: head, actions, foot."""
    look = AUDIENCES.get(audience)
    colour = colour or (look.colour if look else "gray")
    return locals()


@components.register(register, "components/form.html")
def form(
    form: BaseForm | None = None,
    action: str = "",
    method: str = "post",
    id: str = "",
    css: str = "",
    upload: bool = False,
    once: bool = True,
) -> dict:
    """A form with its token, the summary of its errors and a row of buttons. `once` guards against a double submit.

    The content are the fields ({% field %}); without content the form draws itself. Slots: actions, attributes."""
    return locals()


# Lines of several ----------------------------------------------------------------------------------------------------
@register.inclusion_tag("components/breadcrumb.html")
def breadcrumb(*pairs: Any) -> dict:
    """`{% breadcrumb "Tickets" url "T-12" %}`: label and address in turn; the last needs no address."""
    return {"crumbs": [(pairs[i], pairs[i + 1] if i + 1 < len(pairs) else "") for i in range(0, len(pairs), 2)]}


@register.inclusion_tag("components/pager.html")
def pager(listing: Any) -> dict:
    """Backwards and forwards of a list, with its count."""
    return {"list": listing}


@register.inclusion_tag("components/folders.html")
def folders(groups: Any, label: str = "") -> dict:
    """A tree of folders with counts: groups of (title, [Folder …]); see psa.web.nav.Folder."""
    return {"groups": groups, "label": label}


@register.inclusion_tag("components/steps.html")
def steps(items: Any) -> dict:
    """A guided path: pairs (label, "done" | "now" | "")."""
    return {"steps": items}


@register.simple_tag
def stat(label: Any, value: Any, href: str = "", note: Any = "") -> SafeString:
    """One figure; a link to the list behind it wherever there is one."""
    tag = mark_safe("a" if href else "div")
    return format_html(
        '<{}{} class="stat"><span class="stat-label">{}</span><span class="stat-value">{}</span>{}</{}>',
        tag,
        format_html(' href="{}"', href) if href else "",
        label,
        value,
        format_html('<span class="stat-note">{}</span>', note) if note else "",
        tag,
    )


@register.simple_tag
@once
def file(name: str, href: str, count: int | None = None, preview: bool = False) -> SafeString:
    """A stored file to open. With `preview`, `href` is the page it is looked at on; scripts open it in a dialog."""
    return format_html(
        '<a class="file" href="{}"{}>{}<span class="clip">{}</span>{}</a>',
        href,
        mark_safe(" data-preview" if preview else ""),
        _icon("paperclip", "", ""),
        name,
        format_html("<small>{}</small>", figures.size(count)) if count is not None else "",
    )
