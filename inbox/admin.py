"""The manager's desk for the inbox: channels, answers of customers, and mail that did not go out."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.admin.base import ForAllScopeAdmin, ReadOnlyAdmin, SetUpAdmin
from inbox.models import Channel, Post, Rating, Topic
from inbox.operations.posting import send_again


@admin.register(Channel)
class ChannelAdmin(SetUpAdmin):
    list_display = ("name", "kind", "slug", "team", "asks_rating", "is_active")
    list_filter = ("kind", "is_active")

    def has_delete_permission(self, request: HttpRequest, obj: Channel | None = None) -> bool:
        """A channel is closed, so that its conversations keep theirs."""
        return False


@admin.register(Rating)
class RatingAdmin(ReadOnlyAdmin):
    list_display = ("answered_at", "kind", "value", "person", "conversation", "source", "asked_at")
    list_filter = ("kind", "value", "source")
    list_select_related = ("person", "conversation")
    fields = (
        "kind", "value", "comment", "person", "conversation", "source", "asked_at", "answered_at", "changed_at",
        "declined_at",
    )  # fmt: skip
    ordering = ("-id",)


@admin.register(Topic)
class TopicAdmin(SetUpAdmin):
    """What conversations are about: renamed here, put out of use, and told apart by how many examples there are."""

    list_display = ("name", "description", "is_active", "examples")
    list_filter = ("is_active",)
    search_fields = ("name",)
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(example_count=Count("said", filter=Q(said__is_it=True)))
        return counted

    @admin.display(description=_("examples"), ordering="example_count")
    def examples(self, topic: Any) -> int:
        return int(topic.example_count)

    def has_delete_permission(self, request: HttpRequest, obj: Topic | None = None) -> bool:
        """A topic is put out of use, so that what was said of it stays."""
        return False


@admin.register(Post)
class PostAdmin(ReadOnlyAdmin, ForAllScopeAdmin):
    list_display = ("created_at", "to_address", "subject", "state", "attempts", "error")
    list_filter = ("state",)
    fields = ("to_address", "subject", "state", "attempts", "error", "created_at", "sent_at", "due_at", "mail_id")
    ordering = ("-id",)
    actions = ("again",)

    @admin.action(description=_("Send again"))
    def again(self, request: HttpRequest, queryset: QuerySet[Post]) -> None:
        for post in queryset:
            send_again(post=post)
        self.message_user(request, gettext("Failed and unknown ones are on their way again."), messages.SUCCESS)
