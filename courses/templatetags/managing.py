"""The second navigation of those who keep the offer in order."""

from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.translation import gettext_lazy

from courses.catalogue.content import missing_languages
from people.enums import Role

register = template.Library()

register.filter(missing_languages)

TABS = (
    ("enrolment:manage_sessions", gettext_lazy("Sessions")),
    ("enrolment:manage_programmes", gettext_lazy("Programmes")),
    ("enrolment:awaited", gettext_lazy("Demand")),
    ("courses:courses", gettext_lazy("Courses")),
    ("courses:trainers", gettext_lazy("Trainers")),
    ("courses:venues", gettext_lazy("Venues")),
    ("courses:providers", gettext_lazy("Providers")),
)


@register.simple_tag(takes_context=True)
def manage_tabs(context: Context) -> list[dict[str, Any]]:
    """The lists that a catalogue manager keeps; the page below one of them marks it too."""
    request = context["request"]
    path = request.path
    tabs = [{"label": label, "url": reverse(name)} for name, label in TABS]
    if request.user.has_role(Role.CATALOGUE_MANAGER):
        # For the organisers alone: not for the platform's administrators, nor for partners.
        tabs.insert(2, {"label": gettext_lazy("Exceptions"), "url": reverse("enrolment:exceptions")})
    return [tab | {"current": path.startswith(str(tab["url"]))} for tab in tabs]
