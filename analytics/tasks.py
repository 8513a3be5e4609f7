"""Background work of the analytics room: each task carries ids only and may run twice."""

from __future__ import annotations

from celery import shared_task

from crm.models import Deal, Order, Subscription


@shared_task(name="analytics.train")
def train(*, run_id: int) -> None:
    from .operations.retrain import run_training

    run_training(run_id)


@shared_task(name="analytics.retrain")
def retrain() -> None:
    """Every night: learn from what happened since. Where there is nothing yet, nothing is learned."""
    from .operations.runs import request_training

    if Order.objects.exists() or Deal.objects.exists() or Subscription.objects.exists():
        request_training()


@shared_task(name="analytics.learn_moods")
def learn_moods() -> None:
    """Every night: what colleagues said of messages is learnt from, where that is better."""
    from .operations.moods import learn_moods

    learn_moods()


@shared_task(name="analytics.send_digests")
def send_digests() -> None:
    """Every quarter of an hour: the letters of what changed, to whom it is morning."""
    from .operations.digests import send_digests

    send_digests()


@shared_task(name="analytics.learn_topics")
def learn_topics() -> None:
    """Every night, and after a handful of new examples: topics are learnt from what colleagues said."""
    from .operations.topics import learn_topics

    learn_topics()


@shared_task(name="analytics.tidy")
def tidy() -> None:
    """Every minute: take up what was stopped, count what is stale, read what is unread, give memory back."""
    from .operations.group_figures import recount_stale_groups
    from .operations.reading import read_left_behind, release_idle_models
    from .operations.risk import recount_stale_risk
    from .operations.runs import take_up_stopped_runs
    from .operations.sales import recount_stale_months

    take_up_stopped_runs()
    recount_stale_months()
    recount_stale_risk()
    recount_stale_groups()
    read_left_behind()
    release_idle_models()


@shared_task(name="analytics.count_metrics")
def count_metrics() -> None:
    """Every few minutes: the numbers of the business, if the last count has rested long enough."""
    from .operations.metrics import count_metrics_if_due

    count_metrics_if_due()


@shared_task(name="analytics.recount_reports")
def recount_reports() -> None:
    """Every minute: the days of reports that were noted are counted, and reports that somebody waits for."""
    from .operations.report_days import recount_stale
    from .operations.report_results import count_left_behind

    recount_stale()
    count_left_behind()


@shared_task(name="analytics.count_report")
def count_report(*, result_id: int) -> None:
    from .operations.report_results import count_result

    count_result(result_id)


@shared_task(name="analytics.mail_reports")
def mail_reports() -> None:
    """Every hour: reports whose day has come go out by mail, each once."""
    from .operations.report_mails import mail_due_reports

    mail_due_reports()


@shared_task(name="analytics.rebuild_reports")
def rebuild_reports() -> None:
    """Every night: the counted days of reports are counted anew from the rows."""
    from .operations.report_days import rebuild_all_days

    rebuild_all_days()
