"""Pages read scores and moods: the web process never loads what only training and reading need."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("sentencepiece", "py3langid", "lightgbm", "pandas", "sklearn", "scipy", "onnx", "onnxmltools", "onnxruntime")

PROGRAM = f"""
import sys
import config.wsgi
from django.urls import get_resolver
get_resolver().check()
from crm.extensions import health_checks
health_checks["text_model"].check()
print([name for name in {HEAVY!r} if name in sys.modules])
"""


def test_the_web_process_imports_no_library_of_models() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


WORKER = """
import sys
import django
django.setup()
import analytics.operations.grouping, analytics.operations.retrain, analytics.operations.scoring
from analytics.learning import subjects
[subject.work for subject in subjects]
print([name for name in ("lightgbm", "pandas", "sklearn", "scipy", "onnxmltools") if name in sys.modules])
"""


def test_workers_score_and_group_without_what_training_needs() -> None:
    done = subprocess.run([sys.executable, "-c", WORKER], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"
