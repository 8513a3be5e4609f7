"""Addresses of the inbox."""

from django.urls import URLPattern, path

from inbox.views import acts, asking, contact, conversations, mail, rate, topics

app_name = "inbox"

urlpatterns: list[URLPattern] = [
    path("inbox", conversations.inbox, name="inbox"),
    path("inbox/<slug:view>", conversations.view, name="view"),
    path("inbox/<slug:view>/rows", conversations.rows, name="rows"),
    path("inbox/<slug:view>/<int:pk>", conversations.conversation, name="conversation"),
    path("inbox/<slug:view>/<int:pk>/messages", conversations.messages, name="messages"),
    path("inbox/<slug:view>/<int:pk>/write", acts.write, name="write"),
    path("inbox/<slug:view>/<int:pk>/draft", acts.draft, name="draft"),
    path("inbox/<slug:view>/<int:pk>/assign", acts.assign, name="assign"),
    path("inbox/<slug:view>/<int:pk>/close", acts.close, name="close"),
    path("inbox/<slug:view>/<int:pk>/reopen", acts.reopen, name="reopen"),
    path("inbox/<slug:view>/<int:pk>/snooze", acts.snooze, name="snooze"),
    path("inbox/<slug:view>/<int:pk>/unread", acts.unread, name="unread"),
    path("inbox/<slug:view>/<int:pk>/posts/<int:post_id>/send", acts.resend, name="resend"),
    path("inbox/<slug:view>/<int:pk>/messages/<int:message_id>/mood", acts.correct_mood, name="correct-mood"),
    path("inbox/<slug:view>/topic", topics.topic_of_many, name="topic-of-many"),
    path("inbox/<slug:view>/<int:pk>/topic", topics.topic, name="topic"),
    path("inbox/<slug:view>/<int:pk>/topic/wrong", topics.not_this, name="topic-wrong"),
    path("inbox/<slug:view>/<int:pk>/topic/new", topics.new_topic, name="topic-new"),
    path("people/<int:pk>/_part/conversations", conversations.person_panel, name="person-panel"),
    path("settings/mail", mail.mail, name="mail"),
    path("settings/mail/test", mail.mail_test, name="mail-test"),
    path("settings/feedback", asking.settings, name="asking"),
    path("r/<str:token>", rate.rate, name="rate"),
    path("r/<str:token>/stop", rate.stop, name="rate-stop"),
    path("f/<slug:slug>", contact.contact, name="contact"),
]
