from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.catalogue.reading import CatalogueFileError, read_catalogue
from courses.services.catalogue import Fate, Outcome, load_catalogue

FATES = {
    Fate.CREATED: gettext_lazy("created"),
    Fate.UPDATED: gettext_lazy("updated"),
    Fate.UNCHANGED: gettext_lazy("unchanged"),
    Fate.EDITED_BY_HAND: gettext_lazy("skipped, edited by hand"),
    Fate.NOT_IN_FILE: gettext_lazy("left as it is, no longer in the file"),
}
# The fates of which somebody may have to do something.
NAMED = {Fate.EDITED_BY_HAND, Fate.NOT_IN_FILE}


class Command(BaseCommand):
    help = "Loads the catalogue from a reviewed file; run again, it changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            report = load_catalogue(catalogue=read_catalogue(file))
        except CatalogueFileError as error:
            raise CommandError(str(error)) from None
        self._print(_("Providers"), report.providers)
        self._print(_("Courses"), report.courses)
        self._print(_("Tracks"), report.tracks)

    def _print(self, title: str, outcome: Outcome) -> None:
        self.stdout.write(title)
        for fate, label in FATES.items():
            slugs = outcome[fate]
            names = f": {', '.join(slugs)}" if slugs and fate in NAMED else ""
            self.stdout.write(f"{len(slugs):5} {label}{names}")
