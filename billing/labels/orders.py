"""Orders and articles as they are drawn: each enum's table made ready for pages."""

from __future__ import annotations

from billing.models import ARTICLE_LOOKS, ORDER_LOOKS, ArticleKind, OrderStatus, Promise, VatKind
from psa.web.labels import Label, Table

ORDERS = Table({code.value: Label(code.label, *ORDER_LOOKS[code]) for code in OrderStatus})
ARTICLES = Table({code.value: Label(code.label, *ARTICLE_LOOKS[code]) for code in ArticleKind})
VAT_KINDS = Table({code.value: Label(code.label) for code in VatKind})
PROMISES = Table(
    {
        Promise.Change.AGREED.value: Label(Promise.Change.AGREED.label, "green", "handshake"),
        Promise.Change.CHANGED.value: Label(Promise.Change.CHANGED.label, "amber", "pencil"),
        Promise.Change.WITHDRAWN.value: Label(Promise.Change.WITHDRAWN.label, "gray", "ban"),
    }
)
