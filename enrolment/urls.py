"""Addresses of sessions and of what a person does there."""

from django.urls import path

from enrolment import views

app_name = "enrolment"
urlpatterns = [
    path("sessions/<uuid:public_id>/", views.session, name="session"),
    path("sessions/<uuid:public_id>/consent/", views.consent, name="consent"),
    path("sessions/<uuid:public_id>/enrol/", views.enrol_in, name="enrol"),
    path("sessions/<uuid:public_id>/withdraw/", views.withdraw_from, name="withdraw"),
    path("sessions/<uuid:public_id>/calendar.ics", views.session_calendar, name="calendar"),
    path("manage/sessions/", views.manage_sessions, name="manage_sessions"),
    path("manage/sessions/<uuid:public_id>/publish/", views.publish_session, name="publish"),
]
