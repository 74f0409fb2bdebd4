"""Small filters for texts."""

import pytest
from django.utils.translation import gettext_lazy

from core.templatetags.traject import unbroken_times


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Monday · 13:00–17:00 · A", 'Monday · <span class="nowrap">13:00–17:00</span> · A'),
        ("<b> · 08:30–11:30", '&lt;b&gt; · <span class="nowrap">08:30–11:30</span>'),
        ("<b> & 2026–2027", "&lt;b&gt; &amp; 2026–2027"),
        (gettext_lazy("Waiting for a seat"), "Waiting for a seat"),
    ],
)
def test_hours_stay_on_one_line_and_nothing_slips_through(text: str, shown: str) -> None:
    assert unbroken_times(text) == shown
