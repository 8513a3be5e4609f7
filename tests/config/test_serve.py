"""What the parent of all processes loads: everything that pages need, nothing that only training needs."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ONLY_FOR_TRAINING = {"pandas", "lightgbm", "sklearn", "scipy", "onnx", "skl2onnx", "onnxmltools"}
ONLY_WHERE_USED = {"openpyxl", "onnxruntime", "sentencepiece", "redis"}
CODE = """
import sys, threading
import django
django.setup()
from django.db import connection
from config.serve import load_application
load_application()
print(threading.active_count(), connection.connection, *sorted({name.split(".")[0] for name in sys.modules}))
"""


def test_pages_need_no_learning_library_and_the_parent_opens_nothing() -> None:
    result = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=True)
    threads, database, *modules = result.stdout.split()
    assert (threads, database) == ("1", "None")
    assert not set(modules) & (ONLY_FOR_TRAINING | ONLY_WHERE_USED)
