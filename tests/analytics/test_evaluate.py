import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from tests.analytics.ml.shops import shop
from tests.analytics.ml.test_evaluate import write_shop


def test_the_command_measures_a_file_without_a_database(tmp_path: Any) -> None:
    out = StringIO()
    path = write_shop(tmp_path / "orders.csv", shop(100, days=300))
    call_command("evaluate", "churn", "--data", str(path), "--horizon", "60", "--json", stdout=out)
    assert json.loads(out.getvalue().splitlines()[-1])["task"] == "churn"


def test_the_command_refuses_a_useless_file_in_words(tmp_path: Any) -> None:
    complaints = StringIO()
    (tmp_path / "empty.csv").touch()
    with pytest.raises(SystemExit, match="2"):
        call_command("evaluate", "cltv", "--data", str(tmp_path / "empty.csv"), stderr=complaints)
    assert "is empty" in complaints.getvalue()
