"""Addresses: part of the interface, so stable and readable."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    *([path("", include("demo.urls"))] if settings.DEMO else []),
    path("", include("portal.urls")),
    path("", include("people.urls")),
    path("", include("courses.urls")),
    path("", include("enrolment.urls")),
    path("", include("attendance.urls")),
    path("", include("certificates.urls")),
    path("operate/admin/", admin.site.urls),
]
