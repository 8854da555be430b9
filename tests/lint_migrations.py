"""Whether any migration would lock a big table, lose data, or break the release that still runs beside it.

Run as a program by `manage.py test`; the linter is a part of the development lock only, so it is no installed app.
"""

import os
import sys

import django
from django.conf import settings
from django_migration_linter import MigrationLinter

OWN_APPS = [
    "tenancy",
    "journal",
    "lanes",
    "timers",
    "mail",
    "directory",
    "tickets",
    "outsourcing",
    "workflows",
    "billing",
]


def main() -> int:
    """0 when every migration of our own is safe; prints what is not."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "psa.settings")
    django.setup()
    linter = MigrationLinter(
        path=str(settings.BASE_DIR),
        include_apps=OWN_APPS,
        no_cache=True,
        quiet=["ok", "ignore", "warning"],
        ignore_initial_migrations=True,
    )
    linter.lint_all_migrations()
    linter.print_summary()
    return 1 if linter.has_errors else 0


if __name__ == "__main__":
    sys.exit(main())
