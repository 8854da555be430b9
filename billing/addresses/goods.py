"""The addresses of material, stock, delivery notes and goods requests."""

from __future__ import annotations

from django.urls import URLPattern, path

from billing.views import delivery_lines, delivery_notes, goods, stock

NOTE = "delivery-notes/<uuid:key>/"
REQUEST = "goods/requests/<uuid:key>/"
PLACE = "goods/stock/places/"

urlpatterns: list[URLPattern] = [
    path("delivery-notes/", delivery_notes.listing, name="delivery_notes"),
    path("delivery-notes/new/", delivery_notes.new, name="new_delivery_note"),
    path(NOTE, delivery_notes.page, name="delivery_note"),
    path(f"{NOTE}address/", delivery_notes.address, name="address_delivery_note"),
    path(f"{NOTE}prepare/", delivery_notes.prepare, name="prepare_delivery_note"),
    path(f"{NOTE}deliver/", delivery_notes.deliver, name="deliver_delivery_note"),
    path(f"{NOTE}bill/", delivery_notes.bill, name="bill_delivery_note"),
    path(f"{NOTE}sign/", delivery_notes.sign, name="sign_delivery_note"),
    path(f"{NOTE}reverse/", delivery_notes.reverse_note, name="reverse_delivery_note"),
    path(f"{NOTE}take-back/", delivery_notes.take_back, name="take_back_goods"),
    path(f"{NOTE}paper/", delivery_notes.paper, name="delivery_paper"),
    path(f"{NOTE}signed-paper/", delivery_notes.signed_paper, name="signed_delivery_paper"),
    path(f"{NOTE}lines/", delivery_lines.add, name="add_delivery_line"),
    path(f"{NOTE}order-lines/", delivery_lines.from_order, name="deliver_order_lines"),
    path(f"{NOTE}lines/<uuid:item>/", delivery_lines.edit, name="edit_delivery_line"),
    path(f"{NOTE}lines/<uuid:item>/remove/", delivery_lines.remove, name="remove_delivery_line"),
    path("goods/", goods.listing, name="goods"),
    path("goods/ask/<int:number>/", goods.ask, name="ask_for_goods"),
    path(REQUEST, goods.page, name="goods_request"),
    path(f"{REQUEST}book/", goods.book, name="book_goods"),
    path(f"{REQUEST}give-back/", goods.give_back, name="give_goods_request_back"),
    path(f"{REQUEST}ask-again/", goods.ask_again, name="ask_for_goods_again"),
    path(f"{REQUEST}cancel/", goods.cancel, name="cancel_goods_request"),
    path("goods/unnamed/", goods.unnamed, name="unnamed_material"),
    path("goods/unnamed/<uuid:key>/", goods.name, name="name_material"),
    path("goods/stock/", stock.listing, name="stock"),
    path("goods/stock/moves/", stock.moves, name="stock_moves"),
    path("goods/stock/receive/", stock.receive, name="receive_goods"),
    path("goods/stock/count/", stock.count, name="count_stock"),
    path(PLACE, stock.places, name="stock_places"),
    path(f"{PLACE}new/", stock.new_place, name="new_stock_place"),
    path(f"{PLACE}<int:pk>/", stock.edit_place, name="edit_stock_place"),
    path(f"{PLACE}<int:pk>/retire/", stock.retire_place, name="retire_stock_place"),
]
