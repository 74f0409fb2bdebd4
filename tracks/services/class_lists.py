"""Lists of classes: imported as every list of people is; their classes are founded with them."""

from django.db import transaction

from core.models import AuditEntry
from people.enums import ImportStatus
from people.models import Intake, StaffImport, User
from people.services.staff_imports import check_list, confirm_list, receive_list, run_import
from tracks.errors import ListTooLong
from tracks.models import Cohort

# The page waits for it.
MOST_ROWS = 2_000


@transaction.atomic
def receive_class_list(*, content: bytes, intake: Intake, uploader: User) -> StaffImport:
    """Keep a list of a school's classes, checked, until it is confirmed.

    Raises UnreadableFile, or ListTooLong.
    """
    received = receive_list(content=content, uploader=uploader, intake=intake)
    if received.rows > MOST_ROWS:
        raise ListTooLong
    check_list(staff_import=received)
    return received


@transaction.atomic
def import_class_list(*, class_list: StaffImport, send_links: bool) -> StaffImport:
    """Bring the people in and found the classes that aren't there yet; a second call does nothing.

    What isn't as it was at the preview is found again, and then nothing is written.
    """
    if confirm_list(staff_import=class_list, send_links=send_links):
        run_import(staff_import=class_list)
    class_list.refresh_from_db()
    # Back where it was, if somebody changed the same people meanwhile; else this does nothing.
    check_list(staff_import=class_list)
    if class_list.status == ImportStatus.DONE and class_list.intake:
        found_classes(intake=class_list.intake, names=list(class_list.classes), actor=class_list.uploaded_by)
    return class_list


@transaction.atomic
def found_classes(*, intake: Intake, names: list[str], actor: User | None) -> list[Cohort]:
    """The classes of an intake, made where they are new, with the last day that is known now."""
    founded = []
    for name in sorted(names):
        cohort, is_new = Cohort.objects.get_or_create(
            school=intake.school, name=name, starts_on=intake.starts_on, defaults={"ends_on": intake.ends_on}
        )
        if is_new:
            AuditEntry.record(action="cohort.founded", subject=cohort, actor=actor)
        elif intake.ends_on and cohort.ends_on != intake.ends_on:
            cohort.ends_on = intake.ends_on
            cohort.save(update_fields=["ends_on"])
            AuditEntry.record(action="cohort.last_day_set", subject=cohort, actor=actor)
        founded.append(cohort)
    return founded
