"""Addresses that exist in the demo only; the home page of who hasn't signed in is the start page."""

from django.urls import path

from demo import views

app_name = "demo"
urlpatterns = [
    path("", views.home, name="home"),
    path("demo/", views.start, name="start"),
    path("demo/public/", views.public_home, name="public_home"),
    path("demo/sign-in/<slug:job>/", views.sign_in, name="sign_in"),
    path("demo/outbox/", views.outbox, name="outbox"),
    path("demo/outbox/<str:key>/", views.mail, name="mail"),
    path("demo/outbox/<str:key>/<int:number>/", views.file, name="file"),
]
