"""What happens by the clock, in words, with a button to do it now."""

from __future__ import annotations

from typing import Any

import django_celery_beat.admin  # noqa: F401 (it registers its tables when it is imported: first it, then ours)
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from crm.admin.base import SetUpAdmin
from crm.events import run_now

for model in (PeriodicTask, IntervalSchedule, CrontabSchedule, SolarSchedule, ClockedSchedule):
    admin.site.unregister(model)


def interval_words(interval: IntervalSchedule) -> str:
    n = interval.every
    said = {
        "days": ngettext("every day", "every %(n)s days", n),
        "hours": ngettext("every hour", "every %(n)s hours", n),
        "minutes": ngettext("every minute", "every %(n)s minutes", n),
        "seconds": ngettext("every second", "every %(n)s seconds", n),
    }
    return said[interval.period] % {"n": n} if interval.period in said else str(interval)


def crontab_words(crontab: CrontabSchedule) -> str:
    """A time of every day in words; what is more special as the library says it."""
    special = (crontab.day_of_week, crontab.day_of_month, crontab.month_of_year)
    if special == ("*", "*", "*") and crontab.hour.isdecimal() and crontab.minute.isdecimal():
        at = f"{int(crontab.hour):02d}:{int(crontab.minute):02d}"
        return gettext("every day at %(time)s (%(zone)s)") % {"time": at, "zone": crontab.timezone}
    return str(crontab.human_readable)


@admin.register(PeriodicTask)
class ScheduleAdmin(SetUpAdmin):
    """The rooms bring what can be done; a manager says when, and whether at all."""

    list_display = ("what", "when", "enabled", "last_run_at")
    list_filter = ("enabled",)
    list_select_related = ("interval", "crontab")
    ordering = ("name",)
    fields = ("what", "enabled", "interval", "crontab", "last_run_at")
    readonly_fields = ("what", "last_run_at")
    actions = ("do_now", "switch_on", "switch_off")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PeriodicTask]:
        rows: QuerySet[PeriodicTask] = super().get_queryset(request)
        return rows.exclude(task__startswith="celery.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("what"), ordering="name")
    def what(self, task: PeriodicTask) -> str:
        return gettext(task.name)

    @admin.display(description=_("when"))
    def when(self, task: PeriodicTask) -> str:
        if task.interval:
            return interval_words(task.interval)
        return crontab_words(task.crontab) if task.crontab else str(task.schedule)

    @admin.action(description=_("Run now"))
    def do_now(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        for task in queryset:
            run_now(task.task, task.queue)
        self.message_user(request, gettext("Started."), messages.SUCCESS)

    @admin.action(description=_("Switch on"))
    def switch_on(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        self._switch(request, queryset, is_on=True)

    @admin.action(description=_("Switch off"))
    def switch_off(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        self._switch(request, queryset, is_on=False)

    def _switch(self, request: HttpRequest, tasks: QuerySet[PeriodicTask], *, is_on: bool) -> None:
        for task in tasks:
            task.enabled = is_on
            task.save()  # tells the scheduler, which an update of many rows does not
        self.message_user(request, gettext("Saved."), messages.SUCCESS)


class TimeAdmin(SetUpAdmin):
    """Times that schedules choose from. One that is in use would take its schedule along."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and not obj.periodictask_set.exists()


@admin.register(IntervalSchedule)
class IntervalAdmin(TimeAdmin):
    list_display = ("words",)

    @admin.display(description=_("when"))
    def words(self, interval: IntervalSchedule) -> str:
        return interval_words(interval)


@admin.register(CrontabSchedule)
class CrontabAdmin(TimeAdmin):
    list_display = ("words",)

    @admin.display(description=_("when"))
    def words(self, crontab: CrontabSchedule) -> str:
        return crontab_words(crontab)
