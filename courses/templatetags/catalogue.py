"""What is known of a course, put into words."""

from collections.abc import Iterable

from django import template
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _

from core.templatetags.traject import duration
from courses.enums import Audience, CourseKind, Obligation
from courses.models import Course, CourseVersion

register = template.Library()


@register.simple_tag
def course_facts(course: Course) -> list[tuple[str, str]]:
    """Terms and values for the facts of a course; an empty value is to be confirmed."""
    version = course.current_version
    if version is None:
        return []
    facts = [(_("For whom"), _listed(Audience(code).label for code in version.audiences))]
    if course.kind != CourseKind.INFORMATION:
        facts += [
            (_("Length"), duration(version.minutes)),
            (_("Group"), group_size(version)),
            (
                _("Languages"),
                _listed(get_language_info(code)["name_translated"] for code in version.languages),
            ),
            (_("Certificate"), version.get_certificate_policy_display()),
        ]
        if version.valid_months:
            facts.append((_("Valid for"), _months(version.valid_months)))
    if course.cycle_months:
        facts.append((_("How often"), _("every %(period)s") % {"period": _months(course.cycle_months)}))
    facts.append((_("Given by"), str(course.provider.name) if course.provider else ""))
    return facts


@register.filter
def group_size(version: CourseVersion) -> str:
    """From how many to how many people a group holds."""
    low, high = version.capacity_min, version.capacity_max
    if low and high:
        return _("%(low)d–%(high)d people") % {"low": low, "high": high}
    if high:
        return _("up to %(high)d people") % {"high": high}
    return ""


@register.filter
def obligation_text(version: CourseVersion) -> str:
    """Voluntary or not, and for whom it is mandatory."""
    words = str(version.get_obligation_display())
    audiences = [Audience(row.audience).label for row in version.mandatory_for.all()]
    if not audiences:
        return words
    mandatory = _("mandatory for %(audiences)s") % {"audiences": _listed(audiences)}
    return mandatory if version.obligation == Obligation.DESIGNATED else f"{words} · {mandatory}"


def _months(months: int) -> str:
    if months % 12 == 0:
        years = months // 12
        return ngettext("%(count)d year", "%(count)d years", years) % {"count": years}
    return ngettext("%(count)d month", "%(count)d months", months) % {"count": months}


def _listed(words: Iterable[object]) -> str:
    return ", ".join(str(word) for word in words)
