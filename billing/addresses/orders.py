"""The addresses of articles, orders and the hand-off inbox."""

from __future__ import annotations

from django.urls import URLPattern, path

from billing.views import articles, hand_offs, orders

ORDER = "orders/<int:pk>/"
ARTICLE = "articles/<int:pk>/"
SERVICE = "service-templates/<int:pk>/"

urlpatterns: list[URLPattern] = [
    path("hand-offs/", hand_offs.inbox, name="hand_offs"),
    path("hand-offs/settled/", hand_offs.settled, name="settled_hand_offs"),
    path("hand-offs/<int:pk>/", hand_offs.page, name="hand_off"),
    path("hand-offs/<int:pk>/<slug:move>/", hand_offs.settle, name="settle_hand_off"),
    path("tickets/<int:number>/hand-to-sales/", hand_offs.hand_to_sales, name="hand_to_sales"),
    path("orders/", orders.orders, name="orders"),
    path("orders/new/", orders.new, name="new_order"),
    path(ORDER, orders.order, name="order"),
    path(f"{ORDER}edit/", orders.edit, name="edit_order"),
    path(f"{ORDER}tickets/", orders.confirm, name="confirm_order"),
    path(f"{ORDER}cancel/", orders.cancel, name="cancel_order"),
    path(f"{ORDER}promises/", orders.promise, name="add_promise"),
    path(f"{ORDER}promises/<uuid:key>/", orders.change_promise, name="change_promise"),
    path(f"{ORDER}documents/", orders.add_document, name="add_order_document"),
    path(f"{ORDER}documents/<int:part_pk>/", orders.document, name="order_document"),
    path(
        f"{ORDER}documents/<int:part_pk>/choose/",
        orders.settle_document,
        {"act": "choose"},
        name="choose_order_document",
    ),
    path(
        f"{ORDER}documents/<int:part_pk>/remove/",
        orders.settle_document,
        {"act": "remove"},
        name="remove_order_document",
    ),
    path("articles/", articles.articles, name="articles"),
    path("articles/new/", articles.new, name="new_article"),
    path("articles/find/", articles.find, name="find_articles"),
    path("articles/units/", articles.units, name="article_units"),
    path(ARTICLE, articles.article, name="article"),
    path(f"{ARTICLE}edit/", articles.edit, name="edit_article"),
    path(f"{ARTICLE}retire/", articles.switch, {"act": "retire"}, name="retire_article"),
    path(f"{ARTICLE}restore/", articles.switch, {"act": "restore"}, name="restore_article"),
    path("service-templates/", articles.services, name="services"),
    path("service-templates/new/", articles.new_service, name="new_service"),
    path(SERVICE, articles.service, name="service"),
    path(f"{SERVICE}retire/", articles.switch_service, {"act": "retire"}, name="retire_service"),
    path(f"{SERVICE}restore/", articles.switch_service, {"act": "restore"}, name="restore_service"),
]
