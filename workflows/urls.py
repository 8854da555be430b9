"""The addresses of customers' requests and of what happens by itself: each part keeps its own. The portal's stand in a
namespace of their own."""

from django.urls import include, path

from workflows import estimates_urls, portal_urls, reviews_urls, rules_urls

app_name = "workflows"
urlpatterns = [
    *estimates_urls.urlpatterns,
    *reviews_urls.urlpatterns,
    path("<slug:tenant>/", include([*rules_urls.urlpatterns, *portal_urls.access_urls])),
]
