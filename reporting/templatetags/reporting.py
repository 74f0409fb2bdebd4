"""Cells of the tables of figures."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html

from reporting.figures import Count
from reporting.scopes import headcount_scope
from reporting.suppression import SENSITIVE_THRESHOLD, THRESHOLD
from reporting.wording import count_text

register = template.Library()


@register.simple_tag(takes_context=True)
def may_import_headcounts(context: Context) -> bool:
    return bool(headcount_scope(context["request"].user))


@register.filter
def figure(count: Count) -> str:
    """A number, or the word that stands in its place."""
    return _cell(count, THRESHOLD)


@register.filter
def sensitive_figure(count: Count) -> str:
    return _cell(count, SENSITIVE_THRESHOLD)


@register.filter
def at(counts: Sequence[Any], place: int) -> Any:
    return counts[place]


def _cell(count: Count, threshold: int) -> str:
    if count is None:
        return format_html('<span class="suppressed">{}</span>', count_text(None, threshold))
    return str(count)
