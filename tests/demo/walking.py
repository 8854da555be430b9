"""Walking the demo's pages as one of its people: from the lists along their links, some pages of each kind."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urljoin, urlsplit

from django.test import Client
from django.urls import Resolver404, resolve

# What the IT house consists of: all of billing, and what is written down once.
ROOMS = ("billing:", "tickets:checklist_templates", "tickets:texts", "tickets:work_types", "tickets:time_entries")
# Tickets lead to what is made on them; they are read for links and nothing else.
LEADS_ON = (
    "tickets:list",
    "tickets:search",
    "tickets:page",
    "outsourcing:handover",
    "directory:list",
    "directory:page",
)
# Of each of these kinds so many are read: they differ in what leads on from them.
READ = {"tickets:page": 40, "billing:invoice": 8, "billing:delivery_note": 8, "billing:approve_tab": 8}
USUALLY = 3
LINK = re.compile(r'<a\b[^>]*\bhref="([^"]+)"')
NOTHING = re.compile(r'<div class="empty">.*?<p class="empty-title">([^<]*)', re.S)


@dataclass
class Walk:
    """What one person found: the kinds of pages that answer, which of those they began at are empty, and what does not
    answer."""

    kinds: set[str] = field(default_factory=set)
    empty: dict[str, str] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)


def walk(client: Client, *starts: str) -> Walk:
    """From these addresses along every link that stays in the house."""
    found, seen, queue = Walk(), set(starts), list(starts)
    read: dict[str, int] = {}
    while queue:
        url = queue.pop(0)
        name = name_of(url)
        if not name.startswith((*ROOMS, *LEADS_ON)) or read.get(name, 0) >= READ.get(name, USUALLY):
            continue
        read[name] = read.get(name, 0) + 1
        answer = client.get(url)
        if answer.status_code != 200:
            found.broken += [f"{url}: {answer.status_code}"] if answer.status_code not in {403, 409} else []
            continue
        found.kinds.add(name)
        if answer.streaming or not answer["Content-Type"].startswith("text/html"):
            continue
        page = answer.content.decode().partition("<main")[2]
        if name.startswith(ROOMS) and url in starts and (nothing := NOTHING.search(page)):
            found.empty[url] = unescape(nothing[1]).strip()
        new = [link for link in dict.fromkeys(links(page, url)) if link not in seen]
        seen.update(new)
        queue += new
    return found


def links(page: str, url: str) -> list[str]:
    """Where the page leads, without sheets to take away."""
    found = [urljoin(url, unescape(href)).partition("#")[0] for href in LINK.findall(page)]
    return [link for link in found if "format=csv" not in link]


def name_of(url: str) -> str:
    """The address's name, "" for what is no page of ours."""
    try:
        return resolve(urlsplit(url).path).view_name
    except Resolver404:
        return ""
