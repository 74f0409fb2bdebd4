"""The Celery application: queues and what beat starts."""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging, task_postrun, task_prerun

from core.logs import work_id

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("traject", task_cls="core.outage:Task")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# It queues messages, and so stands above the tasks that send them.
app.autodiscover_tasks(["notifications"], related_name="activation")


@setup_logging.connect
def keep_django_s_logging(**kwargs: Any) -> None:
    """Celery sets up its own only where nobody answers this signal."""


@task_prerun.connect
def name_the_task(task_id: str, **kwargs: Any) -> None:
    work_id.set(task_id)


@task_postrun.connect
def forget_the_task(**kwargs: Any) -> None:
    work_id.set("")


# The schedule is static: every job looks in the database for what is due, so that a tick
# that is lost, late or doubled changes nothing. A tick that nobody worked off is worth nothing later.
app.conf.beat_schedule = {
    "deliver-due-messages": {
        "task": "notifications.tasks.deliver_due_messages",
        "schedule": 30.0,
        "options": {"expires": 600},
    },
    "purge-old-messages": {
        "task": "notifications.tasks.purge_old_messages",
        "schedule": crontab(minute=20, hour=3),
        "options": {"expires": 600},
    },
    "forget-ended-sessions": {
        "task": "people.tasks.forget_ended_sessions",
        "schedule": crontab(minute=10, hour=3),
        "options": {"expires": 600},
    },
    "queue-session-reminders": {
        "task": "enrolment.tasks.queue_session_reminders",
        "schedule": crontab(minute="*/15", hour="7-20"),
        "options": {"expires": 600},
    },
    "queue-approval-reminders": {
        "task": "enrolment.tasks.queue_approval_reminders",
        "schedule": crontab(minute=5, hour="8-11", day_of_week="mon-fri"),
        "options": {"expires": 600},
    },
    "queue-new-dates": {
        "task": "enrolment.tasks.queue_new_dates",
        "schedule": crontab(minute=55, hour="8-18"),
        "options": {"expires": 600},
    },
    "queue-step-reminders": {
        "task": "tracks.tasks.queue_step_reminders",
        "schedule": crontab(minute=25, hour="8-11"),
        "options": {"expires": 600},
    },
    "queue-academy-digests": {
        "task": "tracks.tasks.queue_academy_digests",
        "schedule": crontab(minute=35, hour="7-10", day_of_week="mon"),
        "options": {"expires": 600},
    },
    "expire-offers": {
        "task": "enrolment.tasks.expire_offers",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "release-reserved-seats": {
        "task": "enrolment.tasks.release_reserved_seats",
        "schedule": crontab(minute=5),
        "options": {"expires": 600},
    },
    "fill-free-seats-from-queues": {
        "task": "enrolment.tasks.fill_free_seats_from_queues",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 600},
    },
    "decide-due-sessions": {
        "task": "enrolment.tasks.decide_due_sessions",
        "schedule": crontab(minute=0),
        "options": {"expires": 600},
    },
    "queue-aftercare": {
        "task": "attendance.tasks.queue_aftercare",
        "schedule": crontab(minute=35, hour="9-18"),
        "options": {"expires": 600},
    },
    "close-finished-programmes": {
        "task": "attendance.tasks.close_finished_programmes",
        "schedule": crontab(minute=50),
        "options": {"expires": 600},
    },
    "queue-account-activations": {
        "task": "notifications.activation.queue_account_activations",
        "schedule": 60.0,
    },
    "resume-staff-imports": {
        "task": "people.tasks.resume_staff_imports",
        "schedule": crontab(minute="*/10"),
    },
    "drop-stale-staff-imports": {
        "task": "people.tasks.drop_stale_staff_imports",
        "schedule": crontab(minute=35),
    },
    "drop-stale-history-files": {
        "task": "enrolment.tasks.drop_stale_history_files",
        "schedule": crontab(minute=40),
        "options": {"expires": 600},
    },
    "free-bookings-of-leavers": {
        "task": "enrolment.tasks.free_bookings_of_leavers",
        "schedule": crontab(minute=40, hour=2),
        "options": {"expires": 600},
    },
    "audit-seats": {
        "task": "enrolment.tasks.audit_seats",
        "schedule": crontab(minute=45, hour=3),
        "options": {"expires": 600},
    },
    "forget-what-is-private": {
        "task": "enrolment.tasks.forget_what_is_private",
        "schedule": crontab(minute=5, hour=1),
        "options": {"expires": 600},
    },
    "issue-missing-certificates": {
        "task": "certificates.tasks.issue_missing_certificates",
        "schedule": crontab(minute="5-59/10"),
        "options": {"expires": 600},
    },
}
