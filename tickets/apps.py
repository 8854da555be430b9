"""The app's place in the project."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    name = "tickets"

    def ready(self) -> None:
        from psa.members import why
        from psa.web import keys, nav
        from tickets import (  # noqa: F401  (standing registers itself)
            composing,
            furnishing,
            home,
            imports,
            inbox,
            jumps,
            keeping,
            kinds,
            leaving,
            mailed,
            notifications,
            permissions,
            refusals,
            relations,
            sentences,
            services,
            standing,
            timeline,
        )
        from tickets.models import Ticket
        from tickets.services import clocks, searching

        post_migrate.connect(searching.apply, sender=self)
        searching.listen()
        clocks.connect()
        refusals.register()
        timeline.register()
        sentences.register()
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
        inbox.connect()
        nav.register(
            _("Tickets"), "ticket", "tickets:list", capability="ticket.view", order=10, count="tickets-open", thumb=True
        )
        for name, letter, label in (
            ("reply", "r", _("Write for the customer")),
            ("internal", "i", _("Write internally")),
            ("note", "n", _("Note")),
            ("time", "t", _("Log time")),
            ("assign", "a", _("Assign")),
            ("edit", "e", _("Edit the properties")),
            ("forward", "f", _("Forward")),
            ("mail", "m", _("E-mail to the customer")),
        ):
            keys.register(name, letter, label)
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
        nav.register(
            _("Quarantine"),
            "shield",
            "tickets:quarantine",
            capability="mail.quarantine",
            order=85,
            count="mails-quarantined",
        )
        nav.count("mails-quarantined", services.quarantine.count)
        nav.search("tickets:search", "ticket.view")
        nav.create(_("New ticket"), "tickets:new", "ticket.create")
        nav.badge("tickets/_stopwatch_badge.html")
        nav.register(_("My time"), "clock", "tickets:week", capability="time.log", order=30)
        nav.register(
            _("How a ticket lives"),
            "activity",
            "tickets:lifecycle",
            capability="tenant.settings",
            group="administration",
            order=55,
        )
        nav.register(
            _("Work types"), "tag", "tickets:work_types", capability="tenant.settings", group="administration", order=60
        )
        nav.register(
            _("Service levels"),
            "timer",
            "tickets:service_levels",
            capability="sla.manage",
            group="administration",
            order=75,
        )
        nav.shortcut("w", _("My time"), "tickets:week", "time.log")
        nav.shortcut("t", _("Tickets"), "tickets:list", "ticket.view")
