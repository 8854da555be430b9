"""Every address of the portal. What belongs to a company stands under /<tenant>/…"""

from django.urls import include, path

from psa.mail.inbound import views as webhooks
from psa.web import desks, errors, health

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("accounts/demo/", include("demo.urls")),
    path("", include("psa.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("psa.support.urls")),
    path("hooks/mail/<slug:service>/<slug:kind>/", webhooks.webhook, name="mail_webhook"),
    path("operator/", include("psa.operators.urls")),
    path("", include("psa.web.urls")),
    path("<slug:tenant>/", desks.home, name="home"),
    path("", include("workflows.urls")),
    path("", include("billing.urls")),
    path("<slug:desk>/portal/", include(("workflows.portal_urls", "portal"))),
    path("<slug:tenant>/companies/", include("psa.directory.urls")),
    path("<slug:tenant>/calendars/", include("psa.calendars.urls")),
    path("<slug:tenant>/", include("psa.members.urls")),
    path("<slug:tenant>/", include("psa.tenant_settings.urls")),
    path("<slug:tenant>/notifications/", include("psa.mail.preference_urls")),
    path("<slug:tenant>/outbox/", include("psa.mail.urls")),
    path("<slug:tenant>/background/", include("psa.batches.urls")),
    path("<slug:tenant>/imports/", include("psa.imports.urls")),
    path("", include("outsourcing.urls")),
    path("<slug:tenant>/tickets/", include("tickets.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
