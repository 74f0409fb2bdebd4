from django.urls import path

from people.views import language, roles, staff_imports

app_name = "people"
urlpatterns = [
    path("language/", language.language, name="language"),
    path("hr/people/", roles.people, name="people"),
    path("hr/people/<uuid:public_id>/roles/", roles.person, name="person"),
    path("hr/people/<uuid:public_id>/roles/end/", roles.end, name="end_role"),
    path("hr/people/<uuid:public_id>/link/", roles.send_link, name="send_link"),
    path("hr/people/import/", staff_imports.upload, name="import"),
    path("hr/people/import/<uuid:public_id>/", staff_imports.preview, name="import_preview"),
    path("hr/people/import/<uuid:public_id>/confirm/", staff_imports.confirm, name="import_confirm"),
    path("hr/people/import/<uuid:public_id>/cancel/", staff_imports.cancel, name="import_cancel"),
]
