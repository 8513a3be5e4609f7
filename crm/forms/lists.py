"""What lists send: names of views, and what is to happen to a selection."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from crm.models import Tag, User

from .fields import choice_field, day_field, record_field


class ViewForm(forms.Form):
    name = forms.CharField(label=_("Name of the view"), max_length=100)
    is_shared = forms.BooleanField(label=_("All colleagues see this view"), required=False)

    def __init__(self, *args: Any, may_share: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_share:
            del self.fields["is_shared"]


def colleagues() -> QuerySet[User]:
    """Who may own a record."""
    return User.objects.filter(is_active=True).order_by("name", "email")


class AssignForm(forms.Form):
    owner = forms.ModelChoiceField(
        label=_("Owner"), queryset=User.objects.none(), required=False, empty_label=_("Nobody")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        record_field(self, "owner").queryset = colleagues()


MOST_TAGS = 100


class TagsForm(forms.Form):
    """Existing tags to tick, and new ones to type, parted by commas."""

    tags = forms.MultipleChoiceField(label=_("Tags"), required=False, widget=forms.CheckboxSelectMultiple)
    new = forms.CharField(
        label=_("New tags"), required=False, max_length=300, help_text=_("Several are parted by commas.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = choice_field(self, "tags")
        names = [*Tag.objects.order_by("name").values_list("name", flat=True)[:MOST_TAGS]]
        kept = [name for name in self.initial.get("tags", []) if name not in names]
        field.choices = [(name, name) for name in [*names, *kept]]
        if not field.choices:
            del self.fields["tags"]

    def names(self) -> list[str]:
        """The ticked and the typed names, each once."""
        typed = [name.strip() for name in self.cleaned_data["new"].split(",")]
        return list(dict.fromkeys([*self.cleaned_data.get("tags", []), *(name for name in typed if name)]))


class TaskForAllForm(forms.Form):
    title = forms.CharField(label=_("Task"), max_length=200)
    due_on = day_field(label=_("Due"), required=False)
    owner = forms.ModelChoiceField(
        label=_("Who does it"), queryset=User.objects.none(), required=False, empty_label=_("The owner of each record")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        record_field(self, "owner").queryset = colleagues()
