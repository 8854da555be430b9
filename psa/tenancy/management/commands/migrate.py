"""`manage.py migrate` as Django's; the two commands have to agree on how changes are found."""

from django.core.management.commands.migrate import Command as Migrate

from psa.tenancy.management.commands.makemigrations import Autodetector


class Command(Migrate):
    autodetector = Autodetector
