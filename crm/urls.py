"""Addresses of the crm room."""

from django.urls import URLPattern, path
from django.views.generic import RedirectView

from .views import first_run, gallery, profile, search, sign_in, today

app_name = "crm"

urlpatterns: list[URLPattern] = [
    path("", RedirectView.as_view(pattern_name="crm:today"), name="home"),
    path("welcome", first_run.welcome, name="welcome"),
    path("sign-in", sign_in.SignIn.as_view(), name="sign-in"),
    path("sign-out", sign_in.SignOut.as_view(), name="sign-out"),
    path("password/forgotten", sign_in.ForgotPassword.as_view(), name="password-forgotten"),
    path("password/sent", sign_in.PasswordMailSent.as_view(), name="password-mail-sent"),
    path("password/new/<uidb64>/<token>", sign_in.NewPassword.as_view(), name="password-new"),
    path("password/changed", sign_in.PasswordChanged.as_view(), name="password-changed"),
    path("settings/me", profile.profile, name="profile"),
    path("settings/me/password", profile.change_password, name="change-password"),
    path("settings/me/theme", profile.switch_theme, name="switch-theme"),
    path("today", today.today, name="today"),
    path("today/add", today.quick_add, name="today-add"),
    path("today/<int:pk>/tick", today.tick, name="today-tick"),
    path("today/<int:pk>/tomorrow", today.tomorrow, name="today-tomorrow"),
    path("search", search.search, name="search"),
    path("gallery", gallery.gallery, name="gallery"),
]
