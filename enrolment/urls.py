"""Addresses of sessions and of what a person does there."""

from django.urls import path

from enrolment.views import programmes, sessions, staff

STAFF = "manage/sessions/<uuid:public_id>/staff/"

app_name = "enrolment"
urlpatterns = [
    path("sessions/<uuid:public_id>/", sessions.session, name="session"),
    path("sessions/<uuid:public_id>/consent/", sessions.consent, name="consent"),
    path("sessions/<uuid:public_id>/enrol/", sessions.enrol_in, name="enrol"),
    path("sessions/<uuid:public_id>/withdraw/", sessions.withdraw_from, name="withdraw"),
    path("sessions/<uuid:public_id>/calendar.ics", sessions.session_calendar, name="calendar"),
    path("manage/sessions/", sessions.manage_sessions, name="manage_sessions"),
    path("manage/sessions/<uuid:public_id>/publish/", sessions.publish_session, name="publish"),
    path("programmes/<uuid:public_id>/", programmes.programme, name="programme"),
    path("manage/programmes/", programmes.manage_programmes, name="manage_programmes"),
    path("manage/programmes/new/", programmes.new_programme, name="new_programme"),
    path("manage/programmes/<uuid:public_id>/", programmes.manage_programme, name="manage_programme"),
    path("manage/programmes/<uuid:public_id>/publish/", programmes.publish_edition, name="publish_programme"),
    path(STAFF, staff.staff, name="staff"),
    path(f"{STAFF}<uuid:row>/replace/", staff.replace_staff, name="replace_staff"),
    path(f"{STAFF}<uuid:row>/remove/", staff.remove_staff, name="remove_staff"),
]
