"""What happens by the clock. Rows are made once; a manager edits, pauses and runs them in the admin."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_noop as _n
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask


@dataclass(frozen=True)
class Schedule:
    """A task by the clock: every `seconds`, or daily at `hour` (UTC). `expires` drops what nobody took in time."""

    name: str
    task: str
    seconds: int = 0
    hour: int = 0
    kwargs: dict[str, Any] = field(default_factory=dict)
    expires: int | None = None


SCHEDULES = (
    Schedule(_n("Signs of life"), "config.beat", seconds=20, expires=60),
    Schedule(_n("Signs of life of the worker for heavy tasks"), "config.beat_heavy", seconds=30, expires=60),
    Schedule(_n("Events that a crash left unhandled"), "crm.sweep_events", seconds=30, expires=60),
    Schedule(_n("Imports that a crash interrupted"), "crm.sweep_imports", seconds=30, expires=60),
    Schedule(_n("Files of people's data that are due or over"), "crm.sweep_data_files", seconds=60, expires=60),
    Schedule(_n("Add up again what deals come to"), "crm.tidy_deal_sums", seconds=600, expires=300),
    Schedule(_n("Remove old uploads"), "crm.tidy_imports", hour=2),
    Schedule(_n("Forget sessions that have ended"), "crm.forget_sessions", hour=2),
    Schedule(_n("Mails that are due and conversations that wake"), "inbox.sweep", seconds=30, expires=60),
    Schedule(_n("Letters of what changed"), "analytics.send_digests", seconds=900, expires=900),
    Schedule(_n("Forget what old letters said"), "inbox.forget_letters", hour=2),
    Schedule(_n("Questions to customers that are due"), "inbox.ask_customers", seconds=300, expires=300),
    Schedule(_n("Automations that go on now"), "automation.sweep", seconds=30, expires=60),
    Schedule(_n("Learn from what happened since"), "analytics.retrain", hour=1),
    Schedule(_n("Learn how messages sound from what colleagues said"), "analytics.learn_moods", hour=3),
    Schedule(_n("Count the days of reports that have changed"), "analytics.recount_reports", seconds=60, expires=60),
    Schedule(_n("Send reports by mail"), "analytics.mail_reports", seconds=3600),
    Schedule(_n("Count all days of reports anew"), "analytics.rebuild_reports", hour=4),
    Schedule(_n("Learn topics from what colleagues said"), "analytics.learn_topics", hour=3),
    Schedule(_n("Count the numbers of the business"), "analytics.count_metrics", seconds=120, expires=120),
    Schedule(_n("Counts and trainings that a crash left behind"), "analytics.tidy", seconds=60, expires=60),
)


def install_schedules() -> None:
    """Make the rows that are missing; those that exist belong to the manager and stay as they are."""
    known = set(PeriodicTask.objects.values_list("name", flat=True))
    for schedule in SCHEDULES:
        if schedule.name not in known:
            PeriodicTask.objects.create(
                name=schedule.name,
                task=schedule.task,
                expire_seconds=schedule.expires,
                **when(schedule),
            )


def when(schedule: Schedule) -> dict[str, Any]:
    if schedule.seconds:
        every, _ = IntervalSchedule.objects.get_or_create(every=schedule.seconds, period=IntervalSchedule.SECONDS)
        return {"interval": every}
    daily, _ = CrontabSchedule.objects.get_or_create(minute="0", hour=str(schedule.hour), timezone="UTC")
    return {"crontab": daily}
