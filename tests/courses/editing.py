"""The form of a course, filled in as a browser sends it."""

from typing import Any

from django.test import Client

from courses.forms.editor import Editor
from courses.models import Course, CourseVersion

Data = dict[str, Any]

SENSITIVE = {"sensitivity": "sensitive"} | {
    f"generic_title_{language}": f"Diversity {language}" for language in ("nl", "fr", "de", "en")
}


def filled(course: Course | None = None, **changes: Any) -> Data:
    """What the form posts when it is sent as it was opened; ``changes`` by the names of the fields.

    A change to None is a box that isn't ticked, or a field that isn't sent.
    """
    read = Course.objects.with_all_content().get(pk=course.pk) if course else None
    editor = Editor(None, course=read)
    data: Data = {"based_on": editor.based_on, "show": ["nl", "fr", "de", "en"]}
    for form in [editor.course_form, editor.version_form]:
        data |= _of_form(form)
    for rows in (editor.parts, editor.prerequisites, editor.mandatory_for):
        data |= {
            f"{rows.prefix}-TOTAL_FORMS": len(rows.forms),
            f"{rows.prefix}-INITIAL_FORMS": rows.initial_form_count(),
        }
        for form in rows.forms:
            data |= _of_form(form)
    data |= changes
    return {name: value for name, value in data.items() if value is not None}


def new_course(**changes: Any) -> Data:
    """The smallest course that can be given."""
    texts = {
        f"{name}_{language}": f"{name} {language}"
        for name in ("title", "summary")
        for language in ("nl", "fr")
    }
    part = {"parts-0-title_nl": "Deel", "parts-0-title_fr": "Partie", "parts-0-minutes": "120"}
    rules = {
        "slug": "new-course",
        "kind": "training",
        "topic": "prejudice",
        "audiences": ["all_staff"],
        "obligation": "voluntary",
        "certificate_policy": "full",
        "counts_as_training": "on",
    }
    return filled() | texts | part | rules | changes


def page_of(course: Course) -> str:
    return f"/manage/courses/{course.slug}/edit/"


def save(desk: Client, course: Course, **changes: Any) -> Any:
    return desk.post(page_of(course), filled(course, **changes) | {"save": ""})


def current(course: Course) -> CourseVersion:
    version = Course.objects.get(pk=course.pk).current_version
    assert version is not None
    return version


def told(response: Any) -> dict[str, str]:
    return {problem.anchor: problem.message for problem in response.context["editor"].problems}


def _of_form(form: Any) -> Data:
    values = {form.add_prefix(name): form[name].value() for name in form.fields}
    return {
        name: str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        for name, value in values.items()
        if value is not None and value is not False
    }
