"""Addresses of the pages that span all floors."""

from django.urls import path

from portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("my/training/", views.training, name="training"),
    path("my/profile/", views.profile, name="profile"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("privacy/", views.privacy, name="privacy"),
]
