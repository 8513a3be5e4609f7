"""Messages in the API: a program hands in what a customer wrote."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.routers import BaseRouter

from crm.access import Can
from crm.api.views import Creatable, Readable
from inbox.models import Channel, Conversation, Message
from inbox.operations.receiving import MessageRefusedError, receive_message


class ConversationSerializer(serializers.ModelSerializer[Conversation]):
    class Meta:
        model = Conversation
        fields = [
            "id", "channel", "subject", "person", "status", "assignee", "team", "sentiment", "created_at",
            "last_message_at", "waiting_since", "first_reply_at", "closed_at",
        ]  # fmt: skip
        read_only_fields = fields


class ConversationViewSet(Readable):
    """Conversations, newest first."""

    queryset = Conversation.objects.all()
    serializer_class = ConversationSerializer
    since = "last_message_at"
    links: ClassVar[dict[str, str]] = {"person": "person", "assignee": "assignee"}
    own_parameters: ClassVar[dict[str, str]] = {"status": "Only `open`, `waiting`, `snoozed` or `closed` ones."}

    def rows(self, visible: QuerySet[Conversation]) -> QuerySet[Conversation]:
        status = self.request.query_params.get("status")
        return visible.filter(status=status) if status else visible


class MessageSerializer(serializers.ModelSerializer[Message]):
    from_address = serializers.EmailField()
    subject = serializers.CharField(write_only=True, required=False, allow_blank=True, max_length=255)
    text = serializers.CharField(max_length=100_000)

    class Meta:
        model = Message
        fields = [
            "id", "conversation", "direction", "external_id", "from_name", "from_address", "subject", "text",
            "reading", "language", "sentiment", "sentiment_score", "created_at",
        ]  # fmt: skip
        read_only_fields = [
            "id", "conversation", "direction", "reading", "language", "sentiment", "sentiment_score", "created_at",
        ]  # fmt: skip
        extra_kwargs = {"from_name": {"required": False}}
        validators: list[Any] = []

    def create(self, validated_data: dict[str, Any]) -> Message:
        channel = Channel.objects.filter(kind=Channel.Kind.API, is_active=True).order_by("pk").first()
        if channel is None:
            raise ValidationError({"channel": ["The API channel is closed."]})
        try:
            message = receive_message(channel=channel, **validated_data)
        except MessageRefusedError as error:
            raise ValidationError({"text": [str(error)]}) from error
        is_own = message.raw == validated_data["text"].strip()
        if not is_own and not Message.objects.visible_to(self.context["view"].caller).filter(pk=message.pk).exists():
            raise ValidationError({"external_id": [_("This stands for another message.")]})
        return message


class MessageViewSet(Readable, Creatable):
    """Messages. Handing one in finds or makes its person and conversation; `external_id` makes it safe to repeat."""

    queryset = Message.objects.all()
    serializer_class = MessageSerializer
    capability: ClassVar[str] = Can.ANSWER
    since = "created_at"
    links: ClassVar[dict[str, str]] = {"conversation": "conversation", "person": "conversation__person"}


def register(router: BaseRouter) -> None:
    router.register("conversations", ConversationViewSet, "conversation")
    router.register("messages", MessageViewSet, "message")
