"""The addresses of appointments, the day-before rule and licences."""

from __future__ import annotations

from django.urls import URLPattern, path

from billing.views import appointments, calendar, licences

ONE = "appointments/<uuid:key>/"
LICENCE = "licences/<uuid:key>/"
TICKET = "tickets/<int:number>/"

urlpatterns: list[URLPattern] = [
    path("appointments/", appointments.listing, name="appointments"),
    path("appointments/week/", calendar.week, name="week"),
    path("appointments/feed/", calendar.feed, name="feed"),
    path("appointments/feed/stop/", calendar.stop_feed, name="stop_feed"),
    path(ONE, appointments.page, name="appointment"),
    path(f"{ONE}edit/", appointments.edit, name="edit_appointment"),
    path(f"{ONE}start/", appointments.start, name="start_appointment"),
    path(f"{ONE}finish/", appointments.finish, name="finish_appointment"),
    path(f"{ONE}cancel/", appointments.cancel, name="cancel_appointment"),
    path(f"{ONE}delivery-note/", appointments.prepare, name="prepare_for_appointment"),
    path(f"{TICKET}appointments/new/", appointments.plan, name="plan_appointment"),
    path(f"{TICKET}licences/new/", licences.report, name="report_licence"),
    path(f"{TICKET}licences/none/", licences.none_installed, name="no_licences"),
    path("licences/", licences.listing, name="licences"),
    path("licences/not-billed/", licences.not_billed, name="licences_not_billed"),
    path("licences/not-invoiced/", licences.not_invoiced, name="deliveries_not_invoiced"),
    path(LICENCE, licences.page, name="licence"),
    path(f"{LICENCE}accept/", licences.accept, name="accept_licence"),
    path(f"{LICENCE}return/", licences.give_back, name="return_licence"),
    path(f"{LICENCE}answer/", licences.report_again, name="answer_licence"),
    path(f"{LICENCE}cancel/", licences.cancel, name="cancel_licence"),
]
# The feed stands outside the sign-in: whoever holds the address reads it.
outside: list[URLPattern] = [
    path("<slug:desk>/appointments/feed/<str:secret>.ics", calendar.ics, name="ics"),
]
