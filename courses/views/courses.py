"""The courses as catalogue managers keep them: the list, the form, the versions."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from core.counting import number_of
from core.enums import Language
from core.errors import DomainError
from courses.catalogue.changes import changes
from courses.catalogue.content import Content
from courses.errors import EditedMeanwhile, SlugTaken
from courses.forms.courses import CourseSearch, HideTitleForm
from courses.forms.editor import Editor
from courses.forms.versions import EquivalenceRows
from courses.models import Course, CourseVersion
from courses.services.equivalences import save_equivalences
from courses.services.versions import (
    create_course,
    delete_course,
    edit_course,
    hide_title,
    is_in_use,
)
from courses.views.access import for_catalogue_managers
from people.http import SignedInRequest


@login_required
@for_catalogue_managers
def courses(request: SignedInRequest) -> HttpResponse:
    """All courses, with what their texts lack."""
    form = CourseSearch(request.GET)
    return render(
        request, "courses/courses.html", {"form": form, "courses": form.apply(Course.objects.with_text())}
    )


@login_required
@for_catalogue_managers
def manage_course(request: SignedInRequest, slug: str) -> HttpResponse:
    """One course: what it lacks, and its versions."""
    course = get_object_or_404(Course.objects.with_text(), slug=slug)
    versions = course.versions.annotate(
        number_of_sessions=number_of(CourseVersion, "sessions"),
        number_of_completions=number_of(CourseVersion, "completions", superseded_at=None),
    ).order_by("-number")
    is_used = any(each.number_of_sessions or each.number_of_completions for each in versions)
    context = {
        "course": course,
        "versions": versions,
        "is_used": is_used,
        "equivalences": course.equivalences.select_related("equivalent__current_version"),
    }
    return render(request, "courses/manage_course.html", context)


@login_required
@for_catalogue_managers
def version(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """What a version changed from the one before."""
    course = get_object_or_404(Course.objects.with_all_content(), slug=slug)
    versions = course.versions.prefetch_related("parts", "prerequisites", "mandatory_for")
    two = list(versions.filter(number__in=[number, number - 1]).order_by("-number"))
    if not two or two[0].number != number:
        raise Http404
    shown, before = two[0], two[1] if len(two) > 1 else None
    context = {
        "course": course,
        "shown": shown,
        "before": before,
        "changes": changes((course, Content.of(before)) if before else None, (course, Content.of(shown))),
    }
    return render(request, "courses/version.html", context)


@login_required
@for_catalogue_managers
def new_course(request: SignedInRequest) -> HttpResponse:
    """Add a course to the catalogue."""
    return _edit(request, None)


@login_required
@for_catalogue_managers
def edit(request: SignedInRequest, slug: str) -> HttpResponse:
    """A course in one form."""
    return _edit(request, get_object_or_404(Course.objects.with_all_content(), slug=slug))


@login_required
@for_catalogue_managers
def equivalences(request: SignedInRequest, slug: str) -> HttpResponse:
    """Which courses count in place of one, where that is asked for."""
    course = get_object_or_404(Course.objects.with_text(), slug=slug)
    others = list(Course.objects.listed().exclude(pk=course.pk).select_related("current_version"))
    data = request.POST if request.method == "POST" else None
    rows = EquivalenceRows(data, instance=course, form_kwargs={"courses": others})
    if data is not None and rows.is_valid():
        try:
            rows.save(commit=False)
            save_equivalences(
                course=course,
                added=rows.new_objects,
                changed=rows.changed_objects,
                removed=rows.deleted_objects,
                actor=request.user,
            )
        except EditedMeanwhile as refusal:
            rows.non_form_errors().append(str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("courses:manage_course", course.slug)
    return render(request, "courses/equivalences.html", {"course": course, "rows": rows, "form": rows})


@login_required
@for_catalogue_managers
def hide(request: SignedInRequest, slug: str) -> HttpResponse:
    """Make a course sensitive at once: its sessions show others the generic title from then on."""
    course = get_object_or_404(Course.objects.with_text(), slug=slug)
    form = HideTitleForm(request.POST or None, version=course.current_version)
    if form.is_valid():
        hide_title(course=course, generic_titles=form.cleaned_data, actor=request.user)
        messages.success(request, _("From now on others read the generic title."))
        return redirect("courses:manage_course", course.slug)
    return render(request, "courses/hide_title.html", {"course": course, "form": form})


@login_required
@for_catalogue_managers
def delete(request: SignedInRequest, slug: str) -> HttpResponse:
    """Ask once, then take a course out of the catalogue that nobody used."""
    course = get_object_or_404(Course.objects.with_text(), slug=slug)
    if request.method != "POST":
        return render(request, "courses/delete_course.html", {"course": course})
    try:
        delete_course(course=course, actor=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("courses:manage_course", course.slug)
    messages.success(request, _("The course is no longer in the catalogue."))
    return redirect("courses:courses")


def _edit(request: SignedInRequest, course: Course | None) -> HttpResponse:
    editor = Editor(request.POST if request.method == "POST" else None, course=course)
    is_valid = request.method == "POST" and editor.is_valid
    if is_valid and "save" in request.POST and (saved := _save(request, editor, course)):
        return redirect("courses:manage_course", saved.slug)
    current = course.current_version if course else None
    context = {
        "course": course,
        "current": current,
        "in_use": current is not None and is_in_use(current),
        "editor": editor,
        # The title of the page asks it for errors.
        "form": editor,
        "languages": Language,
        "shows_changes": is_valid and not editor.problems,
    }
    return render(request, "courses/edit_course.html", context)


def _save(request: SignedInRequest, editor: Editor, course: Course | None) -> Course | None:
    wanted, content = editor.wanted
    try:
        if course is None:
            saved = create_course(course=wanted, content=content, actor=request.user)
        else:
            based_on = request.POST.get("based_on", "")
            saved = edit_course(course=wanted, content=content, based_on=based_on, actor=request.user)
    except SlugTaken as refusal:
        editor.course_form.add_error("slug", str(refusal))
        return None
    except EditedMeanwhile:
        # The page tells it, beside what the form would change now.
        return None
    messages.success(request, _("Saved."))
    return saved
