"""The Celery application: `celery -A config.celery worker -Q interactive`."""

import os

from celery import Celery
from celery.signals import setup_logging

from config import broker  # noqa: F401 (registers the embedded transport)
from config.logs import LoggedTask

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("rapport", task_cls=LoggedTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_options: object) -> None:
    """Celery sets up its own logging unless somebody says that it is done."""
