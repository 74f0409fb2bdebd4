"""Addresses of sessions: what a person does there, and how they are kept."""

from django.urls import URLPattern, path

from enrolment.views import (
    accessibility,
    approvals,
    changing,
    documents,
    exceptions,
    history,
    interest,
    leavers,
    managing,
    on_behalf,
    programmes,
    queue,
    repeating,
    reserving,
    sessions,
    staff,
    substituting,
    transferring,
)
from people.enums import Role

SESSION = "sessions/<uuid:public_id>/"
MANAGED = "manage/sessions/<uuid:public_id>/"


def _acting_for_people(area: str, role: Role) -> list[URLPattern]:
    """The same pages for HR and for academies: each acts for its own people."""
    person, as_role = f"{area}/people/<uuid:public_id>/enrol/", {"role": role}
    return [
        path(person, on_behalf.choose, as_role, name="choose_for"),
        path(f"{person}<uuid:session_id>/", on_behalf.confirm, as_role, name="confirm_for"),
        path(f"{person}<uuid:session_id>/take-back/", on_behalf.withdraw_for, as_role, name="take_back"),
        path(
            f"{person}<uuid:session_id>/move/", transferring.choose_date_for, as_role, name="choose_date_for"
        ),
        path(f"{person}<uuid:session_id>/move/<uuid:to>/", transferring.move_for, as_role, name="move_for"),
        path(f"{person}<uuid:session_id>/replace/", substituting.choose, as_role, name="replace"),
        path(
            f"{person}<uuid:session_id>/replace/<uuid:by>/", substituting.confirm, as_role, name="replace_by"
        ),
        path(f"{area}/leavers/", leavers.leavers, as_role, name="leavers"),
        path(f"{area}/leavers/<uuid:public_id>/", leavers.review, as_role, name="review_leaver"),
    ]


app_name = "enrolment"
urlpatterns = [
    path(SESSION, sessions.session, name="session"),
    path(f"{SESSION}consent/", sessions.consent, name="consent"),
    path(f"{SESSION}enrol/", sessions.enrol_in, name="enrol"),
    path(f"{SESSION}withdraw/", sessions.withdraw_from, name="withdraw"),
    path(f"{SESSION}move/<uuid:to>/", transferring.move_booking, name="move_booking"),
    path(f"{SESSION}queue/ask-again/", queue.ask_again, name="ask_again"),
    path(f"{SESSION}queue/notice/", queue.notice, name="notice"),
    path("offers/<str:token>/", queue.offer, name="offer"),
    path("approvals/<str:token>/", approvals.by_link, name="approval"),
    path("hr/approvals/", approvals.waiting, name="approvals"),
    path("hr/approvals/<uuid:public_id>/", approvals.decide, name="decide_approval"),
    path(f"{SESSION}calendar.ics", sessions.session_calendar, name="calendar"),
    path(f"{SESSION}documents/<uuid:document_id>/", documents.download, name="document"),
    path(f"{SESSION}needs/", accessibility.own_request, name="own_request"),
    path("catalogue/<slug:slug>/await/", interest.await_course, name="await_course"),
    path("catalogue/<slug:slug>/await/stop/", interest.stop_awaiting, name="stop_awaiting"),
    path("manage/awaited/", interest.awaited, name="awaited"),
    path(f"{SESSION}exception/<slug:slug>/", exceptions.ask, name="ask_exception"),
    path(f"{SESSION}exception/<slug:slug>/take-back/", exceptions.take_back, name="take_back_exception"),
    path("manage/exceptions/", exceptions.exceptions, name="exceptions"),
    path("manage/exceptions/<uuid:public_id>/grant/", exceptions.grant, name="grant_exception"),
    path("manage/exceptions/<uuid:public_id>/decline/", exceptions.decline, name="decline_exception"),
    path("manage/sessions/", managing.manage_sessions, name="manage_sessions"),
    path("manage/sessions/new/", managing.new_session, name="new_session"),
    path(MANAGED, managing.manage_session, name="manage_session"),
    path(f"{MANAGED}edit/", managing.edit_session, name="edit_session"),
    path(f"{MANAGED}delete/", managing.delete_session, name="delete_session"),
    path(f"{MANAGED}publish/", managing.publish_session, name="publish"),
    path(f"{MANAGED}move/", changing.move_session, name="move_session"),
    path(f"{MANAGED}seats/", changing.change_seats, name="change_seats"),
    path(f"{MANAGED}reserved/", reserving.reserved_seats, name="reserved_seats"),
    path(f"{MANAGED}reserved/<uuid:pool_id>/release/", reserving.release_seats, name="release_seats"),
    path(f"{MANAGED}cancel/", changing.cancel, name="cancel_session"),
    path(f"{MANAGED}take-place/", changing.take_place, name="take_place"),
    path(f"{MANAGED}message/", changing.write_message, name="write_message"),
    path(f"{MANAGED}duplicate/", repeating.duplicate_session, name="duplicate_session"),
    path(f"{MANAGED}repeat/", repeating.repeat_session, name="repeat_session"),
    path(f"{MANAGED}staff/", staff.staff, name="staff"),
    path(f"{MANAGED}staff/<uuid:row>/replace/", staff.replace_staff, name="replace_staff"),
    path(f"{MANAGED}staff/<uuid:row>/remove/", staff.remove_staff, name="remove_staff"),
    path(f"{MANAGED}accessibility/", accessibility.requests, name="accessibility_requests"),
    path(f"{MANAGED}accessibility/<uuid:request_id>/", accessibility.arranged, name="request_arranged"),
    path(f"{MANAGED}documents/", documents.add, name="add_document"),
    path(f"{MANAGED}documents/<uuid:document_id>/delete/", documents.delete, name="delete_document"),
    path("programmes/<uuid:public_id>/", programmes.programme, name="programme"),
    path("manage/programmes/", programmes.manage_programmes, name="manage_programmes"),
    path("manage/programmes/new/", programmes.new_programme, name="new_programme"),
    path("manage/programmes/<uuid:public_id>/", programmes.manage_programme, name="manage_programme"),
    path("manage/programmes/<uuid:public_id>/publish/", programmes.publish_edition, name="publish_programme"),
    *_acting_for_people("hr", Role.HR),
    *_acting_for_people("academy", Role.COORDINATOR),
    path("hr/history/", history.upload, name="history"),
    path("hr/history/<uuid:public_id>/", history.preview, name="history_preview"),
    path("hr/history/<uuid:public_id>/import/", history.confirm, name="history_import"),
    path("hr/history/<uuid:public_id>/cancel/", history.cancel, name="history_cancel"),
]
