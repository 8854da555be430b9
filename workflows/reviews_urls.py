"""The desk's pages of reviews, deployments and what comes after them."""

from django.urls import path

from workflows.views import deployments, ends, reviews, sharing

urlpatterns = [
    path("<slug:tenant>/deployments/", deployments.deployments, name="deployments"),
    path("<slug:tenant>/requests/<int:number>/decision/", reviews.record, name="record"),
    path("<slug:tenant>/requests/<int:number>/review/pause/", reviews.pause, name="pause"),
    path("<slug:tenant>/requests/<int:number>/review/resume/", reviews.resume, name="resume"),
    path("<slug:tenant>/requests/<int:number>/review/switch/", reviews.switch, name="switch"),
    path("<slug:tenant>/requests/<int:number>/share/", sharing.share, name="share"),
    path("<slug:tenant>/requests/<int:number>/billing/", ends.to_billing, name="to_billing"),
    path("<slug:tenant>/requests/<int:number>/again/", ends.ask_again, name="ask_again"),
    path("<slug:tenant>/decisions/<int:pk>/settle/", reviews.settle_task, name="settle_task"),
]
