"""Addresses of the catalogue."""

from django.urls import path

from courses import views

app_name = "courses"
urlpatterns = [
    path("catalogue/", views.catalogue, name="catalogue"),
    path("catalogue/<slug:slug>/", views.course, name="course"),
]
