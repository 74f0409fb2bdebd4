"""Addresses of a trainer's rosters."""

from django.urls import path

from attendance.views import make_ups, rosters

ROSTER = "teach/sessions/<uuid:public_id>/roster/"
MAKE_UP = "sessions/<uuid:public_id>/make-up/"
PART = f"{ROSTER}<uuid:part>/"

app_name = "attendance"
urlpatterns = [
    path("teach/", rosters.teach, name="teach"),
    path("teach/sessions/<uuid:public_id>/invitation/", rosters.invitation, name="invitation"),
    path(ROSTER, rosters.roster, name="roster"),
    path(f"{PART}mark/", rosters.mark, name="mark"),
    path(f"{PART}mark-rest/", rosters.mark_rest, name="mark_rest"),
    path(f"{PART}close/", rosters.close, name="close"),
    path(f"{PART}door/", rosters.at_the_door, name="at_the_door"),
    path(f"{PART}door/<uuid:enrolment_id>/undo/", rosters.undo_at_the_door, name="undo_at_the_door"),
    path(f"{PART}amend/", rosters.amend, name="amend"),
    path(f"{MAKE_UP}<int:position>/", make_ups.make_up, name="make_up"),
    path(f"{MAKE_UP}<uuid:meeting_id>/cancel/", make_ups.cancel, name="cancel_make_up"),
    path("manage/programmes/<uuid:public_id>/close/", rosters.close_edition, name="close_programme"),
]
