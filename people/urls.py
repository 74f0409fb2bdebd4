from django.urls import path

from people.views import language, provider, roles, sign_ins, staff_imports

app_name = "people"
urlpatterns = [
    path("language/", language.language, name="language"),
    path("account/provider/", provider.sign_in, name="provider_sign_in"),
    path("account/provider/link/", provider.link, name="provider_link"),
    path("account/provider/callback/", provider.callback, name="provider_callback"),
    path("account/provider/<slug:outcome>/", provider.outcome, name="provider_outcome"),
    path("my/sign-ins/", sign_ins.sign_ins, name="sign_ins"),
    path("my/sign-ins/end-others/", sign_ins.end_others, name="end_other_sign_ins"),
    path("my/sign-ins/<uuid:public_id>/end/", sign_ins.end, name="end_sign_in"),
    path("hr/people/", roles.people, name="people"),
    path("hr/people/<uuid:public_id>/roles/", roles.person, name="person"),
    path("hr/people/<uuid:public_id>/roles/<str:role>/<uuid:organisation>/end/", roles.end, name="end_role"),
    path("hr/people/<uuid:public_id>/link/", roles.send_link, name="send_link"),
    path("hr/people/import/", staff_imports.upload, name="import"),
    path("hr/people/import/example.csv", staff_imports.example, name="import_example"),
    path("hr/people/import/<uuid:public_id>/", staff_imports.preview, name="import_preview"),
    path("hr/people/import/<uuid:public_id>/confirm/", staff_imports.confirm, name="import_confirm"),
    path("hr/people/import/<uuid:public_id>/cancel/", staff_imports.cancel, name="import_cancel"),
]
