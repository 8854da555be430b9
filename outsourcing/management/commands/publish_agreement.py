"""`manage.py publish_agreement`: the operator publishes the next version of the outsourcing agreement."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import BaseCommand

from outsourcing.services import agreement


class Command(BaseCommand):
    help = "Publish the next version of the outsourcing agreement; companies are asked again before their next offer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "texts", nargs="+", metavar="language=file", help="de=agreement.de.txt: the title, an empty line, the text"
        )

    def handle(self, *args: Any, texts: list[str], **options: Any) -> None:
        version = agreement.publish(dict(map(read, texts)))
        self.stdout.write(f"Version {version} of the agreement is published in {len(texts)} languages.")


def read(argument: str) -> tuple[str, tuple[str, str]]:
    """The language and, out of the file, title and text. Raises CommandError with one plain sentence."""
    language, _, name = argument.partition("=")
    if language not in dict(settings.LANGUAGES):
        raise CommandError(f"{argument}: write the language first, for example en=agreement.en.txt.")
    try:
        title, _, text = Path(name).read_text(encoding="utf-8").strip().partition("\n\n")
    except (OSError, UnicodeError) as error:
        raise CommandError(f"{name} cannot be read as a text file in UTF-8.") from error
    if not text.strip():
        raise CommandError(f"{name}: the title, an empty line, then the text.")
    return language, (title.strip(), text.strip() + "\n")
