"""Pages read scores: the web process never loads what only training needs."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("lightgbm", "pandas", "sklearn", "scipy", "onnx", "onnxmltools", "onnxruntime")

PROGRAM = f"""
import sys
import config.wsgi
from django.urls import get_resolver
get_resolver().check()
print([name for name in {HEAVY!r} if name in sys.modules])
"""


def test_the_web_process_imports_no_training_library() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"
