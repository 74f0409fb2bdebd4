"""The smallest components, of which a list draws hundreds: an include would cost ten times as much.

Each says the same for the same arguments and language, so what it said is remembered.
"""

import datetime as dt

from django import template
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language_info, ngettext, pgettext
from django.utils.translation import gettext as _

from core.remembered import remembered

register = template.Library()

GLYPHS = {"good": "check", "wait": "clock", "late": "alert"}
NO_GLYPH = "dash"


@register.simple_tag
@remembered
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; ``label`` is what it says where no text stands beside it."""
    says = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html(
        '<svg class="icon icon-{}" viewBox="0 0 20 20" {}><use href="{}#{}"></use></svg>',
        name,
        says,
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
@remembered
def state(kind: str, text: str, glyph: str = "") -> SafeString:
    """A state in a glyph and a word, never in colour alone: good, wait, late or neutral."""
    kind = kind or "neutral"
    return format_html(
        '<span class="state state-{}">{}{}</span>',
        kind,
        icon(glyph or GLYPHS.get(kind, NO_GLYPH)),
        capfirst(text),
    )


@register.simple_tag
def obligation(mandatory: bool, text: str = "") -> SafeString:
    """Voluntary or mandatory for who reads; ``text``: other words for it."""
    if mandatory:
        return format_html('<span class="label label-strong">{}</span>', text or _("mandatory"))
    return format_html('<span class="label">{}</span>', text or _("voluntary"))


@register.simple_tag
@remembered
def language_tag(code: str) -> SafeString:
    """The language of a session."""
    name = get_language_info(code)["name_local"]
    return format_html('<abbr class="label language" title="{}">{}</abbr>', name, code)


@register.simple_tag
def date_block(at: dt.date | dt.datetime) -> SafeString:
    """A day as on a calendar's leaf, with its year if it isn't this one."""
    day = timezone.localtime(at).date() if isinstance(at, dt.datetime) else at
    return _leaf(day, with_year=day.year != timezone.localdate().year)


@remembered
def _leaf(day: dt.date, *, with_year: bool) -> SafeString:
    # Translators: a short month, in Django's date format letters.
    month = formats.date_format(day, pgettext("date format", "M"))
    return format_html(
        '<time class="date-block" datetime="{}"><span class="weekday">{}</span><span class="day">{}</span>'
        "<span>{}{}</span></time>",
        day.isoformat(),
        formats.date_format(day, "D"),
        day.day,
        month,
        f" {day.year}" if with_year else "",
    )


@register.simple_tag
@remembered
def seats(left: int | None, capacity: int | None, small: bool = False) -> SafeString:
    """Seats left in words, with a bar of what is taken; a capacity of None has no limit."""
    if capacity is None or left is None:
        text, bar = _("No limit on seats"), SafeString("")
    else:
        text = _("Full")
        if left > 0:
            text = ngettext(
                "%(left)s of %(capacity)s seats left", "%(left)s of %(capacity)s seats left", left
            ) % {"left": left, "capacity": capacity}
        bar = format_html(
            '<progress max="{}" value="{}" aria-hidden="true"></progress>', capacity, capacity - left
        )
    return format_html(
        '<div class="seats{}{}"><p class="seats-text">{}</p>{}</div>',
        " seats-small" if small else "",
        " seats-full" if left is not None and left <= 0 else "",
        text,
        bar,
    )
