"""What figures say in words, the same on the page and in the files."""

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from people.enums import Role
from reporting.figures import BEFORE, Count, CourseFigures, Figures
from reporting.suppression import SENSITIVE_STEP, SENSITIVE_THRESHOLD, THRESHOLD

RIGHTS = {
    Role.HR: gettext_lazy(
        "You may read what your own people completed, so all of it is counted here. Of people who have left, "
        "small figures are suppressed."
    ),
    Role.COORDINATOR: gettext_lazy(
        "You may read what is mandatory for your aspirants, so all of that is counted here. In what is "
        "voluntary, and of people who have left, small figures are suppressed."
    ),
    Role.CHIEF: gettext_lazy("You see figures and nobody's record, so small figures are suppressed."),
}


def sentence(figures: Figures, chosen: CourseFigures) -> str:
    """The figures of a course in one sentence."""
    words = {
        "completed": chosen.total.completed,
        "people": chosen.total.people,
        "organisation": figures.view.organisation.name,
        "course": chosen.version.title,
    }
    if not chosen.has_reach:
        return _("%(course)s at %(organisation)s") % words
    if chosen.total.share is None:
        return _("Too few people at %(organisation)s to say how many have completed %(course)s") % words
    if figures.view.is_of_school:
        return (
            _("%(completed)d of %(people)d aspirants of %(organisation)s have completed %(course)s") % words
        )
    return _("%(completed)d of %(people)d people of %(organisation)s have completed %(course)s") % words


def count_text(count: Count, threshold: int = THRESHOLD) -> str:
    """A count of people, or the word in its place."""
    if count is None:
        return _("suppressed (n<%(threshold)d)") % {"threshold": threshold}
    return str(count)


def year_text(year: int, first: int) -> str:
    return _("before %(year)d") % {"year": first} if year == BEFORE else str(year)


def history_columns(figures: Figures, year: int | None) -> list[tuple[str, int]]:
    """Heading and place of the columns of a history in a period; those of all years end with the total."""
    columns = [
        (text, place)
        for place, (text, known) in enumerate(zip(years_text(figures), figures.years, strict=True))
        if year in (None, known)
    ]
    return columns if year is not None else [*columns, (_("All years"), len(columns))]


def years_text(figures: Figures) -> list[str]:
    return [year_text(year, figures.years[1]) for year in figures.years]


def definitions(figures: Figures) -> list[str]:
    """What is counted, and what isn't shown."""
    words = {"threshold": THRESHOLD, "sensitive": SENSITIVE_THRESHOLD, "step": SENSITIVE_STEP}
    lines = [
        _(
            "Completed: people of today who hold a valid completion, wherever they followed the training. "
            "Each counts once."
        ),
        _("Reach: completed, divided by the people of today for whom the training is meant."),
        _("People: as HR counted them last in each cadre; where nobody did, those who are on this platform."),
        _(
            "Exempt: people who need not follow a mandatory training; they are taken off before the reach is "
            "computed. Where small figures are suppressed, fewer than %(threshold)d of them count as to do."
        ),
        _(
            "By year: people who completed the training while they belonged to the organisation, or to one "
            "that went on in it. Each counts once a year."
        ),
        RIGHTS[figures.view.role],
        _(
            "Suppressed (n<%(threshold)d): fewer than %(threshold)d people, or a figure from which such "
            "a one would follow."
        ),
        _(
            "Sensitive trainings are counted together, by organisation and year, rounded to %(step)d; under "
            "%(sensitive)d people nothing is shown. No filter changes that."
        ),
    ]
    return [str(line) % words for line in lines]


def made_on(figures: Figures) -> str:
    organisation = figures.view.organisation
    return _("%(organisation)s (%(code)s), %(day)s") % {
        "organisation": organisation.name,
        "code": organisation.code,
        # Translators: a day, a month in words and a year, in Django's date format letters.
        "day": formats.date_format(figures.on, pgettext("date format", "j F Y")),
    }
