"""The search of the courses, and hiding a title."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.enums import Language
from core.forms import Filter, SearchField
from courses.enums import Topic
from courses.models import CourseVersion
from courses.querysets.catalogue import CourseQuerySet


class CourseSearch(Filter):
    """Which courses to list."""

    q = SearchField(label=gettext_lazy("Search"))
    topic = forms.ChoiceField(
        label=gettext_lazy("Topic"),
        required=False,
        choices=[("", gettext_lazy("All topics")), *Topic.choices],
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.is_valid()

    def apply(self, courses: CourseQuerySet) -> CourseQuerySet:
        return courses.matching(self.cleaned_data)


class HideTitleForm(forms.Form):
    """The generic title that stands in place of the title from now on, in every language."""

    def __init__(self, data: Any, *, version: CourseVersion) -> None:
        super().__init__(data)
        for language in Language:
            name = f"generic_title_{language}"
            self.fields[name] = forms.CharField(
                label=_("Generic title (%(language)s)") % {"language": language.label},
                max_length=200,
                initial=getattr(version, name),
                widget=forms.TextInput(attrs={"lang": language.value}),
            )
