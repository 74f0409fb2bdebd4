"""What is forgotten about people without anybody asking."""

from importlib import import_module

from celery import shared_task
from django.conf import settings


@shared_task
def forget_ended_sessions() -> None:
    """Delete the sign-ins that are over; Django keeps each for ever otherwise, with who it was."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
