"""Addresses of the catalogue, and of the pages that keep it in order."""

from django.urls import path

from courses.views import approval_rules, catalogue, courses, places, trainers

app_name = "courses"
urlpatterns = [
    path("catalogue/", catalogue.catalogue, name="catalogue"),
    path("catalogue/<slug:slug>/", catalogue.course, name="course"),
    path("hr/approvals/rules/", approval_rules.rules, name="approval_rules"),
    path("hr/approvals/rules/<uuid:public_id>/end/", approval_rules.end, name="end_approval_rule"),
    path("manage/courses/", courses.courses, name="courses"),
    path("manage/courses/new/", courses.new_course, name="new_course"),
    path("manage/courses/<slug:slug>/", courses.manage_course, name="manage_course"),
    path("manage/courses/<slug:slug>/edit/", courses.edit, name="edit_course"),
    path("manage/courses/<slug:slug>/versions/<int:number>/", courses.version, name="version"),
    path("manage/courses/<slug:slug>/equivalences/", courses.equivalences, name="equivalences"),
    path("manage/courses/<slug:slug>/hide-title/", courses.hide, name="hide_title"),
    path("manage/courses/<slug:slug>/delete/", courses.delete, name="delete_course"),
    path("manage/venues/", places.venues, name="venues"),
    path("manage/venues/new/", places.new_venue, name="new_venue"),
    path("manage/venues/<uuid:public_id>/", places.venue, name="venue"),
    path("manage/providers/", places.providers, name="providers"),
    path("manage/providers/new/", places.new_provider, name="new_provider"),
    path("manage/providers/<slug:slug>/", places.provider, name="provider"),
    path("manage/trainers/", trainers.trainers, name="trainers"),
    path("manage/trainers/new/", trainers.grant, name="grant"),
    path("manage/trainers/<uuid:public_id>/", trainers.accreditation, name="accreditation"),
]
