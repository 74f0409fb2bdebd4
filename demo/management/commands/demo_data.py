from typing import Any

from django.core.management.base import BaseCommand

from demo.data import build


class Command(BaseCommand):
    help = "Makes the demo's people and sessions; run again, it changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        made = build()
        self.stdout.write("The demo's data is made." if made else "The demo's data is there already.")
