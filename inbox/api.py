"""Messages in the API: a program hands in what a customer wrote."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.routers import BaseRouter

from crm.access import Can
from crm.api.people import CLOCKS_DIFFER
from crm.api.views import Creatable, Readable
from crm.models import Person, User
from inbox.models import Channel, Conversation, Message, Rating
from inbox.operations.ratings import LONGEST, RatingRefusedError, record_rating
from inbox.operations.receiving import MessageRefusedError, receive_message


class ConversationSerializer(serializers.ModelSerializer[Conversation]):
    topic_name = serializers.CharField(source="topic.name", default="", read_only=True)

    class Meta:
        model = Conversation
        fields = [
            "id", "channel", "subject", "person", "status", "assignee", "team", "sentiment", "topic", "topic_name",
            "is_topic_said", "created_at",
            "last_message_at", "waiting_since", "first_reply_at", "closed_at",
        ]  # fmt: skip
        read_only_fields = fields


class ConversationViewSet(Readable):
    """Conversations, newest first."""

    queryset = Conversation.objects.all()
    serializer_class = ConversationSerializer
    target = "conversation"
    since = "last_message_at"
    links: ClassVar[dict[str, str]] = {"person": "person", "assignee": "assignee", "topic": "topic"}
    own_parameters: ClassVar[dict[str, str]] = {"status": "Only `open`, `waiting`, `snoozed` or `closed` ones."}

    def rows(self, visible: QuerySet[Conversation]) -> QuerySet[Conversation]:
        status, rows = self.request.query_params.get("status"), visible.select_related("topic")
        return rows.filter(status=status) if status else rows


class MessageSerializer(serializers.ModelSerializer[Message]):
    from_address = serializers.EmailField()
    subject = serializers.CharField(write_only=True, required=False, allow_blank=True, max_length=255)
    text = serializers.CharField(max_length=100_000)
    written_at = serializers.DateTimeField(
        write_only=True, required=False,
        help_text="When the customer wrote it, if not now. Used for one thing: what somebody wrote before they were "
        "erased is refused. The message itself counts from when it comes in.",
    )  # fmt: skip

    class Meta:
        model = Message
        fields = [
            "id", "conversation", "direction", "external_id", "from_name", "from_address", "subject", "text",
            "written_at", "reading", "language", "sentiment", "sentiment_score", "topic", "topic_chance", "created_at",
        ]  # fmt: skip
        read_only_fields = [
            "id", "conversation", "direction", "reading", "language", "sentiment", "sentiment_score", "topic",
            "topic_chance", "created_at",
        ]  # fmt: skip
        extra_kwargs = {"from_name": {"required": False}}
        validators: list[Any] = []

    def validate_written_at(self, written_at: datetime) -> datetime:
        if written_at > timezone.now() + CLOCKS_DIFFER:
            raise ValidationError(_("This is still to come."))
        return written_at

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


class RatingSerializer(serializers.ModelSerializer[Rating]):
    kind = serializers.ChoiceField(choices=Rating.Kind.choices)
    value = serializers.IntegerField(min_value=0, max_value=10, help_text="1 to 5 for `csat`, 0 to 10 for `nps`.")
    comment = serializers.CharField(max_length=LONGEST, required=False, allow_blank=True)
    external_id = serializers.CharField(max_length=200)
    answered_at = serializers.DateTimeField(required=False)
    person = serializers.PrimaryKeyRelatedField(queryset=Person.objects.none())
    conversation = serializers.PrimaryKeyRelatedField(
        queryset=Conversation.objects.none(), required=False, allow_null=True
    )

    class Meta:
        model = Rating
        fields = [
            "id", "kind", "value", "comment", "person", "conversation", "source", "external_id", "asked_at",
            "answered_at", "changed_at",
        ]  # fmt: skip
        read_only_fields = ["id", "source", "asked_at", "changed_at"]
        validators: list[Any] = []

    def get_fields(self) -> dict[str, Any]:
        """A rating is brought of people and conversations that the caller sees."""
        fields: dict[str, Any] = super().get_fields()
        caller = getattr(self.context.get("view"), "caller", None)
        if isinstance(caller, User):
            seen = {
                "person": Person.objects.visible_to(caller),
                "conversation": Conversation.objects.visible_to(caller),
            }
            for name, rows in seen.items():
                fields[name].queryset = rows
        return fields

    def create(self, validated_data: dict[str, Any]) -> Rating:
        caller = self.context["view"].caller
        try:
            rating = record_rating(actor=caller, **validated_data)
        except RatingRefusedError as error:
            raise ValidationError({"value": [str(error)]}) from error
        is_same = (rating.kind, rating.person_id) == (validated_data["kind"], validated_data["person"].pk)
        if not is_same or not Rating.objects.visible_to(caller).filter(pk=rating.pk).exists():
            raise ValidationError({"external_id": [_("This stands for another rating.")]})
        return rating


class RatingViewSet(Readable, Creatable):
    """What customers answered: how a conversation went (`csat`), whether they would recommend you (`nps`).

    Another program hands in what it asked; `external_id` makes it safe to repeat.
    """

    queryset = Rating.objects.all()
    serializer_class = RatingSerializer
    capability: ClassVar[str] = Can.ANSWER
    since = "answered_at"
    links: ClassVar[dict[str, str]] = {"person": "person", "conversation": "conversation"}
    own_parameters: ClassVar[dict[str, str]] = {"kind": "Only `csat` or `nps`."}

    def rows(self, visible: QuerySet[Rating]) -> QuerySet[Rating]:
        """Answers alone: a question that nobody has answered is no rating."""
        answered = visible.filter(answered_at__isnull=False)
        kind = self.request.query_params.get("kind")
        return answered.filter(kind=kind) if kind else answered


def register(router: BaseRouter) -> None:
    router.register("conversations", ConversationViewSet, "conversation")
    router.register("ratings", RatingViewSet, "rating")
    router.register("messages", MessageViewSet, "message")
