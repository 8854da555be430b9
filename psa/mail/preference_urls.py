"""What one hears of by mail, under /<tenant>/notifications/."""

from django.urls import path

from psa.mail import preference_views

app_name = "notifications"
urlpatterns = [path("", preference_views.page, name="preferences")]
