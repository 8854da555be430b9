#!/usr/bin/env python3
"""The one command: makes its own environment on the first start, then runs Django's and Tandem's commands inside it."""

import os
import runpy
import sys
from pathlib import Path


def main() -> None:
    # By path, not by import: importing the psa package needs Celery, which may not be there yet.
    runpy.run_path(str(Path(__file__).resolve().parent / "psa" / "bootstrap.py"))["ensure"](sys.argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "psa.settings")
    # After the line above, since only then is Django there to be imported.
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
