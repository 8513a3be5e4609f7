"""The admin speaks to managers in words: codes are chosen by name, schedules and changes are said."""

from __future__ import annotations

import pytest
from auditlog.context import set_actor
from axes.models import AccessAttempt
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from config.schedules import SCHEDULES, install_schedules
from crm.admin.schedules import crontab_words, interval_words
from crm.models import User, Workspace
from crm.operations.people import update_person
from crm.operations.workspace import current_workspace
from tests.factories import make_person

pytestmark = pytest.mark.django_db
SCHEDULE_LIST = reverse("admin:django_celery_beat_periodictask_changelist")


@pytest.fixture
def desk(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def test_a_schedule_says_when_it_runs() -> None:
    assert interval_words(IntervalSchedule(every=30, period="seconds")) == "every 30 seconds"
    assert interval_words(IntervalSchedule(every=1, period="days")) == "every day"
    assert crontab_words(CrontabSchedule(hour="2", minute="5", timezone="UTC")) == "every day at 02:05 (UTC)"
    assert "Monday" in crontab_words(CrontabSchedule(hour="2", minute="5", day_of_week="1", timezone="UTC"))


def test_schedules_stand_there_in_words_of_the_reader(desk: Client, manager: User) -> None:
    install_schedules()
    User.objects.filter(pk=manager.pk).update(language="de")
    page = desk.get(SCHEDULE_LIST).content.decode()
    with translation.override("de"):
        assert all(translation.gettext(schedule.name) in page for schedule in SCHEDULES)
    assert "crontab" not in page.casefold().replace("crontabschedule", "")
    assert "Learn from" not in page


def test_a_manager_switches_a_schedule_off_and_can_not_invent_one(desk: Client) -> None:
    install_schedules()
    task = PeriodicTask.objects.get(task="analytics.retrain")
    desk.post(SCHEDULE_LIST, {"action": "switch_off", "_selected_action": [task.pk]})
    task.refresh_from_db()
    assert not task.enabled
    assert desk.get(reverse("admin:django_celery_beat_periodictask_add")).status_code == 403
    page = desk.get(reverse("admin:django_celery_beat_periodictask_change", args=[task.pk])).content.decode()
    assert "analytics.retrain" not in page


def test_codes_are_chosen_by_name(desk: Client) -> None:
    current_workspace()
    Workspace.objects.get_or_create(pk=1, defaults={"name": "Shop"})
    page = desk.get(reverse("admin:crm_workspace_change", args=[1])).content.decode()
    assert '<option value="nl"' in page
    assert "Swiss Franc" in page
    assert "Europe/Vienna" in page


def test_history_says_who_changed_what_from_what_to_what(desk: Client, manager: User) -> None:
    person = make_person(name="Ann Lee", city="Bonn")
    with set_actor(manager):
        update_person(person=person, actor=manager, city="Graz")
    page = desk.get(reverse("admin:auditlog_logentry_changelist")).content.decode()
    assert "City: Bonn → Graz" in page or "city: Bonn → Graz" in page
    assert "person: Ann Lee" in page
    assert str(manager) in page


def test_somebody_who_typed_too_many_wrong_passwords_is_let_in_again(desk: Client) -> None:
    attempt = AccessAttempt.objects.create(
        username="ann@shop.example", ip_address="10.0.0.1", failures_since_start=5, attempt_time=timezone.now()
    )
    page = reverse("admin:axes_accessattempt_changelist")
    assert "ann@shop.example" in desk.get(page).content.decode()
    desk.post(page, {"action": "let_in", "_selected_action": [attempt.pk]})
    assert not AccessAttempt.objects.exists()


def test_who_may_not_change_an_owner_does_not_see_the_password_s_hash(desk: Client, owner: User) -> None:
    page = desk.get(reverse("admin:crm_user_change", args=[owner.pk])).content.decode()
    assert owner.email in page
    assert "algorithm" not in page
