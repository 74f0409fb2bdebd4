import json
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrolment.services.auditing import MOST_IDS, Finding, audit, faults_of

# Of the longest code and the largest number that anybody reads.
CODE_WIDTH, COUNT_WIDTH = 16, 8


class Command(BaseCommand):
    help = "Proves that seats, queues and learning records are as they must be; reads only. Faults: status 1."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for a program to read")
        parser.add_argument("--ids", type=int, default=MOST_IDS, help="how many of each fault are named")

    def handle(self, *args: Any, ids: int, **options: Any) -> None:
        findings = audit(most_ids=max(ids, 0))
        if options["json"]:
            self.stdout.write(json.dumps({each.fault: each.as_json() for each in findings}, indent=2))
        else:
            self._print(findings)
        if faults_of(findings):
            count = sum(finding.count for finding in findings)
            raise CommandError(ngettext("%(count)d fault", "%(count)d faults", count) % {"count": count})

    def _print(self, findings: Sequence[Finding]) -> None:
        self._print_row(_("Found"), _("Code"), _("Fault"))
        for finding in findings:
            self._print_row(finding.count, finding.fault, capfirst(str(finding.fault.label)))
            for public_id in finding.public_ids:
                self.stdout.write(f"{'':{COUNT_WIDTH}}  {public_id}")

    def _print_row(self, count: int | str, code: str, text: str) -> None:
        self.stdout.write(f"{count:>{COUNT_WIDTH}}  {code:{CODE_WIDTH}}  {text}")
