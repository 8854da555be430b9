"""The project's settings with one more kind of event, timer and listener: the crash tests' own."""

from psa.settings import *  # noqa: F403

CELERY_INCLUDE = ["tests.hostile.effects"]
