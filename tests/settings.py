"""The product's settings with a throw-away data folder, so that a test run never touches real data."""

import atexit
import os
import shutil
import tempfile

_data = tempfile.mkdtemp(prefix="rapport-tests-")
atexit.register(shutil.rmtree, _data, ignore_errors=True)
os.environ["RAPPORT_DATA"] = _data

from config.messages import compile_messages  # noqa: E402
from config.settings import *  # noqa: E402, F403
from tests.template_variables import FailOnUnknown  # noqa: E402

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":  # noqa: F405
    # In a file each thread has its own connection, as in the product; nothing here need survive a loss of power.
    DATABASES["default"]["TEST"] = {"NAME": f"{_data}/test.sqlite3"}  # noqa: F405
    DATABASES["default"]["OPTIONS"]["init_command"] += "; PRAGMA synchronous=OFF"  # noqa: F405
compile_messages(BASE_DIR / "locale")  # noqa: F405

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the product's own is slow on purpose
CELERY_BROKER_URL = "memory://"  # nothing runs by itself: tests call tasks and handlers
CELERY_BROKER_TRANSPORT_OPTIONS = {}
WHITENOISE_AUTOREFRESH = True  # each test client starts the middleware anew: no scan of all files
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = FailOnUnknown("%s")  # noqa: F405
