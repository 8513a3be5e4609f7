"""What the task pages send: a task in one line, and a task with all its fields."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.models import Company, Deal, Person, Task, User

from .fields import RecordField, day_field


def _narrow(form: forms.Form, user: User) -> None:
    """Only records that the user sees, and colleagues who work here."""
    fields: dict[str, Any] = form.fields
    for name, model in (("person", Person), ("company", Company), ("deal", Deal)):
        if name in fields:
            fields[name].rows = model.objects.visible_to(user)
    if "owner" in fields:
        fields["owner"].queryset = User.objects.filter(is_active=True).order_by("name", "email")


class QuickTaskForm(forms.Form):
    """One line that says what to do and when, and whom it is about."""

    text = forms.CharField(label=gettext_lazy("Add a task"), max_length=300)
    person = RecordField("person", label=gettext_lazy("About whom?"), required=False)

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data)
        _narrow(self, user)
        picker: Any = self.fields["person"].widget
        picker.attrs |= {"placeholder": _("About whom?"), "aria-label": _("About whom?"), "id": "quick-person"}


class TaskForm(forms.Form):
    """A task with all that one may say about it."""

    title = forms.CharField(label=gettext_lazy("What is to be done"), max_length=200)
    due_on = day_field(label=gettext_lazy("Due"), required=False)
    at = forms.TimeField(
        label=gettext_lazy("Time"), required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    owner = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("Who does it"), required=False)
    person = RecordField("person", label=gettext_lazy("Person"), required=False)
    company = RecordField("company", label=gettext_lazy("Company"), required=False)
    deal = RecordField("deal", label=gettext_lazy("Deal"), required=False)
    notes = forms.CharField(
        label=gettext_lazy("Notes"), required=False, max_length=20_000, widget=forms.Textarea({"rows": 2})
    )

    def __init__(
        self, data: Any = None, *, user: User, task: Task | None = None, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial={**(_facts(task) if task else {}), **(initial or {})})
        _narrow(self, user)
        owner: Any = self.fields["owner"]
        owner.empty_label = _("Nobody")
        self.hidden_links = _hidden_links(task, user)
        for name in self.hidden_links:
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("at") and not cleaned.get("due_on") and "due_on" not in self.errors:
            cleaned["due_on"] = timezone.localdate()
        return cleaned

    def fields_of_task(self) -> dict[str, Any]:
        """What `create_task` and `update_task` take."""
        values = dict(self.cleaned_data)
        at, day = values.pop("at"), values["due_on"]
        values["remind_at"] = timezone.make_aware(datetime.combine(day, at)) if at and day else None
        return values


def _facts(task: Task) -> dict[str, Any]:
    names = ("title", "due_on", "owner", "person", "company", "deal", "notes")
    at = timezone.localtime(task.remind_at).time() if task.remind_at else None
    return {**{name: getattr(task, name) for name in names}, "at": at}


def _hidden_links(task: Task | None, user: User) -> list[str]:
    """Links of a task to records that this user does not see: they are neither shown nor changed."""
    if task is None:
        return []
    kinds: list[tuple[str, Any]] = [("person", Person), ("company", Company), ("deal", Deal)]
    return [
        name
        for name, model in kinds
        if (pk := getattr(task, f"{name}_id")) and not model.objects.visible_to(user).filter(pk=pk).exists()
    ]
