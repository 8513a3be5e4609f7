"""The Celery application: `celery -A config.celery worker -Q interactive`."""

import os
import warnings

from celery import Celery
from celery.exceptions import CDeprecationWarning
from celery.signals import setup_logging

from config import broker  # noqa: F401 (registers the embedded transport)
from config.logs import LoggedTask

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# A task names its queue where it is written; Celery 6 will want a table of routes instead.
warnings.filterwarnings("ignore", r"(?s).*The 'queue' task attribute is deprecated", CDeprecationWarning)

app = Celery("rapport", task_cls=LoggedTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_options: object) -> None:
    """Celery sets up its own logging unless somebody says that it is done."""
