"""The main navigation, which the frame of every page shows."""

from django import template
from django.template import Context

from portal import navigation

register = template.Library()


@register.simple_tag(takes_context=True)
def nav_items(context: Context) -> list[navigation.Item]:
    request = context.get("request")
    return list(navigation.items_for(request)) if request else []
