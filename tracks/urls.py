"""Addresses of an academy's pages."""

from django.urls import path

from tracks.views import assignments, class_lists, cohorts, make_ups, planner

COHORT = "academy/cohorts/<uuid:public_id>/"
PERSON = f"{COHORT}people/<uuid:person_id>/"
LIST = "academy/lists/<uuid:public_id>/"
ASSIGNMENT = f"{COHORT}tracks/<uuid:assignment_id>/"

app_name = "tracks"
urlpatterns = [
    path("academy/", cohorts.academy, name="academy"),
    path("academy/cohorts/", cohorts.cohorts, name="cohorts"),
    path(COHORT, cohorts.cohort, name="cohort"),
    path(PERSON, cohorts.person, name="person"),
    path(f"{PERSON}exemptions/<uuid:exemption>/revoke/", cohorts.revoke, name="revoke"),
    path(f"{PERSON}make-up/<uuid:session_id>/<int:position>/", make_ups.make_up, name="make_up"),
    path(f"{COHORT}tracks/", assignments.assign, name="assign"),
    path(ASSIGNMENT, assignments.due_days, name="due_days"),
    path(f"{ASSIGNMENT}end/", assignments.end, name="end"),
    path(f"{COHORT}plan/<slug:slug>/", planner.plan, name="plan"),
    path("academy/lists/", class_lists.upload, name="upload"),
    path(LIST, class_lists.preview, name="class_list"),
    path(f"{LIST}confirm/", class_lists.confirm, name="confirm_list"),
    path(f"{LIST}cancel/", class_lists.cancel, name="cancel_list"),
]
