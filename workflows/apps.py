"""The app's place in the project, and where it joins the desk, the clock and the pages."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkflowsConfig(AppConfig):
    name = "workflows"

    def ready(self) -> None:
        from psa.directory.erasing import ANONYMISED
        from psa.journal import journal
        from psa.timers import timers
        from psa.web import nav
        from tickets.services import customer_mails, customer_messages, fields, merging
        from workflows import (  # noqa: F401  (guards register themselves)
            automation,
            columns,
            erasing,
            estimate_clocks,
            estimate_refusals,
            estimate_sentences,
            guards,
            home,
            menu,
            refusals,
            sentences,
        )
        from workflows.notifications import estimates as estimate_mails
        from workflows.notifications import reviews as review_mails
        from workflows.portal import telling as portal_telling
        from workflows.rules import telling
        from workflows.services import (
            addressees,
            allowance,
            clarifications,
            clock,
            customer_words,
            followups,
            heard,
            portal_access,
            tasks,
        )

        automation.connect()
        allowance.connect()
        heard.connect()
        clarifications.connect()
        tasks.connect()
        estimate_mails.connect()
        review_mails.connect()
        estimate_clocks.connect()
        erasing.connect()
        timers.on(clock.STEP, clock.step)
        timers.on(clarifications.STEP, clarifications.step)
        fields.speaks_for(portal_access.speaks_for)
        merging.follow(customer_words.narrowed)
        customer_mails.leads(addressees.way)
        customer_messages.on_closed(
            lambda ticket, text, contact, by: followups.ask_again(ticket, text, contact=contact, by=by)
        )
        journal.subscribe("contact.edited", portal_access.heard_of_contact)
        journal.subscribe(ANONYMISED, portal_access.heard_of_contact)
        portal_telling.register()
        telling.register()
        refusals.register()
        estimate_refusals.register()
        sentences.register()
        estimate_sentences.register()
        columns.register()
        home.register()
        menu.register()
        for label, icon, url_name, capability, order in (
            (_("Rules of requests"), "sliders-horizontal", "workflows:policies", "rule.manage", 45),
            (_("Rules"), "git-branch", "workflows:rules", "rule.manage", 70),
            (_("Mail templates"), "mail", "workflows:templates", "template.manage", 72),
        ):
            nav.register(label, icon, url_name, capability=capability, group="administration", order=order)
