"""The Celery application: workers only nudge and sweep; what is to be done stands in the database."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init

from psa import checks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "psa.settings")  # read by Celery when the application is made

app = Celery("tandem")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def refuse_unsafe_role(**_: Any) -> None:
    """A worker of a production installation does not start with a database role that row-level security ignores."""
    try:
        checks.refuse_unsafe_role()
    except Exception as reason:  # of a signal's receiver Celery only logs; it does heed an exit
        raise SystemExit(f"The worker does not start: {reason}") from reason
