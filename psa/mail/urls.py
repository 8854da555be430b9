"""The addresses of the outbox, under /<tenant>/outbox/."""

from django.urls import path

from psa.mail import views

app_name = "mail"
urlpatterns = [
    path("", views.outbox, name="outbox"),
    path("specimens/", views.specimens, name="specimens"),
    path("specimens/<slug:code>/<slug:language>/", views.specimen, name="specimen"),
    path("<int:pk>/", views.page, name="page"),
    path("<int:pk>/html/", views.html, name="html"),
    path("<int:pk>/send-again/", views.send_again, name="send_again"),
]
