"""Addresses: part of the interface, so stable and readable."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
