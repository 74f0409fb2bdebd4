from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import UnreadableFile
from people.errors import ChangedMeanwhile, ListRefused
from people.rules import EVERYWHERE
from people.services.people_lists import check_people, import_people
from people.staff_files.outcomes import Outcome


class Command(BaseCommand):
    help = "Brings in people from a CSV or XLSX file, all or nothing; run again, it changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")
        parser.add_argument("--send-links", action="store_true", help="mail the links to new accounts")

    def handle(
        self, *args: Any, file: Path, dry_run: bool = False, send_links: bool = False, **options: Any
    ) -> None:
        try:
            content = file.read_bytes()
            if dry_run:
                outcome = check_people(content=content, scope=EVERYWHERE)
            else:
                outcome = import_people(content=content, scope=EVERYWHERE, actor=None, send_links=send_links)
        except ListRefused as refused:
            outcome = refused.outcome
        except (OSError, UnreadableFile, ChangedMeanwhile) as error:
            raise CommandError(str(error)) from None
        self._print(outcome)

    def _print(self, outcome: Outcome) -> None:
        for problem in outcome.problems:
            place = _("Row %(row)s, %(column)s") % {"row": problem.row, "column": problem.column.label}
            self.stderr.write(f"{place}: {problem.text}")
        if count := outcome.problem_count:
            said = ngettext(
                "%(count)s problem: nothing can be imported yet",
                "%(count)s problems: nothing can be imported yet",
                count,
            )
            raise CommandError(said % {"count": count})
        self.stdout.write(
            _("%(new)d new, %(changed)d changed, %(unchanged)d unchanged.")
            % {"new": outcome.new, "changed": outcome.changed, "unchanged": outcome.unchanged}
        )
