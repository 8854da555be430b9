"""The desk's addresses, inside a tenant: paths are nouns, moves are POST …/<verb>/."""

from django.urls import path, register_converter

from tickets.views import (
    boards,
    bulk,
    calls,
    checklist_templates,
    checklists,
    desk,
    drafts,
    files,
    forwarding,
    items,
    life,
    lists,
    mails,
    new,
    page,
    paper,
    presence,
    quarantine,
    relations,
    saved_views,
    service_levels,
    stopwatches,
    text_modules,
    time,
    watching,
    work_types,
)

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


class SortKind:
    """What tickets are sorted by, by the word its address has for it."""

    regex = "|".join(desk.KINDS)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(SortKind, "sort_kind")
register_converter(Number, "number")
register_converter(ItemKind, "item_kind")

app_name = "tickets"
urlpatterns = [
    path("", lists.tickets, name="list"),
    path("view/<slug:view>/", lists.tickets, name="view"),
    path("board/", boards.board, name="board"),
    path("board/<slug:view>/", boards.board, name="board_view"),
    path("week/", boards.agenda, name="agenda"),
    path("week/<slug:view>/", boards.agenda, name="agenda_view"),
    path("search/", lists.search, name="search"),
    path("counts/", lists.counts, name="counts"),
    path("bulk/", bulk.change, name="bulk"),
    path("new/", new.new, name="new"),
    path("drafts/", drafts.mine, name="drafts"),
    path("new/drafts/<slug:place>/", drafts.save_new, name="save_new_draft"),
    path("new/drafts/<slug:place>/discard/", drafts.discard_new, name="discard_new_draft"),
    path("new/customers/", new.customers, name="find_customers"),
    path("saved-views/", saved_views.manage, name="saved_views"),
    path("saved-views/save/", saved_views.save, name="save_view"),
    path("saved-views/<int:pk>/rename/", saved_views.rename, name="rename_view"),
    path("saved-views/<int:pk>/delete/", saved_views.delete, name="delete_view"),
    path("texts/", text_modules.modules, name="texts"),
    path("texts/new/", text_modules.new_text, name="new_text"),
    path("texts/preview/", text_modules.preview_text, name="preview_text"),
    path("texts/find/<slug:place>/", text_modules.find_texts, name="find_texts"),
    path("texts/<int:pk>/", text_modules.text, name="text"),
    path("texts/<int:pk>/retire/", text_modules.retire_text, name="retire_text"),
    path("texts/<int:pk>/restore/", text_modules.restore_text, name="restore_text"),
    path("lifecycle/", life.chart, name="lifecycle"),
    path("lifecycle/words/", life.words, name="words"),
    path("sorts/", desk.sorts, {"kind": "queues"}, name="queues"),
    path("sorts/<sort_kind:kind>/", desk.sorts, name="sorts"),
    path("sorts/<sort_kind:kind>/new/", desk.new_sort, name="new_sort"),
    path("sorts/<sort_kind:kind>/<int:pk>/", desk.edit_sort, name="edit_sort"),
    path("sorts/<sort_kind:kind>/<int:pk>/retire/", desk.retire_sort, name="retire_sort"),
    path("sorts/<sort_kind:kind>/<int:pk>/restore/", desk.restore_sort, name="restore_sort"),
    path("checklists/", checklist_templates.templates, name="checklist_templates"),
    path("checklists/new/", checklist_templates.new, name="new_checklist_template"),
    path("checklists/<int:pk>/", checklist_templates.edit, name="checklist_template"),
    path("checklists/<int:pk>/retire/", checklist_templates.switch, {"act": "retire"}, name="retire_checklist"),
    path("checklists/<int:pk>/restore/", checklist_templates.switch, {"act": "restore"}, name="restore_checklist"),
    path("time/", time.week, name="week"),
    path("time/entries/", time.entries, name="time_entries"),
    path("time/stopwatches/<int:pk>/pause/", stopwatches.pause, name="pause_stopwatch"),
    path("time/stopwatches/<int:pk>/resume/", stopwatches.resume, name="resume_stopwatch"),
    path("time/stopwatches/<int:pk>/stop/", stopwatches.stop, name="stop_stopwatch"),
    path("time/stopwatches/<int:pk>/discard/", stopwatches.discard, name="discard_stopwatch"),
    path("service-levels/", service_levels.listing, name="service_levels"),
    path("service-levels/new/", service_levels.new, name="new_service_level"),
    path("service-levels/<int:pk>/", service_levels.edit, name="edit_service_level"),
    path("service-levels/<int:pk>/delete/", service_levels.delete, name="delete_service_level"),
    path("work-types/", work_types.listing, name="work_types"),
    path("work-types/new/", work_types.new, name="new_work_type"),
    path("work-types/<int:pk>/", work_types.edit, name="edit_work_type"),
    path("work-types/<int:pk>/retire/", work_types.retire, name="retire_work_type"),
    path("deleted/", relations.deleted, name="deleted"),
    path("deleted/<number:number>/restore/", relations.restore, name="restore"),
    path("quarantine/", quarantine.quarantine, name="quarantine"),
    path("quarantine/<int:pk>/", quarantine.quarantined, name="quarantined"),
    path("quarantine/<int:pk>/html/", quarantine.quarantined_html, name="quarantined_html"),
    path("quarantine/<int:pk>/original/", quarantine.quarantined_original, name="quarantined_original"),
    path("quarantine/<int:pk>/ticket/", quarantine.put_on, name="put_mail_on"),
    path("quarantine/<int:pk>/tickets/new/", quarantine.open_from_mail, name="open_from_mail"),
    path("quarantine/<int:pk>/discard/", quarantine.act, {"act": "discard"}, name="discard_mail"),
    path("quarantine/<int:pk>/bring-back/", quarantine.act, {"act": "bring-back"}, name="bring_mail_back"),
    path("quarantine/<int:pk>/block/", quarantine.act, {"act": "block"}, name="block_sender"),
    path("quarantine/<int:pk>/unblock/", quarantine.act, {"act": "unblock"}, name="unblock_sender"),
    path("<number:number>/", page.page, name="page"),
    path("<number:number>/links/add/", relations.link, name="link"),
    path("<number:number>/links/find/", relations.find, name="find_tickets"),
    path("<number:number>/links/<int:pk>/remove/", relations.unlink, name="unlink"),
    path("<number:number>/people/", watching.people, name="people"),
    path("<number:number>/watchers/<slug:act>/", watching.watch, name="watch"),
    path("<number:number>/merge/", relations.merge, name="merge"),
    path("<number:number>/split/", relations.split, name="split"),
    path("<number:number>/delete/", relations.delete, name="delete"),
    path("<number:number>/news/", page.news, name="news"),
    path("<number:number>/presence/", presence.presence, name="presence"),
    path("<number:number>/properties/", page.properties, name="properties"),
    path("<number:number>/stopwatch/", stopwatches.start, name="start_stopwatch"),
    path("<number:number>/call/", calls.call, name="call"),
    path("<number:number>/drafts/<slug:place>/", drafts.save, name="save_draft"),
    path("<number:number>/drafts/<slug:place>/discard/", drafts.discard, name="discard_draft"),
    path("<number:number>/assign/", page.assign, name="assign"),
    path("<number:number>/forward/", forwarding.forward, name="forward"),
    path("<number:number>/forward/release/", forwarding.release, name="release"),
    path("<number:number>/mail/", forwarding.write, name="write_customer"),
    path("<number:number>/mail/<uuid:key>/", forwarding.sent, name="customer_mail"),
    path("<number:number>/mail/<uuid:key>/undo/", forwarding.undo, name="undo_mail"),
    path("<number:number>/mails/", mails.mails, name="mails"),
    path("<number:number>/mails/<int:pk>/", mails.mail, name="came_mail"),
    path("<number:number>/mails/<int:pk>/html/", mails.mail_html, name="came_mail_html"),
    path("<number:number>/mails/<int:pk>/original/", mails.mail_original, name="came_mail_original"),
    path("<number:number>/<item_kind:kind>/add/", items.add, name="add"),
    path("<number:number>/<item_kind:kind>/<uuid:key>/edit/", items.edit, name="edit_item"),
    path("<number:number>/<item_kind:kind>/<uuid:key>/remove/", items.remove, name="remove_item"),
    path("<number:number>/files/<uuid:key>/", files.download, name="file"),
    path("<number:number>/files/<uuid:key>/preview/", files.preview, name="preview_file"),
    path("<number:number>/files/<uuid:key>/pages/", files.pages, name="file_pages"),
    path("<number:number>/paper/", paper.paper, name="paper"),
    path("<number:number>/paper/pdf/", paper.as_pdf, name="paper_pdf"),
    path("<number:number>/checklists/", checklists.checklists, name="checklists"),
    path("<number:number>/checklists/add/", checklists.add_list, name="add_checklist"),
    path("<number:number>/checklists/items/add/", checklists.add_item, name="add_checklist_item"),
    path("<number:number>/checklists/items/<uuid:key>/<slug:act>/", checklists.settle, name="settle_checklist_item"),
    path("<number:number>/checklists/<uuid:key>/remove/", checklists.remove_list, name="remove_checklist"),
    path("<number:number>/<slug:move>/", page.move, name="move"),
]
