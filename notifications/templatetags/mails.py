"""Filters for the templates of mails."""

import datetime as dt

from django import template

register = template.Library()


@register.filter
def from_iso(text: str) -> dt.date | dt.datetime:
    """A frozen date or instant, for the ``date`` filter to write in the mail's language."""
    return dt.datetime.fromisoformat(text) if "T" in text else dt.date.fromisoformat(text)
