"""Addresses of a trainer's rosters."""

from django.urls import path

from attendance import views

ROSTER = "teach/sessions/<uuid:public_id>/roster/"
PART = f"{ROSTER}<uuid:part>/"

app_name = "attendance"
urlpatterns = [
    path("teach/", views.teach, name="teach"),
    path("teach/sessions/<uuid:public_id>/invitation/", views.invitation, name="invitation"),
    path(ROSTER, views.roster, name="roster"),
    path(f"{PART}mark/", views.mark, name="mark"),
    path(f"{PART}mark-rest/", views.mark_rest, name="mark_rest"),
    path(f"{PART}close/", views.close, name="close"),
    path(f"{PART}door/", views.at_the_door, name="at_the_door"),
    path(f"{PART}amend/", views.amend, name="amend"),
    path("manage/programmes/<uuid:public_id>/close/", views.close_edition, name="close_programme"),
]
