"""Acts in a process of its own: ``python -m tests.concurrency.process ACT ID...``.

It says that it is ready, waits for a line, does all at one instant, and prints the outcomes as JSON.
"""

import json
import sys
from collections.abc import Callable
from functools import partial

import django


def main(name: str, *ids: str) -> None:
    django.setup()
    # They need models, which need the settings.
    from tests.concurrency.conftest import together

    acts = [partial(_acts()[name], *map(int, each.split(":"))) for each in ids]
    print("ready", flush=True)  # noqa: T201
    if sys.stdin.readline() != "go\n":
        return
    print(json.dumps([str(outcome) for outcome in together(*acts)]))  # noqa: T201


def _acts() -> dict[str, Callable[..., object]]:
    from courses.models import Session
    from enrolment.models import Offer
    from enrolment.services.booking import enrol
    from enrolment.services.offers import expire_offer
    from people.models import User

    def sign_up(session: int, learner: int) -> str:
        person = User.objects.get(pk=learner)
        return enrol(session=Session.objects.get(pk=session), learner=person, actor=person).status

    def expire(offer: int) -> str:
        return expire_offer(offer=Offer.objects.select_related("enrolment").get(pk=offer)).status

    return {"sign_up": sign_up, "expire": expire}


if __name__ == "__main__":
    main(*sys.argv[1:])
