from django.urls import path

from certificates import views

app_name = "certificates"
urlpatterns = [
    path("my/certificates/", views.mine, name="mine"),
    path("my/certificates/<uuid:public_id>.pdf", views.download, name="download"),
    path("my/certificates/request/<uuid:public_id>/", views.request_one, name="request"),
    path("verify/", views.verify_form, name="verify_form"),
    path("verify/<str:code>", views.verify, name="verify"),
]
