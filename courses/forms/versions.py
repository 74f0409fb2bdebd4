"""The forms of a course: its place in the catalogue, its texts in four languages, its rules, its rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.enums import Language
from courses.catalogue.changes import OF_COURSE
from courses.catalogue.content import TEXTS
from courses.catalogue.schema import SLUG
from courses.catalogue.stored import RULES, SET_ON_PAGES
from courses.enums import Audience, CourseKind, Obligation, Sensitivity
from courses.forms.trainers import day_input
from courses.models import Course, CourseVersion, Equivalence, MandatoryAudience, Part, Prerequisite

# The two languages in which every course speaks; the others follow when they are translated.
NEEDED = (Language.NL, Language.FR)
NEEDED_TEXTS = ("title", "summary")
# It stands where the slug of a course would.
RESERVED_SLUGS = frozenset({"new"})
RATING = ("quoted_reach", "quoted_recurring", "quoted_source")
LONG_TEXTS = frozenset(
    {"description", "outcomes", "for_whom", "before", "after", "consent_text", "aftercare"}
)


# Which fields stand under which heading of the page.
GROUPS = {
    "audience": ("audiences", "obligation"),
    "given": (
        "languages",
        "capacity_min",
        "capacity_max",
        "min_assistants",
        "early_exit_allowed",
        "approval_required",
        "members_only",
    ),
    "consent": ("consent_required", "aftercare_contact"),
    "yields": (
        "certificate_policy",
        "valid_months",
        "recognition_number",
        "counts_as_training",
        "counts_for_pay_scale",
    ),
    "sensitive": ("sensitivity",),
}
TEXT_GROUPS = {
    "texts": ("title", "summary", "description", "outcomes", "for_whom", "before", "after"),
    "generic": ("generic_title",),
    "consent": ("consent_text", "aftercare"),
}


@dataclass(frozen=True)
class Translations:
    """One text with its fields, a language each."""

    label: str
    hint: str
    fields: list[tuple[Language, forms.BoundField]]
    # Languages in which it lacks while another one has it.
    missing: list[Language]


def translations(form: Any, name: str) -> Translations:
    """A text of a form in all languages; what is missing is told by what is stored or typed."""
    column: Any = form._meta.model._meta.get_field(f"{name}_{Language.NL}")
    fields = [(language, form[f"{name}_{language}"]) for language in Language]
    filled = {language for language, field in fields if str(field.value() or "").strip()}
    missing = [language for language in Language if filled and language not in filled]
    return Translations(str(capfirst(column.verbose_name)), str(column.help_text), fields, missing)


class CourseForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is said of a course as a whole; changed in place."""

    class Meta:
        model = Course
        fields = ("slug", "kind", *OF_COURSE)
        labels = {"slug": gettext_lazy("Address in the catalogue")}
        help_texts = {
            "slug": gettext_lazy(
                "Small letters, digits and hyphens. It never changes: people keep the link."
            ),
            "kind": gettext_lazy("It never changes: make another course instead."),
            "cycle_months": gettext_lazy("How often it is due to be given."),
            "position": gettext_lazy("A smaller number stands higher in the catalogue."),
            "quoted_source": gettext_lazy(
                "A rating that a source gives; both figures and the source, or none."
            ),
        }

    def __init__(self, data: Any, *, instance: Course, courses: Sequence[Course]) -> None:
        super().__init__(data, instance=instance)
        if instance.pk:
            del self.fields["slug"], self.fields["kind"]
        others = [course for course in courses if course.pk != instance.pk]
        _offer(self.fields["programme"], [c for c in others if c.kind == CourseKind.PROGRAMME])
        _offer(self.fields["renews"], others)

    @property
    def rating(self) -> list[forms.BoundField]:
        return [self[name] for name in RATING]

    @property
    def place(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in RATING]

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if not re.fullmatch(SLUG, slug) or slug in RESERVED_SLUGS:
            raise ValidationError(_("Small letters, digits and single hyphens only, as in “unia-law”."))
        return slug

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        rating = [data.get("quoted_reach"), data.get("quoted_recurring"), data.get("quoted_source") or None]
        if any(value is not None for value in rating) and None in rating:
            self.add_error("quoted_source", _("Give both figures and their source, or none of the three."))
        for name in ("quoted_reach", "quoted_recurring"):
            if (data.get(name) or 0) > 4:
                self.add_error(name, _("The figure is out of 4."))
        return data


class VersionForm(forms.ModelForm):  # type: ignore[type-arg]
    """The texts and rules of a version."""

    audiences = forms.MultipleChoiceField(
        label=gettext_lazy("audiences"), choices=Audience.choices, widget=forms.CheckboxSelectMultiple
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("languages"),
        choices=Language.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("In which sessions can be given; none means: to be confirmed."),
    )

    class Meta:
        model = CourseVersion
        fields = (
            *(f"{name}_{language}" for name in TEXTS for language in Language.values),
            *RULES,
            *SET_ON_PAGES,
        )
        widgets = {"obligation": forms.RadioSelect, "sensitivity": forms.RadioSelect}

    def __init__(self, data: Any, *, instance: CourseVersion) -> None:
        super().__init__(data, instance=instance)
        for name, choices in (("obligation", Obligation), ("sensitivity", Sensitivity)):
            # Without the blank one that a list would begin with.
            cast(Any, self.fields[name]).choices = choices.choices
        for name in ("audiences", "languages"):
            self.fields[name].label = capfirst(self.fields[name].label or "")
        for name in TEXTS:
            for language in Language:
                field = self.fields[f"{name}_{language}"]
                field.label = f"{capfirst(field.label or '')} ({language.label})"
                field.required = name in NEEDED_TEXTS and language in NEEDED
                field.widget.attrs |= {"lang": language.value}
                if isinstance(field.widget, forms.Textarea):
                    field.widget.attrs["rows"] = 8 if name in LONG_TEXTS else 3

    @property
    def groups(self) -> dict[str, list[forms.BoundField]]:
        return {group: [self[name] for name in names] for group, names in GROUPS.items()}

    @property
    def text_groups(self) -> dict[str, list[Translations]]:
        return {group: [translations(self, name) for name in names] for group, names in TEXT_GROUPS.items()}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("sensitivity") == Sensitivity.SENSITIVE:
            # Without one in the reader's language another's would do, but nobody wrote that for them.
            self._need("generic_title", _("A sensitive course needs a generic title, in every language."))
        if data.get("consent_required"):
            # One consents to what one has understood.
            self._need("consent_text", _("A course that asks for consent needs its text, in every language."))
            if data.get("obligation") != Obligation.NEVER_MANDATORY:
                self.add_error("obligation", _("A course that asks for consent is always voluntary."))
            if data.get("approval_required"):
                self.add_error("approval_required", _("Nobody approves what each consents to alone."))
        return data

    def _need(self, name: str, message: str) -> None:
        for language in Language.values:
            if not self.cleaned_data.get(f"{name}_{language}"):
                self.add_error(f"{name}_{language}", message)


class PartForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Part
        fields = (*Part.title.fields, "minutes", "optional")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for language in Language:
            field = self.fields[f"title_{language}"]
            field.label = f"{capfirst(field.label or '')} ({language.label})"
            field.required = language in NEEDED
            field.widget.attrs["lang"] = language.value

    # What stands beside the title.
    plain = ("minutes", "optional", "ORDER", "DELETE")

    @property
    def title(self) -> Translations:
        return translations(self, "title")


class PrerequisiteForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Prerequisite
        fields = ("course", "required")

    def __init__(self, *args: Any, courses: Sequence[Course], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["course"], courses)


class MandatoryForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = MandatoryAudience
        fields = ("audience", "valid_from", "legal_reference")
        widgets = {"valid_from": day_input()}


class EquivalenceForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Equivalence
        fields = ("equivalent", "valid_from", "valid_until", "legal_reference")
        widgets = {"valid_from": day_input(), "valid_until": day_input()}

    def __init__(self, *args: Any, courses: Sequence[Course], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["equivalent"], courses)


class Rows(forms.BaseFormSet):  # type: ignore[type-arg]
    """Rows that are written anew when the course is saved."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("Remove it")
        if self.can_order:
            form.fields["ORDER"].label = capfirst(_("position"))

    @property
    def stored(self) -> list[Any]:
        """The forms of rows that stand already."""
        return self.forms[: self.initial_form_count()]

    @property
    def blank(self) -> list[Any]:
        """The forms in which rows can be added."""
        return self.forms[self.initial_form_count() :]

    @property
    def rows(self) -> list[Any]:
        """What is to be kept, unsaved, in its order."""
        kept = [form for form in self.stored if form not in self.deleted_forms]
        kept += [form for form in self.blank if form.has_changed() and form not in self.deleted_forms]
        if self.can_order:
            kept.sort(key=lambda form: form.cleaned_data.get("ORDER") or len(self.forms))
        return [form.instance for form in kept]


PartRows = forms.formset_factory(PartForm, formset=Rows, extra=3, can_delete=True, can_order=True)
PrerequisiteRows = forms.formset_factory(PrerequisiteForm, formset=Rows, extra=2, can_delete=True)
MandatoryRows = forms.formset_factory(MandatoryForm, formset=Rows, extra=2, can_delete=True)


class StoredRows(Rows, forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """Rows that are each saved by itself."""


EquivalenceRows = forms.inlineformset_factory(
    Course,
    Equivalence,
    form=EquivalenceForm,
    formset=StoredRows,
    fk_name="course",
    extra=2,
    can_delete=True,
)


def _offer(field: Any, courses: Sequence[Course]) -> None:
    """Offer courses by their title, read once for all fields that do."""
    field.queryset = Course.objects.filter(pk__in=[course.pk for course in courses])
    offered = sorted(
        (str(course.current_version.title), course.pk) for course in courses if course.current_version
    )
    field.widget.choices = [("", _("None")), *((pk, title) for title, pk in offered)]
