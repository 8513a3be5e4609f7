"""Addresses of the crm room."""

from django.urls import URLPattern, path
from django.views.generic import RedirectView

from .views import gallery

app_name = "crm"

urlpatterns: list[URLPattern] = [
    path("", RedirectView.as_view(pattern_name="crm:today"), name="home"),
    path("gallery", gallery.gallery, name="gallery"),
]
