"""Addresses: each room brings its own, the admin has one place."""

from importlib import import_module
from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.routers import SimpleRouter

from config.views import admin_login, health_page, healthz
from crm.api.elsewhere import elsewhere

ROOMS = ("crm", "inbox", "analytics", "automation")

APIS = ("crm.api.urls", "inbox.api", "analytics.api")

api = SimpleRouter()
for name in APIS:
    if find_spec(name):
        import_module(name).register(api)

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("admin/health/", admin.site.admin_view(health_page), name="health"),
    path("admin/login/", admin_login, name="admin-login"),
    path("admin/", admin.site.urls),
    path("api/v1/", include((api.urls, "api"))),
    path("api/v1/schema", SpectacularJSONAPIView.as_view(), name="api-schema"),
    path("api/<path:rest>", elsewhere, name="api-elsewhere"),
    path("i18n/", include("django.conf.urls.i18n")),
    *(path("", include(f"{room}.urls")) for room in ROOMS if find_spec(f"{room}.urls")),
]

handler500 = "config.errors.server_error"
