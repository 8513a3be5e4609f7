"""Background work of the customer records: each task carries ids only and may run twice."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from . import events
from .demo import make_demo
from .demo import remove_demo as take_demo_out
from .operations import data_files, deal_sums, imports, passwords
from .sessions import SessionStore


@shared_task(name="crm.handle_events")
def handle_events(*, event_ids: list[int]) -> int:
    return events.handle_events(event_ids)


@shared_task(name="crm.sweep_events")
def sweep_events() -> int:
    """Handle what a crash or a dead broker left behind; beat runs this twice a minute."""
    ids = events.due_events(timezone.now())
    for start in range(0, len(ids), events.BATCH):
        events.handle_events(ids[start : start + events.BATCH])
    return len(ids)


@shared_task(name="crm.fill_demo")
def fill_demo() -> None:
    """Fill in the demo business; does nothing when it is there."""
    make_demo()


@shared_task(name="crm.remove_demo")
def remove_demo() -> None:
    """Take the demo business out; does nothing when it is not there."""
    take_demo_out()


@shared_task(name="crm.run_import")
def run_import(*, job_id: int) -> bool:
    return imports.work_on(job_id)


@shared_task(name="crm.sweep_imports")
def sweep_imports() -> int:
    """Wake a worker for imports that a crash left behind; beat runs this twice a minute."""
    ids = imports.due_jobs(timezone.now())
    for job_id in ids:
        imports.wake_worker(job_id, expires_s=60)
    return len(ids)


@shared_task(name="crm.make_data_file")
def make_data_file(*, file_id: int) -> bool:
    return data_files.make_data_file(file_id)


@shared_task(name="crm.sweep_data_files")
def sweep_data_files() -> int:
    """Wake a worker for files left behind, and remove those whose day is over; beat runs this every minute."""
    return data_files.sweep_data_files(timezone.now())


@shared_task(name="crm.tidy_deal_sums")
def tidy_deal_sums() -> bool:
    """Add up all deals anew where the kept sums are scattered over many rows; beat asks every ten minutes."""
    return deal_sums.tidy_deal_sums()


@shared_task(name="crm.send_password_letter", autoretry_for=(OSError,), retry_backoff=30, max_retries=5)
def send_password_letter(*, user_id: int, language: str) -> bool:
    """A mail server that does not answer is asked again; a second letter does no harm."""
    return passwords.send_letter(user_id=user_id, language=language)


@shared_task(name="crm.forget_sessions")
def forget_sessions() -> None:
    """Remove sessions that have ended; beat runs this every night."""
    SessionStore.clear_expired()


@shared_task(name="crm.tidy_imports")
def tidy_imports() -> None:
    """Remove old uploads and forgotten drafts; beat runs this every night."""
    imports.tidy_up(timezone.now())
