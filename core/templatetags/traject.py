"""Small tags and filters that every template may use."""

import datetime as dt
import re
from collections.abc import Iterable

from django import template
from django.utils import formats, timezone
from django.utils.html import conditional_escape, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.remembered import remembered

register = template.Library()

HOURS = re.compile(r"\d\d:\d\d–\d\d:\d\d")


@register.filter(expects_localtime=True)
def day(value: dt.date | None) -> str:
    """A day with its weekday, in words: Thursday 14 January 2027."""
    if value is None:
        return ""
    # Translators: a weekday, a day, a month in words and a year, in Django's date format letters.
    return formats.date_format(value, pgettext("date format", "l j F Y"))


@register.filter(expects_localtime=True)
def short_day(value: dt.date | None) -> str:
    """A day as short as it stays clear: Thu 14 Jan 2027."""
    if value is None:
        return ""
    return _short_day(value.date() if isinstance(value, dt.datetime) else value)


@remembered
def _short_day(day: dt.date) -> str:
    # Translators: a short weekday, a day, a short month and a year, in Django's date format letters.
    return formats.date_format(day, pgettext("date format", "D j M Y"))


@register.filter(expects_localtime=True)
def day_of_year(value: dt.date) -> str:
    """A day that is near, so without its year: Thursday 14 January."""
    # Translators: a weekday, a day and a month in words, in Django's date format letters.
    return formats.date_format(value, pgettext("date format", "l j F"))


@register.simple_tag
def times(start: dt.datetime, end: dt.datetime) -> str:
    """From when to when on the clock in Belgium: 08:30–16:30; with its day where it ends on another one."""
    first, last = timezone.localtime(start), timezone.localtime(end)
    last_day = "" if first.date() == last.date() else f"{short_day(last)} "
    return f"{first:%H:%M}–{last_day}{last:%H:%M}"


@register.filter
def unbroken_times(text: str) -> SafeString:
    """A text in which hours stay on one line: browsers break one behind a dash."""
    return SafeString(HOURS.sub(r'<span class="nowrap">\g<0></span>', conditional_escape(text)))


@register.filter
def duration(minutes: int | None) -> str:
    """A length in hours and minutes: 3 h 45."""
    if minutes is None:
        return ""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)d min") % {"minutes": rest}
    text = _("%(hours)d h %(minutes)02d") if rest else _("%(hours)d h")
    return text % {"hours": hours, "minutes": rest}


@register.filter
def paragraphs(text: str) -> str:
    """Text in paragraphs: a blank line parts them, a single line break is only where a file was wrapped."""
    parts = (" ".join(part.split()) for part in re.split(r"\n\s*\n", text))
    return format_html_join("", "<p>{}</p>", ((part,) for part in parts if part))


@register.filter
def in_groups(code: str, size: int = 4) -> Iterable[str]:
    """A code in groups that an eye can follow."""
    return [code[start : start + size] for start in range(0, len(code), size)]
