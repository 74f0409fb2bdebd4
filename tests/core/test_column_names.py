"""The pages name the columns of a file in the reader's language: each of those names must be read."""

from collections.abc import Mapping

import pytest
from django.db.models import TextChoices
from django.utils import translation

from core.tables.headers import folded
from enrolment.history.columns import COLUMNS as HISTORY
from people.staff_files.columns import NAMES as PEOPLE
from reporting.headcount_files import COLUMNS as HEADCOUNTS


@pytest.mark.parametrize("language", ["nl", "fr", "de", "en"])
@pytest.mark.parametrize("names", [HISTORY, PEOPLE, HEADCOUNTS], ids=["history", "people", "headcounts"])
def test_a_column_is_read_under_the_name_that_its_page_shows(
    names: Mapping[str, TextChoices], language: str
) -> None:
    columns = set(names.values())
    with translation.override(language):
        unread = [str(column.label) for column in columns if names.get(folded(str(column.label))) != column]
    assert unread == []
