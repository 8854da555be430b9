"""What one hears of by mail, under /<tenant>/notifications/."""

from django.urls import path

from psa.mail import views

app_name = "notifications"
urlpatterns = [path("", views.preferences_page, name="preferences")]
