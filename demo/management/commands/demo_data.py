from typing import Any

from django.core.management.base import BaseCommand

from demo.data import build
from enrolment.services.auditing import audit_and_keep


class Command(BaseCommand):
    help = "Makes the demo's people and sessions; run again, it changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        made = build()
        if made:
            # As the first night will.
            audit_and_keep()
        self.stdout.write("The demo's data is made." if made else "The demo's data is there already.")
