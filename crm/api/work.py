"""Deals, tasks, orders and the event log in the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ParseError

from crm.access import Can
from crm.api.fields import RowSerializer
from crm.api.people import COMMON, READ_ONLY, RecordSerializer, may_delete
from crm.api.views import Creatable, Deletable, Editable, Readable
from crm.models import Company, Deal, Event, Order, OrderLine, Person, Product, Stage, Task, User
from crm.operations.deals import create_deal, delete_deal, move_deal, update_deal
from crm.operations.orders import Line, record_order
from crm.operations.work import complete_task, create_task, delete_task, reopen_task, update_task


class VisibleField(serializers.PrimaryKeyRelatedField[Any]):
    """A link to a record that the caller may see; any other id does not exist."""

    def __init__(self, model: Any = None, **kwargs: Any) -> None:
        self.model = model
        if not kwargs.get("read_only"):
            kwargs["queryset"] = model.objects.all()
        super().__init__(**kwargs)

    def get_queryset(self) -> Any:
        return self.model.objects.visible_to(self.context["view"].caller)


class DealSerializer(RecordSerializer):
    person: Any = VisibleField(Person, allow_null=True, required=False)
    company: Any = VisibleField(Company, allow_null=True, required=False)
    stage: Any = serializers.PrimaryKeyRelatedField(queryset=Stage.objects.all())

    class Meta:
        model = Deal
        fields = [
            "id", "title", "stage", "person", "company", "amount", "currency", "probability", "win_probability",
            "expected_close_on", "next_step", "lead_source", "lost_reason", "stage_entered_at", "closed_at", *COMMON,
        ]  # fmt: skip
        read_only_fields = [*READ_ONLY, "stage_entered_at", "closed_at"]
        validators: list[Any] = []

    def create(self, validated_data: dict[str, Any]) -> Deal:
        tags = validated_data.pop("tags", None)
        deal: Deal = self.finish(create_deal(actor=self.actor, **validated_data), tags)
        return deal

    def update(self, instance: Deal, validated_data: dict[str, Any]) -> Deal:
        """A new stage is a move, everything else an edit; both under the version that was seen."""
        tags = validated_data.pop("tags", None)
        stage = validated_data.pop("stage", None)
        reason = validated_data.pop("lost_reason", "")
        deal, seen = instance, self.seen
        if validated_data:
            deal = update_deal(deal=deal, actor=self.actor, version=seen, **validated_data)
            seen = None
        if stage is not None:
            deal = move_deal(deal=deal, stage=stage, actor=self.actor, version=seen, lost_reason=reason)
        finished: Deal = self.finish(deal, tags)
        return finished


class DealViewSet(Readable, Creatable, Editable, Deletable):
    """Deals. Moving to a lost stage needs `lost_reason`."""

    queryset = Deal.objects.all()
    serializer_class = DealSerializer
    capability: ClassVar[str] = Can.SELL
    target = "deal"
    since = "updated_at"
    links: ClassVar[dict[str, str]] = {"person": "person", "company": "company", "stage": "stage"}
    is_searchable = True

    def rows(self, visible: QuerySet[Deal]) -> QuerySet[Deal]:
        return visible.prefetch_related("tags")

    def perform_destroy(self, instance: Deal) -> None:
        may_delete(self.caller)
        delete_deal(deal=instance, actor=self.caller)


class TaskSerializer(RowSerializer[Task]):
    person: Any = VisibleField(Person, allow_null=True, required=False)
    company: Any = VisibleField(Company, allow_null=True, required=False)
    deal: Any = VisibleField(Deal, allow_null=True, required=False)
    owner: Any = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.filter(is_active=True), allow_null=True, required=False
    )
    is_done = serializers.BooleanField(write_only=True, required=False)

    class Meta:
        model = Task
        fields = [
            "id", "title", "notes", "due_on", "remind_at", "owner", "person", "company", "deal", "is_done", "done_at",
            "created_at",
        ]  # fmt: skip
        read_only_fields = ["id", "done_at", "created_at"]

    def create(self, validated_data: dict[str, Any]) -> Task:
        is_done = validated_data.pop("is_done", None)
        caller: User = self.context["view"].caller
        return self._tick(create_task(actor=caller, **validated_data), is_done, caller)

    def update(self, instance: Task, validated_data: dict[str, Any]) -> Task:
        is_done = validated_data.pop("is_done", None)
        caller: User = self.context["view"].caller
        return self._tick(update_task(task=instance, actor=caller, **validated_data), is_done, caller)

    def _tick(self, task: Task, is_done: bool | None, caller: User) -> Task:
        if is_done is None:
            return task
        return complete_task(task=task, actor=caller) if is_done else reopen_task(task=task, actor=caller)


class TaskViewSet(Readable, Creatable, Editable, Deletable):
    """Tasks; `is_done` ticks one off or takes the tick back."""

    queryset = Task.objects.all()
    serializer_class = TaskSerializer
    capability: ClassVar[str] = Can.WORK
    links: ClassVar[dict[str, str]] = {
        "person": "person", "company": "company", "deal": "deal", "owner": "owner",
    }  # fmt: skip
    own_parameters: ClassVar[dict[str, str]] = {"is_done": "`true`: only what is done; `false`: only what is to do."}

    def rows(self, visible: QuerySet[Task]) -> QuerySet[Task]:
        wanted = self.request.query_params.get("is_done")
        if wanted is None:
            return visible
        if wanted not in ("true", "false"):
            raise ParseError(_("is_done is true or false."))
        return visible.filter(done_at__isnull=wanted == "false")

    def perform_destroy(self, instance: Task) -> None:
        delete_task(task=instance, actor=self.caller)


class OrderLineSerializer(serializers.ModelSerializer[OrderLine]):
    sku = serializers.SlugRelatedField(
        "sku", source="product", queryset=Product.objects.all(), required=False, allow_null=True
    )

    class Meta:
        model = OrderLine
        fields = ["sku", "description", "quantity", "unit_price", "amount"]
        read_only_fields = ["amount"]


LARGEST = Decimal(10) ** 15


class OrderSerializer(RowSerializer[Order]):
    person: Any = VisibleField(Person, allow_null=True, required=False)
    company: Any = VisibleField(Company, allow_null=True, required=False)
    lines = OrderLineSerializer(many=True, allow_empty=False)

    class Meta:
        model = Order
        fields = [
            "id", "number", "person", "company", "placed_at", "currency", "total", "is_return", "channel", "country",
            "source", "external_id", "lines", "created_at",
        ]  # fmt: skip
        read_only_fields = ["id", "total", "is_return", "created_at"]
        validators: list[Any] = []

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Each number may be large, but not what they come to."""
        if sum(abs(row["quantity"] * row["unit_price"]) for row in lines) >= LARGEST:
            raise serializers.ValidationError(_("An order is worth less than a thousand million million."))
        return lines

    def create(self, validated_data: dict[str, Any]) -> Order:
        lines = [
            Line(Decimal(row["quantity"]), Decimal(row["unit_price"]), row.get("description", ""), row.get("product"))
            for row in validated_data.pop("lines")
        ]
        caller = self.context["view"].caller
        order = record_order(actor=caller, lines=lines, **validated_data)
        is_own = order.number == validated_data["number"] and order.placed_at == validated_data["placed_at"]
        if not is_own and not Order.objects.visible_to(caller).filter(pk=order.pk).exists():
            raise serializers.ValidationError({"external_id": [_("This stands for another order.")]})
        return order


class OrderViewSet(Readable, Creatable):
    """Orders. A repeat of (`source`, `external_id`) answers with the order of the first time."""

    queryset = Order.objects.all()
    serializer_class = OrderSerializer
    since = "created_at"
    links: ClassVar[dict[str, str]] = {"person": "person", "company": "company"}

    def rows(self, visible: QuerySet[Order]) -> QuerySet[Order]:
        return visible.prefetch_related("lines__product")


class EventSerializer(serializers.ModelSerializer[Event]):
    class Meta:
        model = Event
        fields = [
            "id", "kind", "at", "subject_type", "subject_id", "person", "company", "deal", "actor", "via", "data",
        ]  # fmt: skip
        read_only_fields = fields


class EventViewSet(Readable):
    """The event log, newest first: everything that happened to the records that the caller sees."""

    queryset = Event.objects.all()
    serializer_class = EventSerializer
    since = "at"
    links: ClassVar[dict[str, str]] = {"person": "person", "company": "company", "deal": "deal"}
    own_parameters: ClassVar[dict[str, str]] = {"kind": "Only this kind, like `order.placed`."}

    def rows(self, visible: QuerySet[Event]) -> QuerySet[Event]:
        kind = self.request.query_params.get("kind", "")
        return visible.filter(kind=kind) if kind else visible
