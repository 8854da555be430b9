"""The desk's addresses, inside a tenant: paths are nouns, moves are POST …/<verb>/."""

from django.urls import path, register_converter

from tickets.views import calls, items, lists, new, page, saved_views, stopwatches, time, work_types

WORDS = {"notes": "note", "time": "timeentry", "charges": "charge", "files": "attachment"}


class Number:
    """A ticket's number."""

    regex = "[0-9]{1,9}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


class ItemKind:
    """A kind of item by the word its address has for it."""

    regex = "|".join(WORDS)

    def to_python(self, value: str) -> str:
        return WORDS[value]

    def to_url(self, value: str) -> str:
        return next(word for word, kind in WORDS.items() if kind == value)


register_converter(Number, "number")
register_converter(ItemKind, "item_kind")

app_name = "tickets"
urlpatterns = [
    path("", lists.tickets, name="list"),
    path("view/<slug:view>/", lists.tickets, name="view"),
    path("search/", lists.search, name="search"),
    path("counts/", lists.counts, name="counts"),
    path("new/", new.new, name="new"),
    path("saved-views/", saved_views.manage, name="saved_views"),
    path("saved-views/save/", saved_views.save, name="save_view"),
    path("saved-views/<int:pk>/rename/", saved_views.rename, name="rename_view"),
    path("saved-views/<int:pk>/delete/", saved_views.delete, name="delete_view"),
    path("time/", time.week, name="week"),
    path("time/entries/", time.entries, name="time_entries"),
    path("time/stopwatches/<int:pk>/pause/", stopwatches.pause, name="pause_stopwatch"),
    path("time/stopwatches/<int:pk>/resume/", stopwatches.resume, name="resume_stopwatch"),
    path("time/stopwatches/<int:pk>/stop/", stopwatches.stop, name="stop_stopwatch"),
    path("time/stopwatches/<int:pk>/discard/", stopwatches.discard, name="discard_stopwatch"),
    path("work-types/", work_types.listing, name="work_types"),
    path("work-types/new/", work_types.new, name="new_work_type"),
    path("work-types/<int:pk>/", work_types.edit, name="edit_work_type"),
    path("work-types/<int:pk>/retire/", work_types.retire, name="retire_work_type"),
    path("<number:number>/", page.page, name="page"),
    path("<number:number>/news/", page.news, name="news"),
    path("<number:number>/properties/", page.properties, name="properties"),
    path("<number:number>/stopwatch/", stopwatches.start, name="start_stopwatch"),
    path("<number:number>/call/", calls.call, name="call"),
    path("<number:number>/assign/", page.assign, name="assign"),
    path("<number:number>/<item_kind:kind>/add/", items.add, name="add"),
    path("<number:number>/<item_kind:kind>/<uuid:key>/edit/", items.edit, name="edit_item"),
    path("<number:number>/<item_kind:kind>/<uuid:key>/remove/", items.remove, name="remove_item"),
    path("<number:number>/files/<uuid:key>/", items.download, name="file"),
    path("<number:number>/<slug:move>/", page.move, name="move"),
]
