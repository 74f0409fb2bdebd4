from django.urls import path

from reporting import views

app_name = "reporting"
urlpatterns = [
    path("hr/figures/", views.figures, name="figures"),
    path("hr/exports/figures.<str:format>", views.figures_file, name="figures_file"),
    path("hr/exports/completions.<str:format>", views.completions_file, name="completions_file"),
    path("academy/cohorts/<uuid:public_id>/class.<str:format>", views.class_file, name="class_file"),
    path("hr/headcounts/", views.headcounts, name="headcounts"),
    path("hr/search/", views.search, name="search"),
    path("hr/people/<uuid:public_id>/", views.record, name="record"),
]
