"""The app's place in the project."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    name = "tickets"

    def ready(self) -> None:
        from psa.members import why
        from psa.web import nav
        from tickets import (  # noqa: F401  (standing registers itself)
            composing,
            furnishing,
            home,
            imports,
            jumps,
            keeping,
            kinds,
            leaving,
            mailed,
            notifications,
            permissions,
            refusals,
            relations,
            standing,
            timeline,
        )
        from tickets.models import Ticket
        from tickets.services import searching

        post_migrate.connect(searching.apply, sender=self)
        searching.listen()
        refusals.register()
        timeline.register()
        keeping.register()
        kinds.register()
        furnishing.register()
        composing.register()
        leaving.register()
        home.register()
        jumps.register()
        imports.register()
        mailed.register()
        relations.register()
        notifications.connect()
        nav.register(
            _("Tickets"), "ticket", "tickets:list", capability="ticket.view", order=10, count="tickets-open", thumb=True
        )
        nav.count("tickets-open", lambda actor: nav.capped(Ticket.objects.visible_to(actor).unresolved()))
        why.about_tickets(
            why.Subject(
                find=lambda number, by: Ticket.objects.visible_to(by).filter(number=number).first(),
                sees=lambda ticket, actor: Ticket.objects.visible_to(actor).filter(pk=ticket.pk).exists(),
                may=permissions.may,
            )
        )
        nav.register(
            _("Checklists"),
            "list-checks",
            "tickets:checklist_templates",
            capability="checklist.manage",
            group="administration",
            order=40,
        )
        nav.register(
            _("Deleted tickets"),
            "trash-2",
            "tickets:deleted",
            capability="tenant.manage",
            group="administration",
            order=95,
        )
        nav.search("tickets:search", "ticket.view")
        nav.create(_("New ticket"), "tickets:new", "ticket.create")
        nav.badge("tickets/_stopwatch_badge.html")
        nav.register(_("My time"), "clock", "tickets:week", capability="time.log", order=30)
        nav.register(
            _("Work types"), "tag", "tickets:work_types", capability="tenant.settings", group="administration", order=60
        )
        nav.shortcut("w", _("My time"), "tickets:week", "time.log")
        nav.shortcut("t", _("Tickets"), "tickets:list", "ticket.view")
