"""The WSGI entry for gunicorn and waitress."""

import os

from django.core.wsgi import get_wsgi_application

from psa import checks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "psa.settings")
application = get_wsgi_application()
checks.refuse_unsafe_role()
