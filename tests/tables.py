"""Every table at once, from the models: what migrating an empty database ends in, without its many steps.

Migrating draws all models anew at each step and takes more than a minute; this takes some seconds.
tests/hostile/test_migrations.py compares the two.
"""

import os

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command


def make() -> None:
    """Make the tables and policies in the empty database of the settings; every migration counts as applied."""
    settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}
    call_command("migrate", run_syncdb=True, verbosity=0)
    settings.MIGRATION_MODULES = {}
    call_command("migrate", fake=True, verbosity=0)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "psa.settings")
    django.setup()
    make()
