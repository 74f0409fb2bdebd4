"""Addresses of the pages that span all floors."""

from django.urls import path
from django.views.generic import TemplateView

from portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("my/training/", views.training, name="training"),
    path("my/profile/", views.profile, name="profile"),
    path(
        "accessibility/",
        TemplateView.as_view(template_name="portal/accessibility.html"),
        name="accessibility",
    ),
    path("privacy/", TemplateView.as_view(template_name="portal/privacy.html"), name="privacy"),
]
