"""The demo's own addresses. They stand under /accounts/demo/ and exist in the demo only."""

from django.urls import path

from demo import views

app_name = "demo"
urlpatterns = [
    path("", views.sign_in, name="sign_in"),
    path("invitation/", views.invitation, name="invitation"),
    path("customer/", views.customer, name="customer"),
    path("guide/", views.hide_guide, name="hide_guide"),
]
