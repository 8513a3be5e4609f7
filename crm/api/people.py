"""People and companies in the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers

from crm.access import Can, allows
from crm.api.fields import RowSerializer
from crm.api.views import Creatable, Deletable, Editable, Readable
from crm.models import Company, ContactPoint, Person, User
from crm.operations.companies import create_company, delete_company, update_company
from crm.operations.people import create_person, delete_person, update_person
from crm.operations.work import set_tags


class ContactPointSerializer(serializers.ModelSerializer[ContactPoint]):
    class Meta:
        model = ContactPoint
        fields = ["id", "kind", "value", "is_primary", "opted_out_at", "invalid_at"]
        read_only_fields = fields


class TagNamesField(serializers.ListField):
    """Tags as a list of their names."""

    def to_representation(self, data: Any) -> list[str]:
        return sorted(tag.name for tag in data.all())


class RecordSerializer(RowSerializer[Any]):
    """What people, companies and deals share: owner, tags, own fields, version."""

    owner: Any = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.filter(is_active=True), allow_null=True, required=False
    )
    tags = TagNamesField(child=serializers.CharField(max_length=60), required=False, max_length=50)
    custom = serializers.DictField(required=False)

    def finish(self, row: Any, tags: list[str] | None) -> Any:
        if tags is not None:
            set_tags(record=row, names=tags, actor=self.actor)
        return row

    @property
    def actor(self) -> User:
        caller: User = self.context["view"].caller
        return caller

    @property
    def seen(self) -> int | None:
        version: int | None = self.context["view"].version()
        return version


COMMON = ["owner", "tags", "custom", "source", "external_id", "version", "created_at", "updated_at"]
CLOCKS_DIFFER = timedelta(minutes=5)
READ_ONLY = ["id", "version", "created_at", "updated_at"]


class PersonSerializer(RecordSerializer):
    email = serializers.CharField(write_only=True, required=False, allow_blank=True, max_length=254)
    phone = serializers.CharField(write_only=True, required=False, allow_blank=True, max_length=50)
    contact_points = ContactPointSerializer(many=True, read_only=True)
    came_at = serializers.DateTimeField(
        write_only=True, required=False,
        help_text="When this person themselves last wrote or ordered. Somebody who was erased comes back only by that.",
    )  # fmt: skip

    class Meta:
        model = Person
        fields = [
            "id", "name", "given_name", "family_name", "job_title", "language", "address", "city", "postcode",
            "country", "no_profiling", "email", "phone", "came_at", "contact_points", "first_order_at", "last_order_at",
            "order_count", "spent", *COMMON,
        ]  # fmt: skip
        read_only_fields = [*READ_ONLY, "first_order_at", "last_order_at", "order_count", "spent"]
        extra_kwargs = {"name": {"required": False}}
        validators: list[Any] = []

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A person has a name, or something to make one from."""
        names = [attrs.get(field, "").strip() for field in ("name", "email", "phone")]
        if self.instance is None and not any(names):
            raise serializers.ValidationError({"name": [_("Give a name, an e-mail address or a phone number.")]})
        if attrs.get("came_at", timezone.now()) > timezone.now() + CLOCKS_DIFFER:
            raise serializers.ValidationError({"came_at": [_("This is still to come.")]})
        if self.instance is not None and "name" in attrs and not names[0]:
            raise serializers.ValidationError({"name": [_("A person has a name.")]})
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Person:
        tags = validated_data.pop("tags", None)
        person: Person = self.finish(create_person(actor=self.actor, **validated_data), tags)
        return person

    def update(self, instance: Person, validated_data: dict[str, Any]) -> Person:
        tags = validated_data.pop("tags", None)
        at_creation = ("email", "phone", "came_at")
        changes = {name: value for name, value in validated_data.items() if name not in at_creation}
        person: Person = self.finish(
            update_person(person=instance, actor=self.actor, version=self.seen, **changes), tags
        )
        return person


class CompanySerializer(RecordSerializer):
    domain = serializers.CharField(write_only=True, required=False, allow_blank=True, max_length=190)
    domains: Any = serializers.SlugRelatedField("name", many=True, read_only=True)

    class Meta:
        model = Company
        fields = [
            "id", "name", "industry", "size", "website", "phone", "address", "city", "country", "domain", "domains",
            *COMMON,
        ]  # fmt: skip
        read_only_fields = READ_ONLY
        validators: list[Any] = []

    def create(self, validated_data: dict[str, Any]) -> Company:
        tags = validated_data.pop("tags", None)
        company: Company = self.finish(create_company(actor=self.actor, **validated_data), tags)
        return company

    def update(self, instance: Company, validated_data: dict[str, Any]) -> Company:
        tags = validated_data.pop("tags", None)
        validated_data.pop("domain", None)
        company: Company = self.finish(
            update_company(company=instance, actor=self.actor, version=self.seen, **validated_data), tags
        )
        return company


def may_delete(user: User) -> None:
    if not allows(user, Can.DELETE):
        raise PermissionDenied


class PersonViewSet(Readable, Creatable, Editable, Deletable):
    """People. `email` and `phone` are taken at creation; `filter` and `q` as in the People list."""

    queryset = Person.objects.all()
    serializer_class = PersonSerializer
    target = "person"
    since = "updated_at"
    is_searchable = True

    def rows(self, visible: QuerySet[Person]) -> QuerySet[Person]:
        return visible.prefetch_related("contact_points", "tags")

    def perform_destroy(self, instance: Person) -> None:
        may_delete(self.caller)
        delete_person(person=instance, actor=self.caller)


class CompanyViewSet(Readable, Creatable, Editable, Deletable):
    """Companies and their mail domains."""

    queryset = Company.objects.all()
    serializer_class = CompanySerializer
    target = "company"
    since = "updated_at"
    is_searchable = True

    def rows(self, visible: QuerySet[Company]) -> QuerySet[Company]:
        return visible.prefetch_related("domains", "tags")

    def perform_destroy(self, instance: Company) -> None:
        may_delete(self.caller)
        delete_company(company=instance, actor=self.caller)
