"""The addresses of rules and of the mails' own words, under /<tenant>/."""

from django.urls import path

from workflows.views import rules, wordings

urlpatterns = [
    path("rules/", rules.rules, name="rules"),
    path("rules/new/", rules.new, name="new_rule"),
    path("rules/switch/", rules.stop, name="stop_rules"),
    path("rules/keep/", rules.keep, name="keep_runs"),
    path("rules/runs/", rules.runs, name="runs"),
    path("rules/runs/<int:pk>/", rules.run, name="run"),
    path("rules/<int:pk>/", rules.rule, name="rule"),
    path("rules/<int:pk>/try/", rules.attempt, name="try_rule"),
    path("rules/<int:pk>/switch/", rules.switch, name="switch_rule"),
    path("rules/<int:pk>/shift/", rules.shift, name="shift_rule"),
    path("rules/<int:pk>/duplicate/", rules.duplicate, name="duplicate_rule"),
    path("rules/<int:pk>/delete/", rules.delete, name="delete_rule"),
    path("rules/<int:pk>/restore/", rules.restore, name="restore_rule"),
    path("mail-templates/", wordings.templates, name="templates"),
    path("mail-templates/new/", wordings.new, name="new_template"),
    path("mail-templates/<slug:code>/", wordings.template, name="template"),
    path("mail-templates/<slug:code>/reset/", wordings.reset, name="reset_template"),
]
