"""What other floors tell: a completion was recorded or superseded."""

from typing import Any

from django.dispatch import receiver

from certificates.tasks import settle_soon
from enrolment.signals import completion_changed


@receiver(completion_changed, dispatch_uid="certificates.settle")
def settle(*, completion_id: int, **_kwargs: Any) -> None:
    settle_soon(completion_id)
