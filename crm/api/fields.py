"""Serializer fields of the product's own: days and moments that a business can mean."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from crm.demo import SOURCE as DEMO
from crm.incoming import FIRST_YEAR, LAST_YEAR, is_believable

M = TypeVar("M", bound=models.Model)
WORDS = _("The year must be between %(first)d and %(last)d.")


def _checked(value: Any) -> Any:
    if not is_believable(value):
        raise serializers.ValidationError(WORDS % {"first": FIRST_YEAR, "last": LAST_YEAR})
    return value


class DayField(serializers.DateField):
    def to_internal_value(self, value: Any) -> Any:
        return _checked(super().to_internal_value(value))


class MomentField(serializers.DateTimeField):
    def to_internal_value(self, value: Any) -> Any:
        return _checked(super().to_internal_value(value))


class RowSerializer(serializers.ModelSerializer[M]):
    """A ModelSerializer with these fields."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateField: DayField,
        models.DateTimeField: MomentField,
    }

    def validate_source(self, name: str) -> str:
        """What is from the demo goes with it."""
        if name == DEMO:
            raise serializers.ValidationError(_("This name is taken by the demo business."))
        return name
