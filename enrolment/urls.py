"""Addresses of sessions and of what a person does there."""

from django.urls import URLPattern, path

from enrolment.views import accessibility, history, leavers, on_behalf, programmes, sessions, staff
from people.enums import Role

STAFF = "manage/sessions/<uuid:public_id>/staff/"
NEEDS = "manage/sessions/<uuid:public_id>/accessibility/"


def _acting_for_people(area: str, role: Role) -> list[URLPattern]:
    """The same pages for HR and for academies: each acts for its own people."""
    person, as_role = f"{area}/people/<uuid:public_id>/enrol/", {"role": role}
    return [
        path(person, on_behalf.choose, as_role, name="choose_for"),
        path(f"{person}<uuid:session_id>/", on_behalf.confirm, as_role, name="confirm_for"),
        path(f"{person}<uuid:session_id>/take-back/", on_behalf.withdraw_for, as_role, name="take_back"),
        path(f"{area}/leavers/", leavers.leavers, as_role, name="leavers"),
        path(f"{area}/leavers/<uuid:public_id>/", leavers.review, as_role, name="review_leaver"),
    ]


app_name = "enrolment"
urlpatterns = [
    path("sessions/<uuid:public_id>/", sessions.session, name="session"),
    path("sessions/<uuid:public_id>/consent/", sessions.consent, name="consent"),
    path("sessions/<uuid:public_id>/enrol/", sessions.enrol_in, name="enrol"),
    path("sessions/<uuid:public_id>/withdraw/", sessions.withdraw_from, name="withdraw"),
    path("sessions/<uuid:public_id>/calendar.ics", sessions.session_calendar, name="calendar"),
    path("sessions/<uuid:public_id>/needs/", accessibility.own_request, name="own_request"),
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
    path(NEEDS, accessibility.requests, name="accessibility_requests"),
    path(f"{NEEDS}<uuid:request_id>/", accessibility.arranged, name="request_arranged"),
    *_acting_for_people("hr", Role.HR),
    *_acting_for_people("academy", Role.COORDINATOR),
    path("hr/history/", history.upload, name="history"),
    path("hr/history/<uuid:public_id>/", history.preview, name="history_preview"),
    path("hr/history/<uuid:public_id>/import/", history.confirm, name="history_import"),
    path("hr/history/<uuid:public_id>/cancel/", history.cancel, name="history_cancel"),
]
