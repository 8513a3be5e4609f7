"""Addresses of the inbox."""

from django.urls import URLPattern, path

from inbox.views import contact, conversations

app_name = "inbox"

urlpatterns: list[URLPattern] = [
    path("inbox", conversations.inbox, name="inbox"),
    path("inbox/<slug:view>", conversations.view, name="view"),
    path("inbox/<slug:view>/<int:pk>", conversations.conversation, name="conversation"),
    path("inbox/<slug:view>/<int:pk>/write", conversations.write, name="write"),
    path("inbox/<slug:view>/<int:pk>/assign", conversations.assign, name="assign"),
    path("inbox/<slug:view>/<int:pk>/close", conversations.close, name="close"),
    path("inbox/<slug:view>/<int:pk>/reopen", conversations.reopen, name="reopen"),
    path("inbox/<slug:view>/<int:pk>/snooze", conversations.snooze, name="snooze"),
    path("inbox/<slug:view>/<int:pk>/posts/<int:post_id>/send", conversations.resend, name="resend"),
    path("people/<int:pk>/_part/conversations", conversations.person_panel, name="person-panel"),
    path("f/<slug:slug>", contact.contact, name="contact"),
]
