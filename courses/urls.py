"""Addresses of the catalogue, and of the pages that keep it in order."""

from django.urls import path

from courses.views import catalogue, trainers

app_name = "courses"
urlpatterns = [
    path("catalogue/", catalogue.catalogue, name="catalogue"),
    path("catalogue/<slug:slug>/", catalogue.course, name="course"),
    path("manage/trainers/", trainers.trainers, name="trainers"),
    path("manage/trainers/new/", trainers.grant, name="grant"),
    path("manage/trainers/<uuid:public_id>/", trainers.accreditation, name="accreditation"),
]
