"""What happens by the clock, in words, with a button to do it now."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_celery_beat.admin import PeriodicTaskAdmin as BeatPeriodicTaskAdmin
from django_celery_beat.admin import PeriodicTaskForm
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from crm.admin.base import SetUpAdmin
from crm.events import run_now

for model in (PeriodicTask, IntervalSchedule, CrontabSchedule, SolarSchedule, ClockedSchedule):
    admin.site.unregister(model)


class ScheduleForm(PeriodicTaskForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"].widget = UnfoldAdminTextInputWidget()
        self.fields["regtask"].widget = UnfoldAdminSelectWidget(choices=self.fields["regtask"].choices)


@admin.register(PeriodicTask)
class ScheduleAdmin(BeatPeriodicTaskAdmin, SetUpAdmin):
    form = ScheduleForm
    list_display = ("name", "when", "enabled", "last_run_at", "total_run_count")
    list_filter = ("enabled",)
    actions = ("do_now", "enable_tasks", "disable_tasks")

    @admin.display(description=_("when"))
    def when(self, task: PeriodicTask) -> str:
        return str(task.schedule)

    @admin.action(description=_("Run now"))
    def do_now(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        for task in queryset:
            run_now(task.task, task.queue)
        self.message_user(request, gettext("Started."), messages.SUCCESS)


@admin.register(IntervalSchedule)
class IntervalAdmin(SetUpAdmin):
    list_display = ("every", "period")


@admin.register(CrontabSchedule)
class CrontabAdmin(SetUpAdmin):
    list_display = ("human_readable", "timezone")
